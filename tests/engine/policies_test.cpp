// Approval policies at work: groups, four eyes, teams, stand-ins, reminders, escalation, cooldown,
// and the look at who may right before the start.
#include "tests/engine/house.h"

#include "bot/store/approvals.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;
using core::VoteVerdict;

class PoliciesAtWork : public House {
 protected:
  PoliciesAtWork() {
    action("ops.move", Tier::mutating);
    catalog.actions["ops.move"].roles = {"sre"};
    publish();
    configure([](config::Settings& s) {
      s.roles["managers"] = {"managers", {"mm:carol"}, {}};
      s.roles["sre"].members.push_back("mm:dora");
    });
    policy.name = "production";
    policy.groups = {{{"sre"}, 1}, {{"managers"}, 1}};
  }
  // In force from now on.
  void enact() {
    configure([&](config::Settings& s) { s.policies = {policy}; });
  }
  core::RunId asked_by(const std::string& who) {
    command(who, "!remediate ops.move host=web-3");
    settle();
    return only_run().id;
  }
  // The clock of the database cannot be moved: everything that was asked is older instead.
  void later(const std::string& span) {
    database.script("UPDATE cs.approval SET created_at = created_at - interval '" + span +
                    "', expires_at = expires_at - interval '" + span +
                    "', notice_at = notice_at - interval '" + span +
                    "', usable_until = usable_until - interval '" + span +
                    "'; UPDATE cs.run SET next_at = next_at - interval '" + span + "'");
    keeper.run_once({});
    settle();
  }
  std::string audit(const std::string& kind) {
    return database.value("SELECT count(*) FROM cs.audit WHERE kind = '" + kind + "'");
  }
  core::Policy policy;
};

TEST_F(PoliciesAtWork, need_people_of_every_group_I8) {
  enact();
  const auto id = asked_by("alice");
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::counted);
  EXPECT_EQ(vote(id, "bob").verdict, VoteVerdict::counted);
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval) << "two sre are no manager";
  EXPECT_TRUE(heard("still missing: 1 of managers"));
  EXPECT_EQ(vote(id, "carol").verdict, VoteVerdict::counted);
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(PoliciesAtWork, exclude_requester_and_editor_by_person_T33) {
  policy.four_eyes = true;
  enact();
  configure([](config::Settings& s) {
    s.people = {{"ann", {"mm:alice", "mm:annie"}}};
    s.roles["sre"].members.push_back("mm:annie");
  });
  const auto id = asked_by("alice");
  EXPECT_EQ(vote(id, "annie").verdict, VoteVerdict::requester)
      << "the same person, another account";
  command("bob", "!edit R1 host=web-4");
  settle();
  EXPECT_EQ(vote(id, "bob").verdict, VoteVerdict::requester);
  EXPECT_EQ(vote(id, "dora").verdict, VoteVerdict::counted);
  EXPECT_EQ(vote(id, "carol").verdict, VoteVerdict::counted);
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(PoliciesAtWork, separate_teams) {
  policy.separate_teams = true;
  enact();
  configure([](config::Settings& s) {
    s.teams = {{"web", {"mm:alice", "mm:bob"}}, {"db", {"mm:dora"}}, {"office", {"mm:carol"}}};
  });
  const auto id = asked_by("alice");
  EXPECT_EQ(vote(id, "bob").verdict, VoteVerdict::same_team);
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::counted) << "one voice of the requester's team";
  EXPECT_EQ(vote(id, "dora").verdict, VoteVerdict::counted);
  EXPECT_EQ(vote(id, "carol").verdict, VoteVerdict::counted);
}

TEST_F(PoliciesAtWork, let_a_stand_in_vote_while_it_stands_in) {
  enact();
  configure([](config::Settings& s) {
    s.stand_ins = {{"mm:carol", "mm:eve", core::Instant(), core::Instant::max()}};
  });
  const auto id = asked_by("alice");
  EXPECT_TRUE(heard("eve for carol"));
  vote(id, "bob");
  EXPECT_EQ(vote(id, "eve").verdict, VoteVerdict::counted);
  EXPECT_EQ(only_run().state, RunState::ready);
}

TEST_F(PoliciesAtWork, remind_once_escalate_once_and_then_expire_I9) {
  policy.remind_after = std::chrono::minutes(5);
  policy.escalation = core::Escalation{std::chrono::minutes(10), {"directors"}, {{"mm", "#board"}}};
  enact();
  configure([](config::Settings& s) { s.roles["directors"] = {"directors", {"mm:dan"}, {}}; });
  const auto id = asked_by("alice");
  vote(id, "bob");
  EXPECT_EQ(vote(id, "dan").verdict, VoteVerdict::not_eligible);
  later("5 min");
  EXPECT_EQ(heard("still waits for approval"), 1);
  EXPECT_TRUE(heard("Please look: @carol"));
  later("1 min");
  EXPECT_EQ(heard("still waits for approval"), 1);
  later("4 min");
  EXPECT_EQ(heard("still waits, so others are asked too"), 2) << "in the thread and in #board";
  EXPECT_EQ(std::ranges::count(chat.sent, std::string("#board"),
                               [](const core::Outgoing& out) { return out.place.channel; }),
            1);
  EXPECT_EQ(audit("approval.escalated"), "1");
  later("50 min");
  EXPECT_EQ(only_run().state, RunState::expired);
  EXPECT_EQ(vote(id, "dan").verdict, VoteVerdict::already_decided);
}

