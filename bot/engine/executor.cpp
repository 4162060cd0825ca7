#include "bot/engine/executor.h"

#include "bot/engine/attendance.h"
#include "bot/engine/faults.h"
#include "bot/engine/plan_maker.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

store::ActionLimits limits_of(const config::Catalog& catalog) {
  store::ActionLimits limits;
  for (const auto& [ref, action] : catalog.actions) {
    if (action.concurrency > 0) limits.emplace(ref, action.concurrency);
  }
  return limits;
}

}  // namespace

bool Executor::run_once(const std::stop_token& stop) {
  deps_.signals.door.give_way(stop);
  const auto limits = limits_of(*deps_.current.get()->catalog);
  const auto sent = std::chrono::steady_clock::now();
  const auto runs = deps_.db.transact("claim run", [&](store::Tx& tx) {
    tx.relax();
    auto claimed = store::claim_ready(tx, deps_.replica, 1, Claim::kLease, limits);
    if (!claimed.empty()) crash_point("claim.before_commit");
    return claimed;
  });
  if (runs.empty()) return false;
  crash_point("claim.after_commit");
  carry_out({runs.front(), sent, deps_.ids.uuid(), nullptr, {}}, stop);
  deps_.signals.outbox.ring();
  return true;
}

void Executor::carry_out(Claim claim, const std::stop_token& stop) {
  if (!starter_.start(claim, stop)) return;
  deps_.signals.outbox.ring();
  crash_point("intent.after_commit");
  const core::Outcome outcome = act(claim, stop);
  crash_point("act.after");
  finisher_.report(claim, outcome, stop);
  crash_point("outcome.after_commit");
}

core::Outcome Executor::act(Claim& claim, const std::stop_token& stop) {
  const auto now = deps_.current.get();
  const core::Action* action = now->catalog->action(claim.run.action);
  const auto age = std::chrono::steady_clock::now() - claim.sent;
  const std::string obstacle = !claim.obstacle.empty() ? claim.obstacle
                               : !action               ? "the action is gone"
                               : age >= Claim::kLease - Claim::kMargin
                                   ? "the lease was nearly over before the start"
                                   : "";
  if (!obstacle.empty()) return {core::OutcomeClass::not_applied, 0, "", false, obstacle, {}};
  core::RunRequest request;
  request.run = claim.run.id.text();
  request.correlation = claim.run.correlation.text();
  request.idempotency_key = claim.run.key + "-" + std::to_string(claim.run.plan_no);
  request.fence = claim.run.fence;
  request.attempt = claim.run.attempt;
  request.call = claim.call;
  request.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(action->timeout);
  request.output_limit = action->output_limit;
  request.not_applied_codes = action->not_applied_codes;
  std::stop_source ended;  // by a person, or with the whole process
  const std::stop_callback with_us(stop, [&] { ended.request_stop(); });
  Progress progress(deps_, claim.run);
  request.on_output = [&](std::string_view output) { progress.add(output); };
  const auto outcome = [&] {
    const Attendance attendance(
        deps_, claim.run, Claim::kLease, [&] { ended.request_stop(); }, &progress);
    return deps_.runner(action->runner)->run(request, ended.get_token());
  }();
  claim.told = progress.told();
  return outcome;
}

}  // namespace countersign::engine
