// What people type, and what they get.
#include "tests/engine/house.h"

#include "bot/engine/chain.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Commands : public House {
 protected:
  Commands() {
    action("ops.rotate", Tier::mutating);
    add(rule("disk", "ops.rotate"));
    publish();
  }
  std::string answer(const std::string& who, const std::string& text,
                     const std::string& thread = "") {
    command(who, text, thread);
    settle();
    return said().empty() ? "" : said().back();
  }
};

TEST_F(Commands, with_a_typo_name_the_nearest_to_the_sender_alone) {
  EXPECT_NE(answer("alice", "!remdiate").find("Did you mean !remediate?"), std::string::npos);
  EXPECT_EQ(chat.sent.back().op, core::Outgoing::Op::tell);
  EXPECT_EQ(chat.sent.back().person, "mm:alice");
}

TEST_F(Commands, with_an_unknown_action_name_the_nearest) {
  EXPECT_NE(answer("alice", "!remediate ops.rotat host=x").find("Did you mean ops.rotate?"),
            std::string::npos);
  EXPECT_NE(answer("alice", "!remediate ops.rotate hst=x").find("hst"), std::string::npos);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0");
}

TEST_F(Commands, approve_and_deny_the_plan_of_the_thread) {
  alert("web-3", "d1");
  settle();
  answer("carol", "!approve", "post1");
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(chat.sent.back().op, core::Outgoing::Op::tell);
  answer("alice", "!approve looks right", "post1");
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Commands, name_a_plan_by_its_id) {
  alert("web-3", "d1");
  settle();
  answer("alice", "!deny R1 not today");
  EXPECT_EQ(only_run().state, RunState::denied);
  EXPECT_NE(said().back().find("not today"), std::string::npos);
}

TEST_F(Commands, cancel_only_for_requester_or_approver) {
  command("carol", "!remediate ops.rotate host=web-1");
  settle();
  answer("dave", "!cancel R1");
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  answer("carol", "!cancel R1");
  EXPECT_EQ(only_run().state, RunState::cancelled);
}

TEST_F(Commands, explain_a_run_from_alert_to_result) {
  alert("web-3", "d1");
  settle();
  vote({1}, "alice");
  settle();
  const std::string why = answer("carol", "why did this run?", "post1");
  for (const char* part : {"E1 prometheus.alert DiskAlmostFull", "Rule ops.disk matched",
                           "trigger.labels.alertname equals \"DiskAlmostFull\"",
                           "@alice approved by button", "Try 1 started", "Result: succeeded"}) {
    EXPECT_NE(why.find(part), std::string::npos) << part << "\n" << why;
  }
  EXPECT_NE(why.find(only_run().correlation.text()), std::string::npos);
}

TEST_F(Commands, remediate_in_an_alerts_thread_proposes_what_the_rules_say) {
  catalog.rules.front().mode = core::RuleMode::dry_run;
  publish();
  alert("web-3", "d1");
  settle();
  ASSERT_EQ(only_run().state, RunState::dry_run);
  answer("carol", "!remediate", "post1");
  EXPECT_EQ(run({2}).state, RunState::awaiting_approval);
  EXPECT_EQ(run({2}).requester, "mm:carol");
  EXPECT_EQ(run({2}).event, run({1}).event);
}

TEST_F(Commands, are_obeyed_once_however_often_they_are_delivered) {
  core::Incoming in;
  for (int i = 0; i < 3; ++i) {
    in.source = "mm";
    in.trigger = core::kChatCommand;
    in.delivery_id = "same";
    in.body = {{"text", "!remediate ops.rotate host=x"},
               {"message", "same"},
               {"place", core::ChatPlace{"mm", "C1", ""}},
               {"person", core::Person{"mm:alice", "alice"}}};
    accept(in);
    settle();
  }
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Commands, tell_what_is_going_on_and_what_waits_for_whom) {
  alert("web-3", "d1");
  settle();
  EXPECT_NE(answer("alice", "!status").find("1 waiting for approval"), std::string::npos);
  EXPECT_NE(answer("alice", "!pending").find("1 more of sre"), std::string::npos);
  EXPECT_NE(answer("alice", "!help approve").find("!approve [ID] [reason]"), std::string::npos);
}

TEST_F(Commands, a_why_outside_any_thread_of_ours_is_answered_privately) {
  EXPECT_NE(answer("alice", "why?", "elsewhere").find("Nothing of mine is in this thread"),
            std::string::npos);
  EXPECT_EQ(chat.sent.back().op, core::Outgoing::Op::tell);
}

}  // namespace
}  // namespace countersign::engine
