// Attacks on a question that waits for consent, as the threat table names them (T31-T44).
#include <future>
#include <random>

#include "bot/engine/button_seal.h"
#include "bot/store/runs.h"
#include "tests/engine/house.h"
#include "tests/support/chance.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::VoteChoice;
using core::VoteVerdict;

class ApprovalThreats : public House {
 protected:
  ApprovalThreats() {
    action("ops.rotate", core::Tier::mutating);
    action("ops.failover", core::Tier::high_impact);
    add(rule("disk", "ops.rotate"));
    publish();
  }
  core::RunId asked(const std::string& action, const std::string& by = "rita") {
    command(by, "!remediate " + action + " host=web-3");
    settle();
    return only_run().id;
  }
  VoteVerdict vote_of(core::RunId id, const core::Person& who) {
    Ballot ballot;
    ballot.run = id;
    ballot.voter = who;
    ballot.act_id = "mm:" + who.key + std::to_string(++acts_);
    ballot.via = "button";
    return voting.cast(ballot).verdict;
  }
  Json button(const std::string& id) const {
    for (auto out = chat.sent.rbegin(); out != chat.sent.rend(); ++out) {
      for (const auto& b : out->message.buttons) {
        if (b.id == id) return b.context;
      }
    }
    return nullptr;
  }
  core::Act act(const std::string& who, core::Act::Kind kind, const std::string& on = "post1") {
    core::Act act;
    act.kind = kind;
    act.id = "mm:act" + std::to_string(++acts_);
    act.person = {"mm:" + who, who};
    act.place = {"mm", "C1", ""};
    act.message_id = on;
    return act;
  }
  core::Act press(const std::string& who, const std::string& id) {
    auto out = act(who, core::Act::Kind::button, message_of_plan());
    out.context = button(id);
    return out;
  }
  core::Act emoji(const std::string& who, const std::string& name,
                  core::Act::Kind kind = core::Act::Kind::emoji_added) {
    auto out = act(who, kind, message_of_plan());
    out.emoji = name;
    return out;
  }
  std::string message_of_plan() {
    const auto ref =
        database.value("SELECT message_refs[1] FROM cs.approval ORDER BY approval_id DESC LIMIT 1");
    return ref.substr(ref.rfind(':') + 1);
  }
  std::string handle(const core::Act& act) {
    std::string words;
    desk.act(act, [&](core::ActAnswer answer) { words = answer.tell; });
    while (desk.run_once({})) {
    }
    settle();
    return words;
  }
  std::string yes_votes() {
    return database.value(
        "SELECT array_to_string(approvers, ' ') FROM cs.approval ORDER BY approval_id DESC LIMIT "
        "1");
  }
  int acts_ = 0;
};

TEST_F(ApprovalThreats, an_action_that_changes_between_vote_and_start_is_asked_about_anew_T31_I11) {
  const auto id = asked("ops.rotate");
  vote(id, "alice");
  catalog.actions["ops.rotate"].content_hash = core::sha256_hex("another version");
  publish();
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(only_run().plan_no, 2);
  EXPECT_EQ(yes_votes(), "");
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_TRUE(heard("the plan is no longer what was approved"));
}

TEST_F(ApprovalThreats, a_name_that_looks_like_an_approvers_is_nobody_T32) {
  const auto id = asked("ops.failover");
  const core::Person lookalikes[] = {{"mm:u-4711", "alice"},          {"mm:u-4712", "Alice"},
                                     {"mm:\u0430lice", "\u0430lice"},  // a Cyrillic a
                                     {"mm:alice\u200B", "alice"},     {"mm:ALICE", "alice"},
                                     {"mm:alice ", "alice"}};
  for (const auto& who : lookalikes)
    EXPECT_EQ(vote_of(id, who), VoteVerdict::not_eligible) << who.key;
  EXPECT_EQ(yes_votes(), "");
}

