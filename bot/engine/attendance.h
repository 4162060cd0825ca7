// Stays with a run while it is being worked on: renews its lease, hears whether a person wants it
// stopped, and lets its thread see how far it is. A renewal that fails is left alone: the fence and
// the reaper decide, and the worker's own outcome is refused or accepted by them.
#pragma once
#include <functional>
#include <thread>

#include "bot/core/run.h"
#include "bot/engine/deps.h"
#include "bot/engine/progress.h"

namespace countersign::engine {

class Attendance {
 public:
  Attendance(const Deps& deps, const core::Run& run, core::Duration lease)
      : Attendance(
            deps, run, lease, [] {}, nullptr) {}
  // `stopped` is called once, from another thread; `progress` may be null and must outlive this.
  Attendance(const Deps& deps, const core::Run& run, core::Duration lease,
             std::function<void()> stopped, Progress* progress);
  ~Attendance() = default;  // stops and waits

 private:
  std::jthread thread_;
};

}  // namespace countersign::engine
