// Gives each new run its plan and, where the tier or a rule asks for it, its question.
#pragma once
#include "bot/core/policy.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/engine/plan_maker.h"

namespace countersign::engine {

class Planner {
 public:
  explicit Planner(const Deps& deps) : deps_(deps), announcer_(deps) {}
  bool run_once(const std::stop_token& stop);  // one run; true if there was one

 private:
  // What becomes of the run with this plan: dry_run, awaiting_approval or ready.
  void record(const core::Run& claimed, const Prepared& prepared, const core::Demand& demand,
              const std::vector<core::Person>& approvers);
  void refuse(const core::Run& claimed, const Error& error);

  const Deps& deps_;
  Announcer announcer_;
};

}  // namespace countersign::engine
