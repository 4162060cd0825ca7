// What follows a run: the check whether it worked, and the offer to take it back.
#include "tests/engine/house.h"

#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::OutcomeClass;
using core::Purpose;
using core::RunState;
using core::Tier;

class FollowUpsTest : public House {
 protected:
  // ops.deploy is checked by ops.look and taken back by ops.undo.
  FollowUpsTest() {
    action("ops.deploy", Tier::mutating);
    action("ops.look", Tier::read_only);
    action("ops.undo", Tier::mutating);
    deploy().verify = core::FollowUp{"ops.look", nullptr, {}};
    deploy().rollback = core::FollowUp{"ops.undo", {{"host", "{{ host }}.old"}}, {}};
    runner.on_run = [this](const core::RunRequest& request) -> core::Outcome {
      const auto ends = outcomes.find(request.run);
      if (request.dry || ends == outcomes.end())
        return {OutcomeClass::ok, 0, "fine", false, "", {}};
      return {ends->second, 1, "", false, "exit code 1", {}};
    };
  }
  core::Action& deploy() { return catalog.actions["ops.deploy"]; }
  core::Run deployed() {
    publish();
    command("bob", "!remediate ops.deploy host=web-3");
    settle();
    vote({1}, "alice");
    settle();
    return run({1});
  }
  void ends(core::RunId id, OutcomeClass outcome) { outcomes[id.text()] = outcome; }
  std::vector<core::Run> all() {
    return deps.db.transact("read", [](store::Tx& tx) {
      return store::runs_in_states(
          tx,
          {RunState::planned, RunState::awaiting_approval, RunState::ready, RunState::succeeded,
           RunState::failed, RunState::unknown, RunState::cancelled, RunState::dead},
          20);
    });
  }
  std::map<std::string, OutcomeClass> outcomes;
};

TEST_F(FollowUpsTest, a_success_is_checked_without_asking_in_the_same_thread) {
  const auto done = deployed();
  ASSERT_EQ(all().size(), 2U);
  const auto check = run({2});
  EXPECT_EQ(check.purpose, Purpose::verify);
  EXPECT_EQ(check.parent, done.id);
  EXPECT_EQ(check.state, RunState::succeeded);
  EXPECT_EQ(check.parameters, (Json{{"host", "web-3"}})) << "the parameters of the same name";
  EXPECT_EQ(check.place.thread, done.place.thread);
  EXPECT_TRUE(heard("checks whether R1 did what it should"));
  EXPECT_TRUE(heard("R2, the check of R1, ops.look succeeded"));
}

TEST_F(FollowUpsTest, a_failed_check_offers_to_take_it_back_and_asks_first) {
  ends({2}, OutcomeClass::failed);
  const auto done = deployed();
  EXPECT_EQ(done.state, RunState::succeeded);
  const auto back = run({3});
  EXPECT_EQ(back.purpose, Purpose::rollback);
  EXPECT_EQ(back.parent, core::RunId{2});
  EXPECT_EQ(back.parameters, (Json{{"host", "web-3.old"}}));
  EXPECT_EQ(back.state, RunState::awaiting_approval) << "offered, never done unasked";
  EXPECT_TRUE(heard("succeeded, but its check failed"));
  EXPECT_TRUE(heard("takes R1 back: R2, the check of R1, failed"));
  EXPECT_EQ(vote({3}, "alice").verdict, core::VoteVerdict::counted);
  settle();
  EXPECT_EQ(run({3}).state, RunState::succeeded);
  EXPECT_EQ(all().size(), 3U) << "and nothing follows that asks for nothing";
}

TEST_F(FollowUpsTest, a_failure_offers_to_take_it_back_at_once) {
  ends({1}, OutcomeClass::failed);
  EXPECT_EQ(deployed().state, RunState::failed);
  EXPECT_EQ(run({2}).purpose, Purpose::rollback);
  EXPECT_TRUE(heard("takes R1 back: it failed"));
}

TEST_F(FollowUpsTest, what_did_nothing_is_not_taken_back) {
  deploy().retry.attempts = 1;
  ends({1}, OutcomeClass::not_applied);
  EXPECT_EQ(deployed().state, RunState::failed);
  EXPECT_EQ(all().size(), 1U);
}

TEST_F(FollowUpsTest, nobody_knows_what_to_check_until_a_person_has_said_what_happened) {
  ends({1}, OutcomeClass::ambiguous);
  const auto lost = deployed();
  EXPECT_EQ(lost.state, RunState::unknown);
  EXPECT_EQ(all().size(), 1U);
  voting.settle(lost.id, lost.fence, Settlement::happened, {"mm:alice", "alice"});
  settle();
  EXPECT_EQ(run({2}).purpose, Purpose::verify);
}

TEST_F(FollowUpsTest, a_run_that_is_asked_for_again_is_checked_again) {
  ends({1}, OutcomeClass::ambiguous);
  const auto lost = deployed();
  outcomes.clear();
  voting.settle(lost.id, lost.fence, Settlement::rerun, {"mm:alice", "alice"});
  settle();
  vote({1}, "bob");
  settle();
  EXPECT_EQ(run({1}).state, RunState::succeeded);
  EXPECT_EQ(run({2}).parent, core::RunId{1});
}

TEST_F(FollowUpsTest, can_wait_a_while_first) {
  deploy().verify->after = std::chrono::minutes(5);
  deployed();
  EXPECT_EQ(run({2}).state, RunState::planned);
  database.script("UPDATE cs.run SET next_at = clock_timestamp() WHERE state = 'planned'");
  settle();
  EXPECT_EQ(run({2}).state, RunState::succeeded);
}

TEST_F(FollowUpsTest, a_dry_run_rule_has_none) {
  auto r = rule("deploy", "ops.deploy");
  r.mode = core::RuleMode::dry_run;
  add(r);
  publish();
  alert("web-3", "d1");
  settle();
  EXPECT_EQ(only_run().state, RunState::dry_run);
}

TEST_F(FollowUpsTest, an_action_that_is_gone_is_said_to_be_missing) {
  publish();
  command("bob", "!remediate ops.deploy host=web-3");
  settle();
  catalog.actions.erase("ops.look");
  publish();
  vote({1}, "alice");
  settle();
  EXPECT_TRUE(heard("What should follow R1 cannot be done: there is no action ops.look"));
}

TEST_F(FollowUpsTest, the_check_does_not_use_up_the_rules_rate_limit) {
  auto r = rule("deploy", "ops.deploy");
  r.rate_limit = core::RateLimit{2, std::chrono::hours(1)};
  add(r);
  publish();
  alert("web-1", "d1");
  settle();
  vote({1}, "alice");
  settle();
  alert("web-2", "d2");
  settle();
  EXPECT_EQ(run({3}).purpose, Purpose::remedy);
  EXPECT_EQ(run({3}).action, "ops.deploy");
}

TEST_F(FollowUpsTest, stand_in_the_answer_to_why) {
  ends({2}, OutcomeClass::failed);
  deployed();
  command("bob", "!why R1");
  settle();
  EXPECT_TRUE(heard("checks R1"));
  EXPECT_TRUE(heard("takes it back because R2 failed"));
}

}  // namespace
}  // namespace countersign::engine