TEST_F(PoliciesAtWork, count_whom_an_escalation_added) {
  policy.escalation = core::Escalation{std::chrono::minutes(10), {"directors"}, {}};
  enact();
  configure([](config::Settings& s) { s.roles["directors"] = {"directors", {"mm:dan"}, {}}; });
  const auto id = asked_by("alice");
  vote(id, "bob");
  later("10 min");
  EXPECT_EQ(vote(id, "dan").verdict, VoteVerdict::counted);
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(PoliciesAtWork, are_quiet_when_people_sleep) {
  policy.remind_after = std::chrono::minutes(5);
  policy.quiet = core::QuietHours{0, 24 * 60 - 1, "UTC"};
  enact();
  asked_by("alice");
  later("5 min");
  EXPECT_EQ(heard("still waits for approval"), 0);
  EXPECT_EQ(database.value("SELECT notice_at > clock_timestamp() FROM cs.approval"), "true");
}

TEST_F(PoliciesAtWork, cool_down_between_the_approval_and_the_start_and_may_be_withdrawn) {
  policy.cooldown = std::chrono::minutes(10);
  enact();
  const auto id = asked_by("alice");
  vote(id, "bob");
  vote(id, "carol");
  settle();
  EXPECT_EQ(only_run().state, RunState::ready);
  EXPECT_TRUE(heard("unless somebody withdraws it before"));
  later("9 min");
  EXPECT_EQ(only_run().state, RunState::ready);
  later("1 min");
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(PoliciesAtWork, hold_a_run_whose_approver_lost_the_right_during_the_cooldown_T35_I11) {
  policy.cooldown = std::chrono::minutes(1);
  enact();
  configure([](config::Settings& s) { s.roles["managers"] = {"managers", {}, {"mm:#managers"}}; });
  chat.groups["#managers"] = {{"mm:carol", "carol"}};
  const auto id = asked_by("alice");
  vote(id, "bob");
  vote(id, "carol");
  chat.groups["#managers"] = {{"mm:zoe", "zoe"}};
  later("1 min");
  EXPECT_EQ(only_run().state, RunState::held) << "past the cache of groups";
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_EQ(database.value("SELECT state FROM cs.approval"), "void");
}

TEST_F(PoliciesAtWork, hold_a_run_whose_approver_was_deactivated_during_the_cooldown_T34) {
  policy.cooldown = std::chrono::minutes(1);
  enact();
  const auto id = asked_by("alice");
  vote(id, "bob");
  vote(id, "carol");
  chat.gone = {"carol"};
  later("1 min");
  EXPECT_EQ(only_run().state, RunState::held);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(PoliciesAtWork, exclude_whoever_asked_before_a_rerun_T33) {
  policy.four_eyes = true;
  enact();
  const auto id = asked_by("alice");
  vote(id, "bob");
  vote(id, "carol");
  runner.on_run = [](const core::RunRequest&) -> core::Outcome {
    return {core::OutcomeClass::ambiguous, 0, "", false, "timed out", {}};
  };
  settle();
  ASSERT_EQ(only_run().state, RunState::unknown);
  EXPECT_EQ(voting.settle(id, only_run().fence, Settlement::rerun, {"mm:bob", "bob"}), "");
  settle();
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::requester);
  EXPECT_EQ(vote(id, "bob").verdict, VoteVerdict::requester);
  EXPECT_EQ(vote(id, "dora").verdict, VoteVerdict::counted);
}

TEST_F(PoliciesAtWork, hold_a_run_when_the_directory_does_not_answer_T35) {
  policy.cooldown = std::chrono::minutes(1);
  enact();
  configure([](config::Settings& s) { s.roles["managers"] = {"managers", {}, {"mm:#managers"}}; });
  chat.groups["#managers"] = {{"mm:carol", "carol"}};
  const auto id = asked_by("alice");
  vote(id, "bob");
  vote(id, "carol");
  chat.silent = true;
  later("1 min");
  EXPECT_EQ(only_run().state, RunState::held);
  EXPECT_TRUE(heard("it cannot be told whether those who approved it still may"));
}

TEST_F(PoliciesAtWork, do_not_count_a_vote_that_nobody_can_judge_now_and_take_it_later) {
  configure([](config::Settings& s) { s.roles["managers"] = {"managers", {}, {"mm:#managers"}}; });
  enact();
  chat.silent = true;
  const auto id = asked_by("alice");
  EXPECT_EQ(vote(id, "carol").verdict, VoteVerdict::not_known);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.vote"), "0");
  chat.silent = false;
  chat.groups["#managers"] = {{"mm:carol", "carol"}};
  EXPECT_EQ(vote(id, "carol").verdict, VoteVerdict::counted);
}

TEST_F(PoliciesAtWork, that_changed_since_the_vote_ask_anew_I11_T58) {
  const auto id = asked_by("alice");
  vote(id, "bob");
  enact();
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(only_run().plan_no, 2);
  EXPECT_TRUE(heard("who has to agree"));
  EXPECT_EQ(runner.effects(), 0);
  vote(id, "bob");
  vote(id, "carol");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  command("alice", "!why R1");
  settle();
  EXPECT_TRUE(heard("was not what had been approved"));
}

}  // namespace
}  // namespace countersign::engine
