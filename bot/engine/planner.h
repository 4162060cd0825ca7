// Gives each new run its plan and, where the tier or a rule asks for it, its question.
#pragma once
#include "bot/core/policy.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/engine/follow_ups.h"
#include "bot/engine/plan_maker.h"
#include "bot/engine/rule_breakers.h"

namespace countersign::engine {

class Planner {
 public:
  explicit Planner(const Deps& deps)
      : deps_(deps), announcer_(deps), follow_ups_(deps), breakers_(deps) {}
  bool run_once(const std::stop_token& stop);  // one run; true if there was one
  // Plans a run that does not exist yet, if that takes neither a dry run nor people. False: it is
  // to be created as planned, and is run_once()'s.
  bool plan_at_once(const Snapshot& now, core::Run& run) const;
  // What has to be said and recorded of a run planned at once, after it was created.
  void tell(store::Tx& tx, core::Run run) const;

 private:
  // What becomes of a planned run of ours with this plan: dry_run, awaiting_approval or ready.
  void record(store::Tx& tx, core::Run run, const Prepared& prepared, const core::Demand& demand,
              const core::Electorate& electorate);
  void note(store::Tx& tx, const core::Run& run, const core::Demand& demand) const;  // in the audit
  void refuse(const core::Run& claimed, const Error& error);

  const Deps& deps_;
  Announcer announcer_;
  FollowUps follow_ups_;
  RuleBreakers breakers_;
};

}  // namespace countersign::engine
