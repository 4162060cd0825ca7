// Records as the narration tests want them.
#pragma once
#include "bot/engine/narrate.h"

namespace countersign::engine {

inline const core::Instant kNow = core::Instant(std::chrono::seconds(1'795'000'000));

inline PlanStory story(core::RunState state) {
  PlanStory s;
  s.run.id = {12};
  s.run.event = {7};
  s.run.correlation = core::CorrelationId::parse("4bf92f3577b34da6a3ce929d0e0e4736");
  s.run.action = "ops.rotate_logs";
  s.run.state = state;
  s.run.plan_no = 1;
  s.run.plan_hash = std::string(64, 'a');
  s.run.tier = core::Tier::mutating;
  core::Plan plan;
  plan.action = "ops.rotate_logs";
  plan.targets = {"web-3"};
  plan.parameters = {{"host", "web-3"}, {"keep", 3}};
  plan.call = {{"argv", {"/packs/ops/actions/rotate_logs.sh", "--host=web-3", "--keep=3"}}};
  plan.dry_run = core::Plan::DryRunState::done;
  plan.dry_run_output = "web-3: would rotate app.log to app.log.1, keeping 3\n";
  s.run.plan = plan;
  s.cause = "rule ops.restart_on_disk_full matched event E7 (DiskAlmostFull)";
  s.electorate.people = {{{"mm:1", "alice"}, {{"sre"}}}, {{"mm:2", "bob"}, {{"sre"}}}};
  core::Approval a;
  a.id = {5};
  a.demand.clauses = {{"tier mutating", {{{"sre"}, 1}}, {}}};
  a.expires_at = kNow + std::chrono::hours(1);
  s.approval = a;
  s.run.approval = a.id;
  s.button_key = "key";
  return s;
}

inline store::VoteRow vote(core::VoteChoice choice) {
  store::VoteRow v;
  v.voter = "mm:1";
  v.voter_name = "alice";
  v.choice = choice;
  v.counted = true;
  v.at = kNow;
  return v;
}

}  // namespace countersign::engine
