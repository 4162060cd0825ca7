// What has to be agreed before a run may start: groups of people, all of them; and how long that
// may take. Made by policy.h, kept with the question it is asked in.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/core/rule.h"

namespace countersign::core {

// So many different people who hold one of these roles.
struct Group {
  std::vector<std::string> roles;  // empty: nobody can, which is said
  int count = 1;
  bool operator==(const Group&) const = default;
};

// After this long without a decision others are asked as well.
struct Escalation {
  Duration after{};
  std::vector<std::string> roles;    // whoever holds one counts from then on
  std::vector<NotifyTarget> notify;  // told about it, besides the plan's own thread
  bool operator==(const Escalation&) const = default;
};

// One source's demand. Each of its groups needs people of its own; the same people may meet the
// demand of another source.
struct Clause {
  std::string source;  // "tier high_impact", "policy production": for explaining
  std::vector<Group> groups;
  std::optional<Escalation> escalation;
  bool operator==(const Clause&) const = default;
};

// When nobody is reminded: from the minute of the day up to, not including, the other one, in a
// time zone by its name in the tz database. May go over midnight.
struct QuietHours {
  int from = 0;
  int until = 0;
  std::string zone = "UTC";
  bool operator==(const QuietHours&) const = default;
};
// How long it stays quiet at this minute of the local day; zero: it is not.
std::chrono::minutes quiet_for(const QuietHours& hours, int minute_of_day);

struct Demand {
  std::vector<Clause> clauses;  // all have to be met; none: nobody is asked
  bool four_eyes = false;       // whoever asked for it or changed it does not count
  bool separate_teams = false;  // no two of those who asked and those who approve are of one team
  bool step_up = false;         // an approval needs a one-time code
  Duration expires_in{};
  Duration use_within{};    // of the approval, once it may be used
  Duration cooldown{};      // between the approval and the start
  Duration remind_after{};  // zero: nobody is reminded
  std::optional<QuietHours> quiet;

  bool asks() const { return !clauses.empty(); }
  int people() const;                      // so many at least
  std::vector<std::string> roles() const;  // all that count, also those that do only later; sorted
  bool operator==(const Demand&) const = default;
};
void to_json(Json& j, const Demand& d);
void from_json(const Json& j, Demand& d);

// What is said about a question while it waits, in the order of time.
struct Notice {
  enum class Kind { reminder, escalation } kind = Kind::reminder;
  Duration after{};        // since it was asked
  std::size_t clause = 0;  // escalation: whose
};
std::vector<Notice> notices(const Demand& demand);

// What differs, one line each; empty when they are the same.
std::vector<std::string> differences(const Demand& before, const Demand& after);

// "2 of sre or managers", "1 of sre and 1 of managers, not whoever asked for it"
std::string words(const Clause& clause);
// "1 of sre"; `roles` in words: "sre", "sre or managers", "nobody".
std::string words(const Group& group);

}  // namespace countersign::core
