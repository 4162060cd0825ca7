// The outcome of a run under the fence it was started with (durability: the third commit), and what
// people hear of it.
#pragma once
#include <stop_token>

#include "bot/core/ports/runner.h"
#include "bot/engine/announce.h"
#include "bot/engine/circuit.h"
#include "bot/engine/claim.h"
#include "bot/engine/deps.h"
#include "bot/engine/follow_ups.h"

namespace countersign::engine {

class Finisher {
 public:
  explicit Finisher(const Deps& deps)
      : deps_(deps), announcer_(deps), circuit_(deps), follow_ups_(deps) {}

  // Stores the outcome, as soon as the database takes it.
  void report(const Claim& claim, const core::Outcome& outcome, const std::stop_token& stop);

 private:
  void record_outcome(const Claim& claim, const core::Outcome& outcome);

  const Deps& deps_;
  Announcer announcer_;
  Circuit circuit_;
  FollowUps follow_ups_;
};

}  // namespace countersign::engine
