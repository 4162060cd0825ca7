// A time in which nothing that changes something begins by itself: a span that the configuration
// names once, or one that comes again by the calendar. Pure: whoever asks says what time it is.
#pragma once
#include <optional>
#include <string>

#include "bot/core/instant.h"
#include "bot/core/policy.h"
#include "bot/core/schedule.h"
#include "bot/core/time_zone.h"

namespace countersign::core {

// One edge of a freeze: a moment, or whenever the calendar says so.
struct FreezeEdge {
  std::optional<Instant> moment;
  std::optional<Schedule> calendar;  // cron; exactly one of the two is given
};

struct Freeze {
  std::string name;
  std::string reason;  // may be empty
  int line = 0;        // of the configuration file, for messages
  PolicyScope scope;
  FreezeEdge from, until;  // of the same kind
  TimeZone zone;           // by which the calendars go
};

// From its first moment up to, not including, the one that ends it. Nothing: it is not in force.
std::optional<Instant> in_force_until(const Freeze& freeze, Instant now);
// It is not in force and never will be again.
bool is_over(const Freeze& freeze, Instant now);

// What a freeze is about: what changes nothing is never frozen, whatever the scope says.
bool freezes(const PolicyScope& scope, const Wish& wish);

// "production", "rules ops.*; high_impact"; "everything that changes something" if it names
// nothing.
std::string words(const PolicyScope& scope);

}  // namespace countersign::core
