// What rules would have done with the events of former days. Pure: events go in, in the order in
// which they were received, each with what the rules say of it; a report comes out. Nothing runs.
//
// Asked are the windows, the episodes, flapping and the rate limits, as the decider asks them. Not
// asked is what depends on people or on the moment: halts, freezes, breakers, approvals. What was
// open before the first event is not known.
#pragma once
#include <array>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bot/core/repeats.h"
#include "bot/core/rule.h"

namespace countersign::core {

// What becomes of an event that a rule matches.
enum class Fate {
  run,      // it makes a run
  again,    // it is in an open window or episode
  held,     // its alert flaps, so the run would be held
  limited,  // a rate limit is reached
  inert,    // about an episode that is over, or of an alert that was not known to fire
  error,    // its parameters or its window's key cannot be made
};
inline constexpr int kFates = 6;
std::string_view name(Fate fate);

// One rule's match of one event.
struct Fit {
  std::size_t rule = 0;  // in the list that the backtest was given
  Json parameters;       // of the run
  std::vector<std::string> targets;
  std::string window_key;  // of rules that have a window
  std::string error;       // not empty: why these cannot be made
};

struct PastEvent {
  Event event;  // without its body
  std::optional<Instant> starts;
  std::vector<Fit> fits;
  std::map<std::string, std::string> then;  // what was decided: verdicts by rule, of matches only
};

struct Happening {
  EventId event;
  Instant at{};
  Fate fate = Fate::run;
  Json parameters;
  std::vector<std::string> targets;
  std::string error;
};

struct RuleReport {
  std::string rule, rule_hash, action;
  RuleMode mode = RuleMode::dry_run;
  std::int64_t matched = 0;
  std::array<std::int64_t, kFates> fates{};
  std::vector<Happening> happenings;  // the first kListed that would run, be held or be in error
  std::vector<std::int64_t> per_day;  // runs of each 24 h since `from`; the last may be shorter
  // Against what the rules in force said then, the first kListed each.
  std::vector<EventId> only_now, only_then;
  std::int64_t only_now_count = 0, only_then_count = 0;
  std::int64_t of(Fate fate) const { return fates.at(static_cast<std::size_t>(fate)); }
};

struct BacktestReport {
  Instant from{}, until{};
  std::int64_t events = 0;                  // of triggers that these rules are for
  std::vector<RuleReport> rules;            // in the order given
  std::map<std::string, std::int64_t> gone; // matches then, of rules that are not there now
};
void to_json(Json& j, const BacktestReport& report);

class Backtest {
 public:
  static constexpr std::size_t kListed = 200;

  struct Subject {
    const Rule* rule;      // outlives the backtest
    const Action* action;  // null: it does not exist
  };
  Backtest(std::vector<Subject> rules, Instant from, Instant until);

  void meet(const PastEvent& past);
  void count_others(std::int64_t events) { report_.events += events; }  // that concern nobody
  BacktestReport report() && { return std::move(report_); }

 private:
  Fate fate_of(const Subject& subject, const Fit& fit, const PastEvent& past,
               const Episode& episode);
  bool limited(const Subject& subject, const Fit& fit, Instant at);
  bool new_identity(const Subject& subject, const Fit& fit, const Event& event,
                    const Episode& episode);
  void compare(const PastEvent& past);

  std::vector<Subject> subjects_;
  BacktestReport report_;
  Episodes episodes_;
  Windows windows_;
  std::set<std::string> asked_;               // identities that made a run
  std::map<std::string, Instant> buckets_;    // when each is full, by its name
};

}  // namespace countersign::core
