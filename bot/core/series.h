// An alert over time: firing and resolving in turn, in episodes; and when that happens too often.
#pragma once
#include <optional>
#include <string_view>
#include <vector>

#include "bot/core/ids.h"
#include "bot/core/rule.h"

namespace countersign::core {

// What an event is to its series.
enum class Turn {
  none,     // it is no alert's
  began,    // a new episode
  ended,    // it was resolved
  repeat,   // it says again what is known
  late,     // it is about an episode before this one: changes nothing
  unknown,  // a resolve of what was not known to fire
  refused,  // of a series that is new, while its source has had enough of those
};
std::string_view name(Turn turn);
std::optional<Turn> parse_turn(std::string_view text);
// Such an event makes no run, whatever the rules say; why not, or null.
const char* why_inert(Turn turn);

struct Episode {
  Turn turn = Turn::none;
  std::int64_t number = 0;  // grows, with gaps
  EventId began_by;
  std::vector<Instant> changes;  // of the whole series, newest first; the latest ones only
  std::vector<std::string> held_by_rules;  // which take it for flapping and wait until it is calm
  std::int64_t new_keys = 0;  // of its source in this minute, if it is a new one that was counted
  bool changed() const { return turn == Turn::began || turn == Turn::ended; }
};

struct Flaps {
  int changes = 0;
  Instant since{};  // the first of them
  Instant last{};
  bool operator==(const Flaps&) const = default;
};
// The changes at or before `at` that are younger than the limit's length, if they are more than it
// allows. A rule that holds runs of this series already goes on doing so, whatever the number.
std::optional<Flaps> flapping(const Episode& episode, const Rule& rule, Instant at);

}  // namespace countersign::core
