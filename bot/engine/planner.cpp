#include "bot/engine/planner.h"

#include "bot/engine/faults.h"
#include "bot/engine/plan_maker.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"
#include "bot/store/standings.h"

namespace countersign::engine {
namespace {

constexpr core::Duration kLease =
    std::chrono::seconds(90);  // a dry run may take the action's timeout

void release(core::Run& run, core::RunState state) {
  run.state = state;
  core::drop_lease(run);
}

std::string hash_targets(const core::Plan& plan) {
  std::string key;
  for (const std::string& target : plan.targets) key += (key.empty() ? "" : ",") + target;
  return key;
}

void apply(core::Run& run, const Prepared& prepared) {
  const core::Plan& plan = prepared.plan;
  run.plan = plan;
  run.plan_hash = core::plan_hash(plan);
  run.plan_no += 1;
  run.tier = plan.tier;
  run.effect = plan.effect;
  run.retry = prepared.retry;
  run.breaker = prepared.breaker;
  run.target_key = plan.effect == core::EffectClass::read ? "" : hash_targets(plan);
}

core::Approval question_about(const core::Run& run, const core::Demand& demand) {
  core::Approval question;
  question.run = run.id;
  question.plan_no = run.plan_no;
  question.plan_hash = run.plan_hash;
  question.demand = demand;
  question.requester = run.requester;
  for (const core::Person& editor : run.editors) question.editors.push_back(editor.key);
  return question;
}

// Given beforehand for runs like this one. Looked at only: the start uses it up.
core::StandingId standing_for(store::Tx& tx, const core::Run& run) {
  if (run.rule.empty()) return {};
  for (const core::Standing& standing : store::standings_of_rule(tx, run.rule)) {
    if (core::covers(standing, run) && core::usable(standing, false, tx.now())) return standing.id;
  }
  return {};
}

}  // namespace

bool Planner::run_once(const std::stop_token& stop) {
  const auto claimed = deps_.db.transact_relaxed("claim planned", [&](store::Tx& tx) {
    return store::claim_planned(tx, deps_.replica, 1, kLease);
  });
  if (claimed.empty()) return false;
  crash_point("plan.claimed");
  core::Run run = claimed.front();
  const auto now = deps_.current.get();
  const auto prepared = make_plan(deps_, *now, run, stop);
  if (stop.stop_requested())
    return false;  // a dry run cut short says nothing; the lease brings the run back
  if (!prepared) {
    refuse(run, prepared.error());
  } else {
    run.plan = prepared->plan;
    const core::Demand demand = demand_for(*now, run);
    const auto electorate = deps_.directory.electorate(demand.roles());
    deps_.db.transact_relaxed("record plan", [&](store::Tx& tx) {
      const auto locked = store::lock_run(tx, run.id);
      if (!locked || locked->state != core::RunState::planned || locked->fence != run.fence)
        return;  // cancelled meanwhile, or no longer ours
      record(tx, *locked, *prepared, demand, electorate);
      crash_point("plan.before_commit");
    });
  }
  crash_point("plan.after_commit");
  deps_.signals.ready.ring();
  deps_.signals.outbox.ring();
  return true;
}

bool Planner::plan_at_once(const Snapshot& now, core::Run& run) const {
  const core::Action* action = now.catalog->action(run.action);
  if (!action || action->plan.kind != core::DryRun::Kind::none) return false;
  const auto prepared = make_plan(deps_, now, run, {});
  if (!prepared) return false;
  core::Run planned = run;
  apply(planned, *prepared);
  const auto demand = demand_for(now, planned);
  if (demand.asks() || demand.cooldown > core::Duration::zero()) return false;
  planned.needs_approval = false;
  planned.state = run.simulated ? core::RunState::dry_run : core::RunState::ready;
  run = std::move(planned);
  return true;
}

void Planner::tell(store::Tx& tx, core::Run run) const {
  announcer_.post_plan(tx, run, {});
  if (!run.plan_message.empty()) store::save_run(tx, run, run.state, run.fence);
  note(tx, run, demand_for(*deps_.current.get(), run));
}

void Planner::record(store::Tx& tx, core::Run run, const Prepared& prepared,
                     const core::Demand& demand, const core::Electorate& electorate) {
  apply(run, prepared);
  run.needs_approval = demand.asks();
  run.approval = {};
  const bool asks_people = run.needs_approval && !run.simulated;
  // Only a first plan: one that was refused or has changed is for people to look at.
  run.standing = asks_people && run.plan_no == 1 ? standing_for(tx, run) : core::StandingId{};
  release(run, run.simulated                  ? core::RunState::dry_run
               : asks_people && !run.standing ? core::RunState::awaiting_approval
                                              : core::RunState::ready);
  if (run.state == core::RunState::awaiting_approval)
    run.approval = store::create_approval(tx, question_about(run, demand));
  announcer_.post_plan(tx, run, electorate);
  store::save_run(tx, run, core::RunState::planned, run.fence);
  if (run.state == core::RunState::ready && demand.cooldown > core::Duration::zero())
    store::postpone_run(tx, run.id, demand.cooldown);
  note(tx, run, demand);
}

void Planner::note(store::Tx& tx, const core::Run& run, const core::Demand& demand) const {
  store::add_audit(tx, {"replica:" + deps_.replica,
                        "run.planned",
                        "run:" + run.id.text(),
                        run.correlation,
                        {{"plan_no", run.plan_no},
                         {"plan", run.plan_hash},
                         {"state", core::name(run.state)},
                         {"demand", demand.asks() ? Json(demand) : Json()},
                         {"standing", run.standing.value},
                         {"shown", demand.asks() && run.plan ? Json(*run.plan) : Json()}},
                        {}});
}

void Planner::refuse(const core::Run& claimed, const Error& error) {
  deps_.db.transact("plan failed", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claimed.id);
    if (!run || run->state != core::RunState::planned || run->fence != claimed.fence) return;
    run->outcome = {{"class", "failed"}, {"error", error.message}};
    release(*run, core::RunState::failed);
    announcer_.post_plan(tx, *run, {});
    store::save_run(tx, *run, core::RunState::planned, claimed.fence);
    follow_ups_.ended(tx, *run);
    breakers_.ended(tx, *run);
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "run.plan_failed",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"error", error.message}},
                          {}});
  });
}

}  // namespace countersign::engine
