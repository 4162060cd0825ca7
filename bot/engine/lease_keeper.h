// Renews the lease of a run while it is being worked on. A renewal that fails is left alone: the
// fence and the reaper decide, and the worker's own outcome is refused or accepted by them.
#pragma once
#include <thread>

#include "bot/core/run.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class LeaseKeeper {
 public:
  LeaseKeeper(const Deps& deps, const core::Run& run, core::Duration lease);
  ~LeaseKeeper() = default;  // stops and waits

 private:
  std::jthread thread_;
};

}  // namespace countersign::engine