TEST_F(ApprovalThreats, two_people_of_one_name_are_two_and_one_who_was_renamed_is_one_T32) {
  configure([](config::Settings& s) { s.roles["sre"].members = {"mm:u-1", "mm:u-2"}; });
  const auto id = asked("ops.failover");
  EXPECT_EQ(vote_of(id, {"mm:u-1", "alice"}), VoteVerdict::counted);
  EXPECT_EQ(vote_of(id, {"mm:u-1", "alice the second"}), VoteVerdict::already_voted);
  EXPECT_EQ(vote_of(id, {"mm:u-2", "alice"}), VoteVerdict::counted);
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(ApprovalThreats, the_same_name_in_another_workspace_is_a_stranger_T34) {
  const auto id = asked("ops.rotate");
  for (const char* elsewhere : {"sl:alice", "mm2:alice", "alice", ":alice", "person:alice"})
    EXPECT_EQ(vote_of(id, {elsewhere, "alice"}), VoteVerdict::not_eligible) << elsewhere;
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(ApprovalThreats, a_group_whose_directory_does_not_know_it_has_nobody_T34) {
  configure([](config::Settings& s) { s.roles["sre"] = {"sre", {}, {"mm:#sre-elsewhere"}}; });
  const auto id = asked("ops.rotate");
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::not_eligible);
}

// Everything that was ever pressed comes again, in any order, as it was and as if it were new.
TEST_F(ApprovalThreats, recorded_interactions_replayed_in_any_order_change_nothing_T36_I9) {
  const auto seed = support::printed_seed();
  asked("ops.failover");
  std::vector<core::Act> recorded{press("alice", "approve"), emoji("bob", "x"),
                                  press("bob", "deny"), emoji("alice", "+1")};
  recorded.push_back(press("alice", "more"));
  recorded.back().choice = "cancel";
  handle(recorded.front());
  EXPECT_EQ(yes_votes(), "mm:alice");
  command("rita", "!edit R1 host=web-4");
  settle();
  ASSERT_EQ(only_run().plan_no, 2);
  const auto everything = [&](std::uint64_t round) {
    std::vector<core::Act> acts = recorded;
    std::ranges::shuffle(acts, std::mt19937_64(seed + round));
    for (auto act : acts) {
      if (act.choice == "cancel") continue;  // cancels the run, whichever plan it has
      handle(act);
      act.id += "again" + std::to_string(round);
      handle(act);
    }
  };
  for (std::uint64_t round = 0; round < 6; ++round) everything(round);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval) << support::replay(seed);
  EXPECT_EQ(yes_votes(), "") << support::replay(seed);
  for (const char* who : {"alice", "bob"}) {
    recorded.push_back(press(who, "approve"));
    handle(recorded.back());
  }
  EXPECT_EQ(only_run().state, RunState::succeeded);
  const auto end = [&] {
    return database.value(
        "SELECT string_agg(state || ' ' || array_to_string(approvers, ' ') || ' ' || decided_at, "
        "'; ' ORDER BY approval_id) FROM cs.approval");
  };
  const auto before = end();
  for (std::uint64_t round = 6; round < 12; ++round) everything(round);
  EXPECT_EQ(end(), before) << support::replay(seed);
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(runner.effects(), 1);
}

TEST_F(ApprovalThreats, a_command_that_is_edited_to_another_host_keeps_the_one_it_named_T37) {
  const auto incoming = [](const std::string& text) {
    core::Incoming in;
    in.source = "mm";
    in.trigger = core::kChatCommand;
    in.delivery_id = "post-of-rita";  // an edit has the id of what it edits
    in.body = {{"text", text},
               {"message", in.delivery_id},
               {"place", core::ChatPlace{"mm", "C1", ""}},
               {"person", core::Person{"mm:rita", "rita"}}};
    return in;
  };
  accept(incoming("!remediate ops.rotate host=web-3"));
  settle();
  accept(incoming("!remediate ops.rotate host=db-1"));
  settle();
  vote(only_run().id, "alice");
  accept(incoming("!remediate ops.rotate host=db-2"));
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(only_run().plan->targets, std::vector<std::string>{"web-3"});
  EXPECT_EQ(runner.effects(), 1);
}

