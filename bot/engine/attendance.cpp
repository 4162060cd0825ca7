#include "bot/engine/attendance.h"

#include <algorithm>

#include "bot/obs/log.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using Clock = std::chrono::steady_clock;

// True once the run is to be stopped.
bool renew(const Deps& deps, const core::Run& run, core::Duration lease) {
  try {
    return deps.db.transact("renew lease", [&](store::Tx& tx) {
      return store::renew_lease(tx, run.id, run.fence, deps.replica, lease).stop;
    });
  } catch (const store::StoreError& e) {
    obs::warning("a lease could not be renewed", {{"run", run.id.text()}, {"why", e.what()}});
    return false;
  }
}

void attend(const Deps& deps, const core::Run& run, core::Duration lease,
            const std::function<void()>& stopped, Progress* progress, const std::stop_token& stop) {
  const auto third = std::chrono::duration_cast<Clock::duration>(lease / 3);
  auto renewal = Clock::now() + third;
  std::uint64_t heard = deps.signals.stops.rings();
  for (bool ordered = false; !stop.stop_requested();) {
    const auto next = progress ? std::min(renewal, progress->due()) : renewal;
    const auto before = heard;
    const auto pause = std::chrono::ceil<std::chrono::milliseconds>(next - Clock::now());
    deps.signals.stops.wait(std::max(pause, std::chrono::milliseconds(0)), stop, heard);
    if (stop.stop_requested()) return;
    if (heard != before || Clock::now() >= renewal) {
      renewal = Clock::now() + third;
      if (renew(deps, run, lease) && !std::exchange(ordered, true)) stopped();
    }
    if (progress && Clock::now() >= progress->due()) progress->tell();
  }
}

}  // namespace

Attendance::Attendance(const Deps& deps, const core::Run& run, core::Duration lease,
                       std::function<void()> stopped, Progress* progress)
    : thread_(
          [&deps, run, lease, stopped = std::move(stopped), progress](const std::stop_token& stop) {
            attend(deps, run, lease, stopped, progress, stop);
          }) {}

}  // namespace countersign::engine
