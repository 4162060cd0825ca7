#include "bot/engine/finisher.h"

#include <algorithm>

#include "bot/engine/faults.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {

using core::RunState;

// What is known must not be forgotten because the database is away for a while. To say it twice is
// harmless: the first time ends what record_outcome() looks for.
void Finisher::report(const Claim& claim, const core::Outcome& outcome,
                      const std::stop_token& stop) {
  Signal pause;
  for (int failures = 0;; ++failures) {
    try {
      return record_outcome(claim, outcome);
    } catch (const store::StoreError& e) {
      const bool away = e.kind() == ErrorKind::unavailable || e.kind() == ErrorKind::in_doubt;
      if (!away || stop.stop_requested()) throw;
      obs::warning("an outcome could not be stored yet, trying again",
                   {{"run", show(claim.run.id)}, {"why", e.what()}});
    }
    pause.wait(std::chrono::milliseconds(100) * (1 << std::min(failures, 6)), stop);
  }
}

void Finisher::record_outcome(const Claim& claim, const core::Outcome& outcome) {
  const bool followed = deps_.db.transact("outcome", [&](store::Tx& tx) {
    bool follows = false;
    auto run = store::lock_run(tx, claim.run.id);
    const bool open = run && run->fence == claim.run.fence &&
                      (run->state == RunState::executing || run->state == RunState::unknown);
    if (!open) return false;  // somebody has decided about it meanwhile (I7)
    const auto from = run->state;
    const auto settlement = core::settle(*run, outcome.klass);
    if (from == RunState::unknown && settlement.state != RunState::succeeded &&
        settlement.state != RunState::failed)
      return false;
    run->state = settlement.state;
    run->outcome = Json(outcome);
    core::drop_lease(*run);
    store::add_attempt(tx, run->id,
                       {run->attempt,
                        run->fence,
                        "outcome",
                        claim.nonce,
                        std::string(core::name(outcome.klass)),
                        Json(outcome),
                        deps_.replica,
                        {}});
    store::save_run(tx, *run, from, run->fence);
    if (run->state == RunState::ready) {
      const auto pause = jittered(settlement.retry_in, deps_.ids);
      run->next_at = tx.now() + pause;
      store::postpone_run(tx, run->id, pause);
    }
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "run.outcome",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"class", core::name(outcome.klass)},
                           {"state", core::name(run->state)},
                           {"attempt", run->attempt},
                           {"error", outcome.error}},
                          {}});
    if (from == RunState::executing) circuit_.ended(tx, *run, outcome.klass);
    if (claim.told) announcer_.end_progress(tx, *run);
    announcer_.refresh_plan(tx, *run, claim.electorate);
    if (run->state == RunState::unknown) {
      announcer_.say_in_thread(
          tx, *run, unknown_message(*run, store::attempts_of(tx, run->id), deps_.button_key));
    } else if (run->state != RunState::ready) {
      announcer_.say_result(tx, *run);
      follows = follow_ups_.ended(tx, *run);
    }
    crash_point("outcome.before_commit");
    return follows;
  });
  if (followed) deps_.signals.planned.ring();
}

}  // namespace countersign::engine
