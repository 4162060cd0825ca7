#include "bot/engine/executor.h"

#include <algorithm>
#include <map>
#include <set>

#include "bot/engine/faults.h"
#include "bot/engine/lease_keeper.h"
#include "bot/engine/narrate.h"
#include "bot/engine/plan_maker.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::IntentVerdict;
using core::RunState;

void drop_lease(core::Run& run) {
  run.lease_owner.clear();
  run.lease_until.reset();
}

// Counts people, whatever account each of them voted with.
int still_eligible(Directory& directory, const core::Approval& approval,
                   const std::vector<core::Person>& holders) {
  std::set<std::string> eligible;
  for (const std::string& key : approval.approvers) {
    const auto person = directory.identify({key, ""});
    if (person && std::ranges::find(holders, person->key, &core::Person::key) != holders.end())
      eligible.insert(person->key);
  }
  return static_cast<int>(eligible.size());
}

// Where a run goes whose start is refused; nothing: leave it, somebody else has it.
struct GiveBack {
  RunState to;
  core::Duration delay;
};
const std::map<IntentVerdict, GiveBack> kRefusals{
    {IntentVerdict::epoch_closed, {RunState::ready, std::chrono::seconds(1)}},
    {IntentVerdict::not_approved, {RunState::held, {}}},
    {IntentVerdict::approval_stale, {RunState::expired, {}}},
    {IntentVerdict::approver_lost_right, {RunState::held, {}}},
    {IntentVerdict::key_too_old, {RunState::unknown, {}}},
    {IntentVerdict::halted, {RunState::ready, std::chrono::seconds(5)}},
    {IntentVerdict::breaker_open, {RunState::ready, std::chrono::seconds(1)}},
};

store::ActionLimits limits_of(const config::Catalog& catalog) {
  store::ActionLimits limits;
  for (const auto& [ref, action] : catalog.actions) {
    if (action.concurrency > 0) limits.emplace(ref, action.concurrency);
  }
  return limits;
}

}  // namespace

bool Executor::run_once(const std::stop_token& stop) {
  const auto limits = limits_of(*deps_.current.get()->catalog);
  const auto sent = std::chrono::steady_clock::now();
  const auto runs = deps_.db.transact("claim run", [&](store::Tx& tx) {
    tx.relax();
    return store::claim_ready(tx, deps_.replica, 1, kLease, limits);
  });
  if (runs.empty()) return false;
  crash_point("claim.after_commit");
  carry_out({runs.front(), sent, deps_.ids.uuid(), nullptr, {}}, stop);
  deps_.signals.outbox.ring();
  deps_.signals.planned.ring();
  return true;
}

void Executor::carry_out(Claim claim, const std::stop_token& stop) {
  claim.holders = deps_.directory.holders(demand_for(*deps_.current.get(), claim.run).roles);
  if (!still_as_approved(claim, stop)) return;
  if (stop.stop_requested()) return give_back(claim, RunState::ready, {}, "shutting down");
  if (!record_intent(claim)) return;
  deps_.signals.outbox.ring();
  crash_point("intent.after_commit");
  const core::Outcome outcome = act(claim, stop);
  crash_point("act.after");
  report(claim, outcome, stop);
  crash_point("outcome.after_commit");
}

// What is known must not be forgotten because the database is away for a while. To say it twice is
// harmless: the first time ends what record_outcome() looks for.
void Executor::report(const Claim& claim, const core::Outcome& outcome,
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

bool Executor::still_as_approved(Claim& claim, const std::stop_token& stop) {
  const LeaseKeeper keeper(deps_, claim.run, kLease);
  const auto fresh = make_plan(deps_, *deps_.current.get(), claim.run, stop);
  if (stop.stop_requested()) return true;  // the caller gives the run back
  if (fresh && core::plan_hash(fresh->plan) == claim.run.plan_hash) {
    claim.call = fresh->call;
    return true;
  }
  std::vector<std::string> changes;
  if (fresh) {
    changes = core::differences(*claim.run.plan, fresh->plan);
  } else {
    changes = {fresh.error().message};
  }
  deps_.db.transact("plan changed", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    if (!run || run->state != RunState::claimed || run->fence != claim.run.fence) return;
    void_approval(tx, *run, "plan");
    run->state = RunState::planned;
    run->fence += 1;
    drop_lease(*run);
    announcer_.retire_plan(tx, *run, claim.holders);
    announcer_.say_in_thread(tx, *run, changed_message(*run, changes));
    store::save_run(tx, *run, RunState::claimed, claim.run.fence);
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "run.plan_changed",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"differences", changes}},
                          {}});
  });
  return false;
}

void Executor::void_approval(store::Tx& tx, core::Run& run, const std::string& by) {
  const auto approval = run.approval ? store::lock_approval(tx, run.approval) : std::nullopt;
  if (!approval) return;
  if (const auto after = core::step(*approval, core::ApprovalEvent::replace, by, tx.now()))
    store::save_approval(tx, *after, approval->state);
}

