// Carries runs out: claim, start, act, outcome (durability: two commits before the outside world,
// one after it).
#pragma once
#include "bot/core/ports/runner.h"
#include "bot/engine/claim.h"
#include "bot/engine/deps.h"
#include "bot/engine/finisher.h"
#include "bot/engine/starter.h"

namespace countersign::engine {

class Executor {
 public:
  explicit Executor(const Deps& deps) : deps_(deps), starter_(deps), finisher_(deps) {}
  bool run_once(const std::stop_token& stop);  // one run; true if there was one

 private:
  void carry_out(Claim claim, const std::stop_token& stop);
  core::Outcome act(Claim& claim, const std::stop_token& stop);

  const Deps& deps_;
  Starter starter_;
  Finisher finisher_;
};

}  // namespace countersign::engine
