#include "bot/engine/starter.h"

#include <algorithm>
#include <map>

#include "bot/engine/attendance.h"
#include "bot/engine/electors.h"
#include "bot/engine/faults.h"
#include "bot/engine/freezes.h"
#include "bot/engine/narrate.h"
#include "bot/engine/narrate_approval.h"
#include "bot/engine/plan_maker.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/halts.h"
#include "bot/store/runs.h"
#include "bot/store/standings.h"

namespace countersign::engine {
namespace {

using core::IntentVerdict;
using core::RunState;

constexpr core::Duration kFrozen = std::chrono::seconds(5);  // until it is looked at again

// Where a run goes whose start is refused, and why in words; none: leave it, somebody else has it.
struct Refusal {
  RunState to;
  core::Duration delay;
  const char* words;
};
const std::map<IntentVerdict, Refusal> kRefusals{
    {IntentVerdict::epoch_closed,
     {RunState::ready, std::chrono::seconds(1), "the database has just failed over"}},
    {IntentVerdict::not_approved, {RunState::held, {}, "it has no approval that is in force"}},
    {IntentVerdict::approval_stale, {RunState::expired, {}, "its approval was not used in time"}},
    {IntentVerdict::approver_lost_right,
     {RunState::held, {}, "those who approved it and still may are not enough any more"}},
    {IntentVerdict::directory_silent,
     {RunState::held, {}, "it cannot be told whether those who approved it still may"}},
    {IntentVerdict::standing_over,
     {RunState::planned,
      {},
      "its standing approval does not cover it any more; it needs an approval of its own"}},
    {IntentVerdict::key_too_old,
     {RunState::unknown, {}, "its key is too old to be tried again under"}},
    {IntentVerdict::halted, {RunState::ready, std::chrono::seconds(5), "everything is halted"}},
    {IntentVerdict::frozen, {RunState::ready, kFrozen, "a freeze is in force"}},
    {IntentVerdict::breaker_open, {RunState::ready, std::chrono::seconds(1), "a breaker is open"}},
};

// Who broke the glass for it, if somebody did.
std::optional<core::Person> alone_behind(const std::optional<core::Approval>& approval,
                                         const core::Electorate& electorate) {
  if (!approval || !approval->broken_glass) return std::nullopt;
  const auto* who = electorate.find(approval->decided_by);
  return who ? who->person : core::Person{approval->decided_by, approval->decided_by};
}

core::Approval by_person(Directory& directory, const core::Approval& approval) {
  const auto named = directory.identify(approval);
  return named ? *named : approval;
}

}  // namespace

bool Starter::start(Claim& claim, const std::stop_token& stop) {
  if (waits_for_freeze(claim) || !look_again(claim, stop)) return false;
  recall_.about(claim.run);
  if (!record_intent(claim)) return false;
  write_down(claim);
  return true;
}

// Whoever waits for the end of a freeze comes by every few seconds: that costs no dry run, asks no
// directory and is no news. The intent asks again, under the lock that a freeze waits for.
bool Starter::waits_for_freeze(const Claim& claim) {
  if (claim.run.effect == core::EffectClass::read) return false;
  const auto now = deps_.current.get();
  const auto freeze = deps_.db.at_once_relaxed(
      "freezes", [&](store::Tx& tx) { return frozen_by(tx, *now, wish_for(*now, claim.run)); });
  return freeze && deps_.db.transact("frozen", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    if (!run || run->state != RunState::claimed || run->fence != claim.run.fence) return true;
    const auto approval = run->approval ? store::find_approval(tx, run->approval) : std::nullopt;
    if (!frozen_by(tx, *now, *run, approval)) return false;
    run->state = RunState::ready;
    core::drop_lease(*run);
    store::save_run(tx, *run, RunState::claimed, run->fence);
    store::postpone_run(tx, run->id, kFrozen);
    return true;
  });
}

// At the plan and at who agreed to it. What may take its time, a dry run or a directory, must not
// cost the lease.
bool Starter::look_again(Claim& claim, const std::stop_token& stop) {
  const bool dry_run = claim.run.plan && claim.run.plan->dry_run == core::Plan::DryRunState::done;
  std::optional<Attendance> attendance;
  if (dry_run || claim.run.needs_approval) attendance.emplace(deps_, claim.run, Claim::kLease);
  claim.electorate = electors_of(deps_, claim.run).electorate;
  if (!still_as_approved(claim, stop)) return false;
  if (stop.stop_requested()) {
    give_back(claim, RunState::ready, {}, "shutting down");
    return false;
  }
  return still_demanded(claim);
}

