// Decides what each accepted event leads to: rules make runs, commands are obeyed. One transaction
// takes the event out of its queue and records everything that follows from it (I2).
#pragma once
#include <span>
#include <vector>

#include "bot/core/match.h"
#include "bot/engine/announce.h"
#include "bot/engine/commander.h"
#include "bot/engine/deps.h"
#include "bot/engine/flapping.h"
#include "bot/engine/guardrails.h"
#include "bot/engine/judge.h"
#include "bot/engine/planner.h"
#include "bot/store/events.h"
#include "bot/store/series.h"

namespace countersign::engine {

class Decider {
 public:
  static constexpr int kTries = 5;  // then the event is a dead letter
  Decider(const Deps& deps, Commander& commander)
      : deps_(deps),
        commander_(commander),
        announcer_(deps),
        planner_(deps),
        flapping_(deps),
        guardrails_(deps) {}

  // Decides up to eight events; true if there were any.
  bool run_once(const std::stop_token& stop);

 private:
  bool together(const std::vector<store::ClaimedEvent>& claimed);
  void decide(std::span<const store::ClaimedEvent> claimed);  // one command, or events for rules
  void decide_by_rules(store::Tx& tx, const Snapshot& now, core::Instant at,
                       const store::ClaimedEvent& claimed);
  void write_decisions(store::Tx& tx);
  // An event on its way through the rules.
  struct Case {
    store::Tx& tx;
    const Snapshot& now;
    core::Instant at;  // by the database's clock
    const core::Event& event;
    core::Episode episode;
    std::int64_t new_keys = 0;  // that its source may have in a minute
    bool held = false;          // a run of it was held because it flaps
  };
  std::vector<store::Decision> ask_rules(Case& c);  // those that are for such events
  // What a matching rule comes to, after windows and limits.
  store::Decision apply(Case& c, const Judgement& judgement);
  // The window's part of a run's identity; nothing if the event does not pass, and `decision` says
  // why.
  std::optional<std::string> pass_window(Case& c, const core::Rule& rule,
                                         store::Decision& decision);
  void ask(Case& c, const core::Rule& rule, const core::Action& action, const Json& parameters,
           const std::string& identity, store::Decision& decision);
  void cancel_waiting(Case& c);
  void tell_of_flood(Case& c, std::int64_t counted);
  void failed(const store::ClaimedEvent& claimed, const std::string& why);

  const Deps& deps_;
  Commander& commander_;
  Announcer announcer_;
  Planner planner_;
  Flapping flapping_;
  Guardrails guardrails_;
  std::vector<store::DecisionOf> decisions_;  // not yet written, of the transaction that goes on
  struct {
    int to_plan = 0;
    int to_start = 0;
  } asked_;  // runs, by the events that are being decided
};

}  // namespace countersign::engine
