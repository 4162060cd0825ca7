// Decides what each accepted event leads to: rules make runs, commands are obeyed. One transaction
// takes the event out of its queue and records everything that follows from it (I2).
#pragma once
#include <span>
#include <vector>

#include "bot/core/match.h"
#include "bot/engine/announce.h"
#include "bot/engine/commander.h"
#include "bot/engine/deps.h"
#include "bot/engine/planner.h"
#include "bot/store/events.h"

namespace countersign::engine {

class Decider {
 public:
  static constexpr int kTries = 5;  // then the event is a dead letter
  Decider(const Deps& deps, Commander& commander)
      : deps_(deps), commander_(commander), announcer_(deps), planner_(deps) {}

  // Decides up to eight events; true if there were any.
  bool run_once(const std::stop_token& stop);

 private:
  bool together(const std::vector<store::ClaimedEvent>& claimed);
  void decide(std::span<const store::ClaimedEvent> claimed);  // one command, or events for rules
  void decide_by_rules(store::Tx& tx, const Snapshot& now, const store::ClaimedEvent& claimed);
  // What a matching rule comes to, after windows and limits.
  store::Decision apply(store::Tx& tx, const Snapshot& now, const core::Event& event,
                        const core::Rule& rule, const core::Verdict& verdict,
                        const store::Episode& episode);
  void cancel_waiting(store::Tx& tx, const core::Event& event);
  void failed(const store::ClaimedEvent& claimed, const std::string& why);

  const Deps& deps_;
  Commander& commander_;
  Announcer announcer_;
  Planner planner_;
  struct {
    int to_plan = 0;
    int to_start = 0;
  } asked_;  // runs, by the events that are being decided
};

}  // namespace countersign::engine
