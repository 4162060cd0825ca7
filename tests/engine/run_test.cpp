// From an alert to a result, one step after another, over a real database.
#include "tests/engine/house.h"

#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Runs : public House {
 protected:
  void with_rule(Tier tier, bool idempotent = false, core::RuleMode mode = core::RuleMode::live) {
    action("ops.rotate", tier, idempotent);
    auto r = rule("disk", "ops.rotate");
    r.mode = mode;
    add(r);
    publish();
  }
};

TEST_F(Runs, an_alert_becomes_a_plan_that_runs_once_when_approved) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_EQ(vote(only_run().id, "alice").verdict, core::VoteVerdict::counted);
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(only_run().starts, 1);
}

TEST_F(Runs, a_second_click_or_a_repeated_act_runs_nothing_twice) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  Ballot ballot{only_run().id,
                {},
                {"mm:alice", "alice"},
                true,
                core::VoteChoice::approve,
                "mm:click1",
                "button",
                "",
                "",
                ""};
  EXPECT_EQ(voting.cast(ballot).verdict, core::VoteVerdict::counted);
  EXPECT_TRUE(voting.cast(ballot).repeated);
  settle();
  ballot.act_id = "mm:click2";
  EXPECT_EQ(voting.cast(ballot).verdict, core::VoteVerdict::already_decided);
  settle();
  EXPECT_EQ(runner.effects(), 1);
}

TEST_F(Runs, read_only_runs_freely) {
  with_rule(Tier::read_only);
  alert("web-3", "d1");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Runs, a_dry_run_rule_only_shows_what_it_would_do) {
  with_rule(Tier::mutating, false, core::RuleMode::dry_run);
  alert("web-3", "d1");
  settle();
  EXPECT_EQ(only_run().state, RunState::dry_run);
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_NE(said().back().find("would have run"), std::string::npos);
}

TEST_F(Runs, high_impact_needs_two_and_never_the_requester_I8) {
  with_rule(Tier::high_impact);
  command("alice", "!remediate ops.rotate host=db-1");
  settle();
  const auto id = only_run().id;
  EXPECT_EQ(vote(id, "alice").verdict, core::VoteVerdict::requester);
  EXPECT_EQ(vote(id, "carol").verdict, core::VoteVerdict::not_eligible);
  EXPECT_EQ(vote(id, "bob").verdict, core::VoteVerdict::counted);
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Runs, one_deny_ends_it) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  vote(only_run().id, "bob", core::VoteChoice::deny);
  settle();
  EXPECT_EQ(only_run().state, RunState::denied);
  EXPECT_EQ(vote(only_run().id, "alice").verdict, core::VoteVerdict::already_decided);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Runs, an_approval_expires_and_is_neither_yes_nor_no_I9) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  database.script("UPDATE cs.approval SET expires_at = clock_timestamp() - interval '1 s'");
  keeper.run_once({});
  EXPECT_EQ(only_run().state, RunState::expired);
  EXPECT_EQ(vote(only_run().id, "alice").verdict, core::VoteVerdict::already_decided);
  settle();
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Runs, a_once_run_whose_worker_is_gone_is_asked_about_and_never_repeated_I12) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  vote(only_run().id, "alice");
  runner.on_run = [&](const core::RunRequest& r) -> core::Outcome {
    if (r.dry) return {core::OutcomeClass::ok, 0, "", false, "", {}};
    throw std::runtime_error("the process dies here");
  };
  EXPECT_THROW(executor.run_once({}), std::runtime_error);
  EXPECT_EQ(only_run().state, RunState::executing);
  database.script("UPDATE cs.run SET lease_until = clock_timestamp() - interval '1 s'");
  keeper.run_once({});
  EXPECT_EQ(only_run().state, RunState::unknown);
  runner.on_run = nullptr;
  const int before = runner.effects();
  settle();
  EXPECT_EQ(runner.effects(), before);
  EXPECT_NE(said().back().find("What happened to R"), std::string::npos);
}

TEST_F(Runs, an_unknown_run_is_settled_by_one_person_once) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  vote(only_run().id, "alice");
  runner.on_run = [](const core::RunRequest& r) -> core::Outcome {
    return {r.dry ? core::OutcomeClass::ok : core::OutcomeClass::ambiguous,
            0,
            "",
            false,
            r.dry ? "" : "connection reset",
            {}};
  };
  settle();
  const auto run = only_run();
  EXPECT_EQ(run.state, RunState::unknown);
  EXPECT_NE(voting.settle(run.id, run.fence, Settlement::happened, {"mm:carol", "carol"}), "");
  EXPECT_EQ(voting.settle(run.id, run.fence, Settlement::happened, {"mm:bob", "bob"}), "");
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_NE(voting.settle(run.id, run.fence, Settlement::rerun, {"mm:alice", "alice"}), "");
}