// After the intent's commit and before the act: should the database forget the one, somebody still
// knows of the other.
void Starter::write_down(Claim& claim) {
  if (claim.run.effect == core::EffectClass::read) return;
  const auto written = deps_.journal.write(core::record_of(claim.run, claim.nonce, claim.alone));
  if (!written) claim.obstacle = written.error().message;
}

bool Starter::still_as_approved(Claim& claim, const std::stop_token& stop) {
  const auto fresh = make_plan(deps_, *deps_.current.get(), claim.run, stop);
  if (stop.stop_requested()) return true;  // the caller gives the run back
  if (fresh && core::plan_hash(fresh->plan) == claim.run.plan_hash) {
    claim.call = fresh->call;
    return true;
  }
  plan_again(claim, fresh ? core::differences(*claim.run.plan, fresh->plan)
                          : std::vector{fresh.error().message});
  return false;
}

// The look at the world may have taken its time: who may approve is asked again (T35), and whether
// it is still those who have to.
bool Starter::still_demanded(Claim& claim) {
  const auto today = demand_for(*deps_.current.get(), claim.run);
  if (!claim.run.needs_approval && !today.asks()) return true;
  if (!claim.run.needs_approval) {
    plan_again(claim, {"who has to agree: nobody -> " + demand_words(today)});
    return false;
  }
  auto electors = electors_of(deps_, claim.run, Directory::Groups::anew);
  claim.electorate = std::move(electors.electorate);
  const auto& approval = electors.approval;
  if (!approval || approval->state != core::ApprovalState::approved || claim.run.standing)
    return true;
  if (approval->demand == today) return true;
  plan_again(claim, core::differences(approval->demand, today));
  return false;
}

// What was approved is not what would start: the votes are void, and there is a new question.
void Starter::plan_again(const Claim& claim, const std::vector<std::string>& changes) {
  deps_.db.transact("plan changed", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    if (!run || run->state != RunState::claimed || run->fence != claim.run.fence) return;
    void_approval(tx, *run, "plan");
    run->state = RunState::planned;
    run->fence += 1;
    run->first_started_at.reset();  // another plan has another key
    core::drop_lease(*run);
    announcer_.retire_plan(tx, *run, claim.electorate);
    announcer_.say_in_thread(tx, *run, changed_message(*run, changes));
    store::save_run(tx, *run, RunState::claimed, claim.run.fence);
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "run.plan_changed",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"differences", changes}},
                          {}});
  });
  deps_.signals.planned.ring();
}

void Starter::void_approval(store::Tx& tx, core::Run& run, const std::string& by) {
  const auto approval = run.approval ? store::lock_approval(tx, run.approval) : std::nullopt;
  if (!approval) return;
  if (const auto after = core::step(*approval, core::ApprovalEvent::replace, by, tx.now()))
    store::save_approval(tx, *after, approval->state);
}

// Locks in the one order: the halt, a standing approval, the approval, the run, the breaker.
IntentVerdict Starter::try_intent(store::Tx& tx, Claim& claim) {
  // Before any row is locked: a halt waits for us, and must not be what we wait for.
  const bool halted = claim.run.effect != core::EffectClass::read && store::halted(tx);
  const auto standing =
      claim.run.standing ? store::lock_standing(tx, claim.run.standing) : std::nullopt;
  auto run = store::lock_run(tx, claim.run.id);
  if (!run) return IntentVerdict::fenced;
  const auto approval = run->approval ? store::lock_approval(tx, run->approval) : std::nullopt;
  const auto breaker = circuit_.in_the_way(tx, *run);
  core::IntentFacts facts;
  facts.fence = claim.run.fence;
  facts.replica = deps_.replica;
  facts.epoch_open = store::epoch_is_open(tx);
  facts.halted = halted;
  facts.directory_silent = !claim.electorate.silent.empty();
  facts.now = tx.now();
  const auto now = deps_.current.get();
  facts.frozen = frozen_by(tx, *now, *run, approval).has_value();
  facts.approvers_suffice = approval && still_suffices(*now, by_person(deps_.directory, *approval),
                                                       claim.electorate, facts.now);
  const bool counted = standing && store::standing_used_by(tx, *run);
  facts.standing_admits = standing && admits(tx, *standing, *run, claim, facts.now);
  facts.breaker_admits = !breaker || circuit_.admits(tx, *breaker);
  const auto verdict = core::may_start(*run, approval, facts);
  if (verdict != IntentVerdict::go) return verdict;
  claim.alone = alone_behind(approval, claim.electorate);
  if (approval && approval->state == core::ApprovalState::approved) {
    store::save_approval(
        tx,
        *core::step(*approval, core::ApprovalEvent::start, "replica:" + deps_.replica, facts.now),
        approval->state);
    run->starts += 1;
  }
  if (standing && !counted) {
    store::use_standing(tx, standing->id, *run);
    run->granted += 1;
    run->starts += 1;
  }
  if (breaker) circuit_.probe(tx, *breaker, *run);
  run->state = RunState::executing;
  run->attempt += 1;
  run->lease_until = facts.now + Claim::kLease;
  if (!run->first_started_at) run->first_started_at = facts.now;
  run->updated_at = facts.now;
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
  announcer_.refresh_plan(tx, *run, claim.electorate);
  claim.run = *run;
  crash_point("intent.before_commit");
  return IntentVerdict::go;
}

