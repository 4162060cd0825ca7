// What becomes of approvals and keys when a run does not start the first time.
#include "tests/engine/house.h"

#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::OutcomeClass;
using core::RunState;
using core::Tier;

class Starts : public House {
 protected:
  core::RunId asked() {
    command("alice", "!remediate ops.rotate host=web-3");
    settle();
    return only_run().id;
  }
  void everything_is_in_doubt() {
    runner.on_run = [](const core::RunRequest& r) -> core::Outcome {
      if (r.dry) return {OutcomeClass::ok, 0, "would do it", false, "", {}};
      return {OutcomeClass::ambiguous, 0, "", false, "timed out", {}};
    };
  }
  std::string approvals() {
    return database.value("SELECT string_agg(state, ',' ORDER BY approval_id) FROM cs.approval");
  }
};

// The key of an earlier try is too old: the approval that was given since must not stay usable, and
// the run can be asked for again.
TEST_F(Starts, refused_for_an_old_key_void_the_approval_and_can_be_ordered_again_I10) {
  action("ops.rotate", Tier::mutating, true);
  publish();
  const auto id = asked();
  vote(id, "bob");
  database.script("UPDATE cs.run SET first_started_at = clock_timestamp() - interval '21 h'");
  settle();
  EXPECT_EQ(only_run().state, RunState::unknown);
  EXPECT_EQ(approvals(), "void");
  EXPECT_EQ(voting.settle(id, only_run().fence, Settlement::rerun, {"mm:alice", "alice"}), "");
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(approvals(), "void,pending");
}

TEST_F(Starts, of_another_plan_count_the_age_of_its_own_key_I13) {
  auto a = action("ops.rotate", Tier::mutating, true);
  a.runner = "command";
  a.entry_point = "/bin/true";
  a.args = {"--host={{ host }}"};
  a.plan = {core::DryRun::Kind::argument, "--dry-run"};
  a.retry.base = a.retry.cap = std::chrono::seconds(0);
  catalog.actions["ops.rotate"] = a;
  publish();
  const auto id = asked();
  vote(id, "bob");
  everything_is_in_doubt();
  executor.run_once({});
  ASSERT_EQ(only_run().state, RunState::ready);
  database.script("UPDATE cs.run SET first_started_at = clock_timestamp() - interval '21 h'");
  runner.on_run = [](const core::RunRequest& r) -> core::Outcome {
    return {OutcomeClass::ok, 0, r.dry ? "it would do more now" : "did it", false, "", {}};
  };
  settle();
  EXPECT_EQ(only_run().plan_no, 2);
  vote(id, "bob");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(approvals(), "consumed,consumed");
}

TEST_F(Starts, are_not_tried_again_under_a_key_that_the_far_side_may_have_forgotten_I13) {
  action("ops.rotate", Tier::mutating, true);
  catalog.actions["ops.rotate"].key_valid_for = std::chrono::minutes(10);
  publish();
  const auto id = asked();
  vote(id, "bob");
  everything_is_in_doubt();
  executor.run_once({});
  ASSERT_EQ(only_run().state, RunState::ready);
  EXPECT_EQ(only_run().key_valid_for, std::chrono::minutes(10));
  database.script(
      "UPDATE cs.run SET next_at = clock_timestamp(), first_started_at = clock_timestamp() - "
      "interval '11 min'");
  settle();
  EXPECT_EQ(only_run().state, RunState::unknown);
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(approvals(), "consumed");
}

TEST_F(Starts, have_a_whole_lease_however_long_the_look_at_the_world_took_I6) {
  auto a = action("ops.rotate", Tier::mutating);
  a.runner = "command";
  a.entry_point = "/bin/true";
  a.args = {"--host={{ host }}"};
  a.plan = {core::DryRun::Kind::argument, "--dry-run"};
  catalog.actions["ops.rotate"] = a;
  publish();
  const auto id = asked();
  vote(id, "bob");
  std::string left;
  runner.on_run = [&](const core::RunRequest& r) -> core::Outcome {
    if (r.dry) {
      database.script("UPDATE cs.run SET lease_until = clock_timestamp() + interval '9 s'");
    } else {
      left = database.value("SELECT lease_until > clock_timestamp() + interval '20 s' FROM cs.run");
    }
    return {OutcomeClass::ok, 0, "would do it", false, "", {}};
  };
  settle();
  EXPECT_EQ(left, "true");
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Starts, wait_for_each_single_target_I14) {
  action("ops.rotate", Tier::mutating);
  publish();
  command("alice", "!remediate ops.rotate host=web-1,web-2");
  command("alice", "!remediate ops.rotate host=web-2");
  settle();
  vote({1}, "bob");
  vote({2}, "bob");
  everything_is_in_doubt();
  settle();
  EXPECT_EQ(runner.effects(), 1);
  EXPECT_EQ(database.value("SELECT string_agg(state, ',' ORDER BY run_id) FROM cs.run"),
            "unknown,ready");
  EXPECT_EQ(run({1}).plan->targets, (std::vector<std::string>{"web-1", "web-2"}));
}

}  // namespace
}  // namespace countersign::engine
