#include "bot/engine/planner.h"

#include "bot/engine/faults.h"
#include "bot/engine/plan_maker.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

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

}  // namespace

bool Planner::run_once(const std::stop_token& stop) {
  const auto claimed = deps_.db.transact("claim planned", [&](store::Tx& tx) {
    tx.relax();
    return store::claim_planned(tx, deps_.replica, 1, kLease);
  });
  if (claimed.empty()) return false;
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
    record(run, *prepared, demand, deps_.directory.holders(demand.roles));
  }
  crash_point("plan.after_commit");
  deps_.signals.ready.ring();
  deps_.signals.outbox.ring();
  return true;
}

void Planner::record(const core::Run& claimed, const Prepared& prepared, const core::Demand& demand,
                     const std::vector<core::Person>& approvers) {
  const core::Plan& plan = prepared.plan;
  deps_.db.transact("record plan", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claimed.id);
    if (!run || run->state != core::RunState::planned || run->fence != claimed.fence)
      return;  // cancelled meanwhile, or no longer ours
    run->plan = plan;
    run->plan_hash = core::plan_hash(plan);
    run->plan_no += 1;
    run->tier = plan.tier;
    run->effect = plan.effect;
    run->retry = prepared.retry;
    run->breaker = prepared.breaker;
    run->target_key = plan.effect == core::EffectClass::read ? "" : hash_targets(plan);
    run->needs_approval = demand.quorum > 0;
    run->approval = {};
    release(*run, run->simulated        ? core::RunState::dry_run
                  : run->needs_approval ? core::RunState::awaiting_approval
                                        : core::RunState::ready);
    if (run->state == core::RunState::awaiting_approval) {
      core::Approval question;
      question.run = run->id;
      question.plan_no = run->plan_no;
      question.plan_hash = run->plan_hash;
      question.quorum = demand.quorum;
      question.four_eyes = demand.four_eyes;
      question.roles = demand.roles;
      question.requester = run->requester;
      for (const core::Person& editor : run->editors) question.editors.push_back(editor.key);
      question.use_within = demand.use_within;
      run->approval = store::create_approval(tx, question, demand.expires_in);
    }
    announcer_.post_plan(tx, *run, approvers);
    store::save_run(tx, *run, core::RunState::planned, claimed.fence);
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "run.planned",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"plan_no", run->plan_no},
                           {"plan", run->plan_hash},
                           {"state", core::name(run->state)},
                           {"quorum", demand.quorum},
                           {"roles", demand.roles},
                           {"four_eyes", demand.four_eyes}},
                          {}});
  });
}

void Planner::refuse(const core::Run& claimed, const Error& error) {
  deps_.db.transact("plan failed", [&](store::Tx& tx) {
    auto run = store::lock_run(tx, claimed.id);
    if (!run || run->state != core::RunState::planned || run->fence != claimed.fence) return;
    run->outcome = {{"class", "failed"}, {"error", error.message}};
    release(*run, core::RunState::failed);
    announcer_.post_plan(tx, *run, {});
    store::save_run(tx, *run, core::RunState::planned, claimed.fence);
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "run.plan_failed",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"error", error.message}},
                          {}});
  });
}

}  // namespace countersign::engine