// Nobody here but alice may say yes, and two are needed.
TEST_F(ApprovalThreats, reactions_in_any_order_count_as_what_they_are_T38) {
  configure([](config::Settings& s) {
    s.roles["sre"].members = {"mm:alice", "mm:rita", "mm:robot"};
  });
  asked("ops.failover");
  using Kind = core::Act::Kind;
  auto robot = emoji("robot", "+1");
  robot.human = false;
  auto elsewhere = emoji("alice", "+1");
  elsewhere.message_id = "post77";
  const auto added = emoji("alice", "+1");
  std::vector<core::Act> acts{robot,
                              elsewhere,
                              added,
                              added,
                              emoji("rita", "white_check_mark"),
                              emoji("rita", "+1"),
                              emoji("alice", "white_check_mark_custom"),
                              emoji("alice", "+1", Kind::emoji_removed),
                              emoji("zoe", "heavy_check_mark"),
                              emoji("zoe", "x")};
  const auto seed = support::printed_seed();
  std::mt19937_64 draw(seed);
  for (int round = 0; round < 10; ++round) {
    std::ranges::shuffle(acts, draw);
    for (auto& act : acts) {
      if (round > 0) act.id += "r" + std::to_string(round);
      handle(act);
      EXPECT_EQ(only_run().state, RunState::awaiting_approval) << support::replay(seed);
      EXPECT_TRUE(yes_votes().empty() || yes_votes() == "mm:alice") << support::replay(seed);
    }
  }
  handle(emoji("alice", "+1"));
  EXPECT_EQ(yes_votes(), "mm:alice");
  handle(emoji("alice", "+1", Kind::emoji_removed));
  EXPECT_EQ(yes_votes(), "");
}

TEST_F(ApprovalThreats, a_reaction_that_is_taken_off_after_the_decision_takes_nothing_back_T38) {
  asked("ops.rotate");
  command("bob", "!halt");
  settle();
  handle(emoji("alice", "+1"));
  EXPECT_EQ(only_run().state, RunState::ready);
  handle(emoji("alice", "+1", core::Act::Kind::emoji_removed));
  EXPECT_EQ(only_run().state, RunState::ready);
  EXPECT_EQ(yes_votes(), "mm:alice");
}

// The vote begins in time, waits for the row, and has it only when the time is over.
TEST_F(ApprovalThreats, a_vote_that_waits_for_the_row_across_the_expiry_does_not_count_T40_I9) {
  const auto id = asked("ops.rotate");
  std::promise<void> locked;
  auto holder = std::async(std::launch::async, [&] {
    deps.db.transact("hold", [&](store::Tx& tx) {
      tx.script("SELECT FROM cs.approval FOR UPDATE");
      locked.set_value();
      while (database.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                            "AND datname = current_database()") == "0") {
      }
      tx.script(
          "UPDATE cs.approval SET created_at = created_at - interval '2 h', expires_at = "
          "clock_timestamp()");
    });
  });
  locked.get_future().wait();
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::expired);
  holder.get();
  EXPECT_EQ(yes_votes(), "");
  keeper.run_once({});
  EXPECT_EQ(only_run().state, RunState::expired);
}

TEST_F(ApprovalThreats, a_button_of_another_installation_is_not_one_of_ours_T41_T36) {
  asked("ops.rotate");
  const auto now = only_run();
  auto forged = press("alice", "approve");
  forged.context = seal({"approve", now.id, now.approval, now.plan_hash, 0}, "another key");
  EXPECT_NE(handle(forged).find("not one of mine"), std::string::npos);
  auto elsewhere = press("alice", "approve");
  elsewhere.place.chat = "sl";  // our own button, brought back by another chat
  EXPECT_NE(handle(elsewhere), "");
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(yes_votes(), "");
}

// Each in a thread of its own, so that no order of a lane holds them back.
TEST_F(ApprovalThreats, a_flood_of_commands_does_not_bury_the_question_T44) {
  constexpr int kFlood = 1000;
  for (int i = 0; i < kFlood; ++i) command("eve", "!status");
  while (decider.run_once({})) {
  }
  ASSERT_EQ(database.value("SELECT count(*) FROM cs.outbox WHERE state = 'queued'"),
            std::to_string(kFlood));
  alert("web-3", "d1");
  decider.run_once({});
  planner.run_once({});
  sender.run_once({});
  const auto question = std::ranges::find_if(chat.sent, [](const core::Outgoing& out) {
    return std::ranges::any_of(out.message.buttons,
                               [](const core::Button& b) { return b.id == "approve"; });
  });
  EXPECT_NE(question, chat.sent.end()) << "after " << chat.sent.size() << " others";
}

TEST_F(ApprovalThreats, what_an_alert_says_is_neither_a_button_nor_a_mention_T43) {
  alert("<!channel> [Approve](http://evil) approved by alice", "d1");
  settle();
  for (const auto& out : chat.sent) {
    for (const auto& b : out.message.buttons)
      EXPECT_TRUE(unseal(b.context, deps.button_key)) << b.label;
    EXPECT_EQ(out.message.title.empty(), false);
  }
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(yes_votes(), "");
}

}  // namespace
}  // namespace countersign::engine
