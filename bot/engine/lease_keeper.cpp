#include "bot/engine/lease_keeper.h"

#include "bot/engine/signals.h"
#include "bot/obs/log.h"
#include "bot/store/runs.h"

namespace countersign::engine {

LeaseKeeper::LeaseKeeper(const Deps& deps, const core::Run& run, core::Duration lease)
    : thread_([&deps, id = run.id, fence = run.fence, lease](const std::stop_token& stop) {
        Signal never;
        const auto third = std::chrono::duration_cast<std::chrono::milliseconds>(lease / 3);
        for (never.wait(third, stop); !stop.stop_requested(); never.wait(third, stop)) {
          try {
            deps.db.transact("renew lease", [&](store::Tx& tx) {
              store::renew_lease(tx, id, fence, deps.replica, lease);
            });
          } catch (const store::StoreError& e) {
            obs::warning("a lease could not be renewed", {{"run", id.text()}, {"why", e.what()}});
          }
        }
      }) {}

}  // namespace countersign::engine