TEST_F(Runs,
       running_it_again_needs_a_new_plan_and_approval_and_the_person_counts_as_requester_T33) {
  with_rule(Tier::high_impact);
  snapshot = std::make_shared<Snapshot>(*current.get());
  snapshot->settings.roles["sre"].members = {"mm:alice", "mm:bob", "mm:dora"};
  current.set(snapshot);
  alert("web-3", "d1");
  settle();
  const auto id = only_run().id;
  vote(id, "alice");
  vote(id, "bob");
  runner.on_run = [](const core::RunRequest& r) -> core::Outcome {
    return {r.dry ? core::OutcomeClass::ok : core::OutcomeClass::ambiguous, 0, "", false, "", {}};
  };
  settle();
  ASSERT_EQ(only_run().state, RunState::unknown);
  voting.settle(id, only_run().fence, Settlement::rerun, {"mm:alice", "alice"});
  runner.on_run = nullptr;
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(only_run().plan_no, 2);
  EXPECT_EQ(vote(id, "alice").verdict, core::VoteVerdict::requester);
  vote(id, "bob");
  vote(id, "dora");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(only_run().starts, 2);
  EXPECT_EQ(only_run().granted, 2);
}

TEST_F(Runs, a_plan_that_changed_before_the_start_voids_the_approval_T31) {
  auto a = action("ops.rotate", Tier::mutating);
  a.runner = "command";
  a.entry_point = "/bin/true";
  a.args = {"--host={{ host }}"};
  a.plan = {core::DryRun::Kind::argument, "--dry-run"};
  catalog.actions["ops.rotate"] = a;
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  settle();
  vote(only_run().id, "alice");
  runner.on_run = [](const core::RunRequest& r) -> core::Outcome {
    return {core::OutcomeClass::ok, 0, r.dry ? "now it would do more" : "did it", false, "", {}};
  };
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(only_run().plan_no, 2);
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_EQ(database.value("SELECT string_agg(state, ',' ORDER BY approval_id) FROM cs.approval"),
            "void,pending");
  vote(only_run().id, "bob");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Runs, an_approver_who_lost_the_role_holds_the_run_T35) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  vote(only_run().id, "alice");
  snapshot = std::make_shared<Snapshot>(*current.get());
  snapshot->settings.roles["sre"].members = {"mm:bob"};
  current.set(snapshot);
  settle();
  EXPECT_EQ(only_run().state, RunState::held);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Runs, two_runs_never_work_on_one_target_at_once_I14) {
  with_rule(Tier::mutating);
  command("alice", "!remediate ops.rotate host=web-3");
  command("alice", "!remediate ops.rotate host=web-3");
  settle();
  vote({1}, "bob");
  vote({2}, "bob");
  runner.on_run = [](const core::RunRequest& r) -> core::Outcome {
    return {r.dry ? core::OutcomeClass::ok : core::OutcomeClass::ambiguous, 0, "", false, "", {}};
  };
  settle();
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run WHERE state = 'unknown'"), "1");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run WHERE state = 'ready'"), "1");
}

TEST_F(Runs, what_was_not_applied_is_tried_again_under_the_same_approval) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  vote(only_run().id, "alice");
  int tries = 0;
  runner.on_run = [&](const core::RunRequest& r) -> core::Outcome {
    if (r.dry || ++tries > 1) return {core::OutcomeClass::ok, 0, "", false, "", {}};
    return {core::OutcomeClass::not_applied, 0, "", false, "connection refused", {}};
  };
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(tries, 2);
  EXPECT_EQ(only_run().starts, 1);
}

TEST_F(Runs, every_step_of_a_run_is_in_the_record_I15) {
  with_rule(Tier::mutating);
  alert("web-3", "d1");
  settle();
  vote(only_run().id, "alice");
  settle();
  const auto rows = deps.db.transact("audit", [&](store::Tx& tx) {
    return store::audit_of_correlation(tx, only_run().correlation);
  });
  std::vector<std::string> kinds;
  for (const auto& row : rows) kinds.push_back(row.kind);
  EXPECT_EQ(kinds, (std::vector<std::string>{"event.accepted", "run.asked", "run.planned",
                                             "approval.vote", "run.intent", "run.outcome"}));
}

}  // namespace
}  // namespace countersign::engine