// Its own words, its time and number, and the rights of those who gave it.
bool Starter::admits(store::Tx& tx, const core::Standing& standing, const core::Run& run,
                     const Claim& claim, core::Instant now) const {
  const auto stored = store::find_approval(tx, standing.approval);
  // One given by one person alone, or without the code that is asked for today, is not enough.
  if (!stored || stored->broken_glass || !core::covers(standing, run) ||
      !core::usable(standing, store::standing_used_by(tx, run), now))
    return false;
  const auto snapshot = deps_.current.get();
  const auto grant = by_person(deps_.directory, *stored);
  auto today = grant;
  today.demand = demand_for(*snapshot, run);
  if (today.demand.step_up && !grant.demand.step_up) return false;
  return still_suffices(*snapshot, grant, claim.electorate, now) &&
         still_suffices(*snapshot, today, claim.electorate, now);
}

bool Starter::record_intent(Claim& claim) {
  IntentVerdict verdict = IntentVerdict::fenced;
  claim.sent = std::chrono::steady_clock::now();  // the intent renews the lease
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
    give_back(claim, refusal->second.to, refusal->second.delay, refusal->second.words);
  }
  return false;
}

// The intent's commit was sent and its answer lost. A write that conflicts with it waits for it and
// then knows (I19).
bool Starter::resolve_intent(Claim& claim) {
  return deps_.db.transact("resolve intent", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    if (!run || run->fence != claim.run.fence) return false;
    const auto attempts = store::attempts_of(tx, run->id);
    const bool ours = std::ranges::any_of(
        attempts, [&](const auto& a) { return a.nonce == claim.nonce && a.phase == "intent"; });
    if (run->state == RunState::executing && ours) {
      claim.run = *run;
      const auto approval = run->approval ? store::find_approval(tx, run->approval) : std::nullopt;
      claim.alone = alone_behind(approval, claim.electorate);
      return true;
    }
    if (run->state == RunState::claimed) {
      run->state = RunState::ready;
      run->fence += 1;
      core::drop_lease(*run);
      store::save_run(tx, *run, RunState::claimed, claim.run.fence);
    }
    return false;
  });
}

void Starter::give_back(const Claim& claim, RunState to, core::Duration delay,
                        const std::string& why) {
  deps_.db.transact("give back", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claim.run.id);
    if (!run || run->state != RunState::claimed || run->fence != claim.run.fence) return;
    // An approval that was not used up by a start is used up by none: what follows asks anew.
    if (to == RunState::held || to == RunState::unknown)
      void_approval(tx, *run, "replica:" + deps_.replica);
    if (to == RunState::expired) {
      const auto approval = store::lock_approval(tx, run->approval);
      const auto after = approval
                             ? core::step(*approval, core::ApprovalEvent::unused, "clock", tx.now())
                             : std::nullopt;
      if (after) store::save_approval(tx, *after, approval->state);
    }
    run->state = to;
    core::drop_lease(*run);
    if (to == RunState::planned) {
      run->fence += 1;
      run->standing = {};
      run->first_started_at.reset();  // another plan has another key
      announcer_.retire_plan(tx, *run, claim.electorate);
    }
    store::save_run(tx, *run, RunState::claimed, claim.run.fence);
    if (to == RunState::ready) {
      store::postpone_run(tx, run->id, delay);
    } else {
      announcer_.refresh_plan(tx, *run, claim.electorate);
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
  if (to == RunState::planned) deps_.signals.planned.ring();
}

}  // namespace countersign::engine