IntentVerdict Executor::try_intent(store::Tx& tx, Claim& claim) {
  auto run = store::lock_run(tx, claim.run.id);
  if (!run) return IntentVerdict::fenced;
  const auto approval = run->approval ? store::lock_approval(tx, run->approval) : std::nullopt;
  const auto breaker = circuit_.in_the_way(tx, *run);
  const core::IntentFacts facts{
      claim.run.fence,
      deps_.replica,
      store::epoch_is_open(tx),
      !store::setting(tx, "halt", "").empty(),
      approval ? still_eligible(deps_.directory, *approval, claim.holders) : 0,
      tx.now(),
      !breaker || circuit_.admits(tx, *breaker)};
  const auto verdict = core::may_start(*run, approval, facts);
  if (verdict != IntentVerdict::go) return verdict;
  if (approval && approval->state == core::ApprovalState::approved) {
    store::save_approval(
        tx,
        *core::step(*approval, core::ApprovalEvent::start, "replica:" + deps_.replica, facts.now),
        approval->state);
    run->starts += 1;
  }
  if (breaker) circuit_.probe(tx, *breaker, *run);
  run->state = RunState::executing;
  run->attempt += 1;
  if (!run->first_started_at) run->first_started_at = facts.now;
  store::save_run(tx, *run, RunState::claimed, run->fence);
  store::add_attempt(
      tx, run->id,
      {run->attempt, run->fence, "intent", claim.nonce, "", nullptr, deps_.replica, {}});
  store::add_audit(tx,
                   {"replica:" + deps_.replica,
                    "run.intent",
                    "run:" + run->id.text(),
                    run->correlation,
                    {{"fence", run->fence}, {"attempt", run->attempt}, {"plan", run->plan_hash}},
                    {}});
  announcer_.refresh_plan(tx, *run, claim.holders);
  claim.run = *run;
  return IntentVerdict::go;
}

bool Executor::record_intent(Claim& claim) {
  IntentVerdict verdict = IntentVerdict::fenced;
  try {
    Claim attempt = claim;
    verdict = deps_.db.transact("intent", [&](store::Tx& tx) { return try_intent(tx, attempt); });
    claim = attempt;
  } catch (const store::StoreError& e) {
    if (e.kind() == ErrorKind::in_doubt) return resolve_intent(claim);
    if (e.kind() != ErrorKind::conflict) throw;
    give_back(claim, RunState::ready, std::chrono::seconds(2),
              "another run works on this target");  // the unique index, I14
    return false;
  }
  if (verdict == IntentVerdict::go) return true;
  obs::warning("a start was refused",
               {{"run", show(claim.run.id)}, {"why", std::string(core::name(verdict))}});
  if (const auto refusal = kRefusals.find(verdict); refusal != kRefusals.end()) {
    give_back(claim, refusal->second.to, refusal->second.delay, std::string(core::name(verdict)));
  }
  return false;
}

// The intent's commit was sent and its answer lost. A write that conflicts with it waits for it and
// then knows (I19).
bool Executor::resolve_intent(Claim& claim) {
  return deps_.db.transact("resolve intent", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    if (!run || run->fence != claim.run.fence) return false;
    const auto attempts = store::attempts_of(tx, run->id);
    const bool ours = std::ranges::any_of(
        attempts, [&](const auto& a) { return a.nonce == claim.nonce && a.phase == "intent"; });
    if (run->state == RunState::executing && ours) {
      claim.run = *run;
      return true;
    }
    if (run->state == RunState::claimed) {
      run->state = RunState::ready;
      run->fence += 1;
      drop_lease(*run);
      store::save_run(tx, *run, RunState::claimed, claim.run.fence);
    }
    return false;
  });
}

core::Outcome Executor::act(const Claim& claim, const std::stop_token& stop) {
  const auto now = deps_.current.get();
  const core::Action* action = now->catalog->action(claim.run.action);
  const auto age = std::chrono::steady_clock::now() - claim.sent;
  if (!action || age >= kLease - kMargin) {
    return {core::OutcomeClass::not_applied,
            0,
            "",
            false,
            action ? "the lease was nearly over before the start" : "the action is gone",
            {}};
  }
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
  const LeaseKeeper keeper(deps_, claim.run, kLease);
  return deps_.runner(action->runner)->run(request, stop);
}

void Executor::record_outcome(const Claim& claim, const core::Outcome& outcome) {
  deps_.db.transact("outcome", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    const bool open = run && run->fence == claim.run.fence &&
                      (run->state == RunState::executing || run->state == RunState::unknown);
    if (!open) return;  // somebody has decided about it meanwhile (I7)
    const auto from = run->state;
    const auto settlement = core::settle(*run, outcome.klass);
    if (from == RunState::unknown && settlement.state != RunState::succeeded &&
        settlement.state != RunState::failed)
      return;
    run->state = settlement.state;
    run->outcome = Json(outcome);
    drop_lease(*run);
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
    announcer_.refresh_plan(tx, *run, claim.holders);
    if (run->state == RunState::unknown) {
      announcer_.say_in_thread(
          tx, *run, unknown_message(*run, store::attempts_of(tx, run->id), deps_.button_key));
    } else if (run->state != RunState::ready) {
      announcer_.say_result(tx, *run);
    }
  });
}

void Executor::give_back(const Claim& claim, RunState to, core::Duration delay,
                         const std::string& why) {
  deps_.db.transact("give back", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    if (!run || run->state != RunState::claimed || run->fence != claim.run.fence) return;
    if (to == RunState::held) void_approval(tx, *run, "replica:" + deps_.replica);
    if (to == RunState::expired) {
      const auto approval = store::lock_approval(tx, run->approval);
      const auto after = approval
                             ? core::step(*approval, core::ApprovalEvent::unused, "clock", tx.now())
                             : std::nullopt;
      if (after) store::save_approval(tx, *after, approval->state);
    }
    run->state = to;
    drop_lease(*run);
    store::save_run(tx, *run, RunState::claimed, claim.run.fence);
    if (to == RunState::ready) {
      store::postpone_run(tx, run->id, delay);
    } else {
      announcer_.refresh_plan(tx, *run, claim.holders);
      announcer_.say_in_thread(
          tx, *run,
          note(tone_of(to), show(run->id) + " did not start and is now " +
                                std::string(state_words(to)) + ": " + why + "."));
    }
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "run.given_back",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"to", core::name(to)}, {"why", why}},
                          {}});
  });
}

}  // namespace countersign::engine
