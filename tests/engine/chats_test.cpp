// Several chats at once: plans in each of them, votes wherever they are given, people with more
// than one account, groups as roles.
#include <algorithm>

#include "bot/store/approvals.h"
#include "bot/store/runs.h"
#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::VoteVerdict;

class Chats : public House {
 protected:
  Chats() {
    action("ops.rotate", core::Tier::mutating);
    action("ops.failover", core::Tier::high_impact);
    add(rule("disk", "ops.rotate"));
    publish();
  }
  void configure(const std::function<void(config::Settings&)>& change) {
    auto next = std::make_shared<Snapshot>(*current.get());
    change(next->settings);
    current.set(next);
    directory.forget();
  }
  core::Act act(const std::string& in, const std::string& who, core::Act::Kind kind) {
    core::Act act;
    act.kind = kind;
    act.id = in + ":act:" + std::to_string(++acts_);
    act.person = {in + ":" + who, who};
    act.place = {in, "C1", ""};
    act.message_id = "post1";
    return act;
  }
  core::ActAnswer handle(const core::Act& act) {
    core::ActAnswer given;
    desk.act(act, [&](core::ActAnswer answer) { given = std::move(answer); });
    while (desk.run_once({})) {
    }
    settle();
    return given;
  }
  core::ActAnswer react(const std::string& in, const std::string& who) {
    auto a = act(in, who, core::Act::Kind::emoji_added);
    a.emoji = "+1";
    return handle(a);
  }
  core::Button button(const FakeChat& in, const std::string& id) const {
    for (auto it = in.sent.rbegin(); it != in.sent.rend(); ++it) {
      for (const auto& b : it->message.buttons) {
        if (b.id == id) return b;
      }
    }
    return {};
  }
  core::ActAnswer choose(const std::string& who, const std::string& choice) {
    auto a = act("mm", who, core::Act::Kind::button);
    a.context = button(chat, "more").context;
    a.choice = choice;
    return handle(a);
  }
  core::ActAnswer submit(const std::string& who, const core::Form& form,
                         std::map<std::string, std::string> values) {
    auto a = act("mm", who, core::Act::Kind::form);
    a.context = form.context;
    a.values = std::move(values);
    return handle(a);
  }
  static int posts(const FakeChat& in) {
    return static_cast<int>(
        std::ranges::count(in.sent, core::Outgoing::Op::post, &core::Outgoing::op));
  }
  int acts_ = 0;
};

TEST_F(Chats, an_alert_goes_to_every_chat_and_a_vote_in_one_shows_in_the_other) {
  configure([](auto& s) { s.notify = {{"mm", "#ops"}, {"sl", "#ops"}}; });
  alert("web-3", "d1");
  settle();
  ASSERT_EQ(posts(chat), 1);
  ASSERT_EQ(posts(slack), 1);
  EXPECT_EQ(chat.sent[0].message.title, slack.sent[0].message.title);
  configure([](auto& s) { s.roles["sre"].members.push_back("sl:zoe"); });
  auto press = act("sl", "zoe", core::Act::Kind::button);
  press.context = button(slack, "approve").context;
  EXPECT_EQ(handle(press).tell, "");
  EXPECT_EQ(only_run().state, RunState::succeeded);
  const auto last = [](const FakeChat& in) { return core::as_text(in.sent.back().message); };
  EXPECT_NE(last(chat).find("succeeded"), std::string::npos);
  EXPECT_EQ(last(chat), last(slack));
  EXPECT_EQ(chat.sent.back().place.thread, "post1");
  EXPECT_EQ(slack.sent.back().place.thread, "post1");
}

TEST_F(Chats, a_command_in_the_thread_of_the_other_chat_finds_the_plan) {
  configure([](auto& s) { s.notify = {{"mm", "#ops"}, {"sl", "#ops"}}; });
  alert("web-3", "d1");
  settle();
  core::Incoming in;
  in.source = "sl";
  in.trigger = core::kChatCommand;
  in.delivery_id = "m1";
  in.body = {{"text", "!deny not now"},
             {"message", "m1"},
             {"place", core::ChatPlace{"sl", "C1", "post1"}},
             {"person", core::Person{"sl:zoe", "zoe"}}};
  configure([](auto& s) { s.roles["sre"].members.push_back("sl:zoe"); });
  accept(in);
  settle();
  EXPECT_EQ(only_run().state, RunState::denied);
}

TEST_F(Chats, a_quorum_counts_people_and_not_accounts_T34) {
  configure([](auto& s) {
    s.people = {{"alice", {"mm:alice", "sl:al"}}};
    s.roles["sre"].members = {"mm:alice", "sl:al", "mm:bob"};
    s.notify = {{"mm", "#ops"}, {"sl", "#ops"}};
  });
  command("carol", "!remediate ops.failover host=db-1");
  settle();
  const auto id = only_run().id;
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::counted);
  Ballot again;
  again.run = id;
  again.voter = {"sl:al", "al"};
  again.act_id = "sl:1";
  again.via = "button";
  EXPECT_EQ(voting.cast(again).verdict, VoteVerdict::already_voted);
  EXPECT_EQ(run(id).state, RunState::awaiting_approval);
  EXPECT_EQ(vote(id, "bob").verdict, VoteVerdict::counted);
  settle();
  EXPECT_EQ(run(id).state, RunState::succeeded);
}

TEST_F(Chats, a_link_made_after_the_vote_does_not_let_one_person_vote_twice) {
  configure([](auto& s) { s.roles["sre"].members = {"mm:alice", "sl:al", "mm:bob"}; });
  command("carol", "!remediate ops.failover host=db-1");
  settle();
  const auto id = only_run().id;
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::counted);
  configure([](auto& s) { s.people = {{"alice", {"mm:alice", "sl:al"}}}; });
  Ballot again;
  again.run = id;
  again.voter = {"sl:al", "al"};
  again.act_id = "sl:1";
  again.via = "button";
  EXPECT_EQ(voting.cast(again).verdict, VoteVerdict::already_voted);
}

TEST_F(Chats, who_asked_in_one_chat_cannot_approve_in_the_other) {
  configure([](auto& s) {
    s.people = {{"alice", {"mm:alice", "sl:al"}}};
    s.roles["sre"].members = {"sl:al", "mm:bob"};
  });
  command("alice", "!remediate ops.failover host=db-1");
  settle();
  Ballot ballot;
  ballot.run = only_run().id;
  ballot.voter = {"sl:al", "al"};
  ballot.act_id = "sl:1";
  ballot.via = "button";
  EXPECT_EQ(voting.cast(ballot).verdict, VoteVerdict::requester);
}

TEST_F(Chats, a_group_holds_a_role_and_who_left_it_before_the_start_does_not_count_T35) {
  chat.groups["#sre"] = {{"mm:gina", "gina"}};
  configure([](auto& s) { s.roles["sre"] = {"sre", {}, {"mm:#sre"}}; });
  alert("web-3", "d1");
  settle();
  const auto id = only_run().id;
  EXPECT_EQ(vote(id, "alice").verdict, VoteVerdict::not_eligible);
  EXPECT_EQ(vote(id, "gina").verdict, VoteVerdict::counted);
  chat.groups["#sre"].clear();
  directory.forget();
  settle();
  EXPECT_EQ(run(id).state, RunState::held);
}

TEST_F(Chats, deny_with_a_reason_asks_for_it_and_keeps_it) {
  alert("web-3", "d1");
  settle();
  const auto asked = choose("alice", "denywhy");
  ASSERT_TRUE(asked.form);
  EXPECT_EQ(submit("alice", *asked.form, {{"reason", "deploy is running"}}).tell, "");
  EXPECT_EQ(only_run().state, RunState::denied);
  EXPECT_EQ(database.value("SELECT reason FROM cs.vote"), "deploy is running");
  EXPECT_EQ(database.value("SELECT via FROM cs.vote"), "form");
}

TEST_F(Chats, a_changed_plan_is_a_new_one_and_its_editor_counts_as_requester_I8) {
  configure([](auto& s) { s.roles["sre"].members = {"mm:alice", "mm:bob", "mm:dora"}; });
  command("carol", "!remediate ops.failover host=db-1");
  settle();
  const auto before = only_run();
  EXPECT_EQ(vote(before.id, "alice").verdict, VoteVerdict::counted);
  const auto asked = choose("bob", "edit");
  ASSERT_TRUE(asked.form);
  ASSERT_EQ(asked.form->fields.size(), 1u);
  EXPECT_EQ(asked.form->fields[0].value, "db-1");
  EXPECT_EQ(submit("bob", *asked.form, {{"host", "db-2"}}).tell, "");
  const auto after = only_run();
  EXPECT_EQ(after.state, RunState::awaiting_approval);
  EXPECT_EQ(after.plan_no, 2);
  EXPECT_EQ(after.plan->parameters["host"], "db-2");
  EXPECT_EQ(database.value("SELECT state FROM cs.approval WHERE plan_no = 1"), "void");
  EXPECT_EQ(vote(after.id, "bob").verdict, VoteVerdict::requester);
  EXPECT_EQ(vote(after.id, "alice").verdict, VoteVerdict::counted);
  EXPECT_EQ(vote(after.id, "dora").verdict, VoteVerdict::counted);
  settle();
  EXPECT_EQ(run(after.id).state, RunState::succeeded);
}

TEST_F(Chats, a_form_for_an_older_plan_changes_nothing) {
  alert("web-3", "d1");
  settle();
  const auto asked = choose("bob", "edit");
  ASSERT_TRUE(asked.form);
  command("alice", "!edit host=web-4", "post1");
  settle();
  EXPECT_EQ(only_run().plan_no, 2);
  EXPECT_NE(submit("bob", *asked.form, {{"host", "web-5"}}).tell.find("changed meanwhile"),
            std::string::npos);
  EXPECT_EQ(only_run().plan->parameters["host"], "web-4");
}

TEST_F(Chats, only_who_asked_or_may_approve_changes_or_withdraws_a_plan) {
  alert("web-3", "d1");
  settle();
  EXPECT_NE(choose("carol", "cancel").tell.find("Only whoever asked"), std::string::npos);
  const auto asked = choose("carol", "edit");
  ASSERT_TRUE(asked.form);
  EXPECT_NE(submit("carol", *asked.form, {{"host", "web-9"}}).tell.find("Only whoever asked"),
            std::string::npos);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(choose("alice", "cancel").tell, "");
  EXPECT_EQ(only_run().state, RunState::cancelled);
}

TEST_F(Chats, a_choice_nobody_offered_does_nothing_T41) {
  alert("web-3", "d1");
  settle();
  EXPECT_NE(choose("alice", "approve").tell.find("no such choice"), std::string::npos);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Chats, a_command_that_comes_late_is_not_obeyed_but_a_question_is_answered) {
  alert("web-3", "d1");
  settle();
  const auto late = [&](const std::string& text) {
    core::Incoming in;
    in.source = "mm";
    in.trigger = core::kChatCommand;
    in.delivery_id = text;
    in.body = {{"text", text},
               {"message", "m1"},
               {"at", "2026-01-01T00:00:00Z"},
               {"place", core::ChatPlace{"mm", "C1", "post1"}},
               {"person", core::Person{"mm:alice", "alice"}}};
    accept(in);
    settle();
    return core::as_text(chat.sent.back().message);
  };
  EXPECT_NE(late("!approve").find("Say it again"), std::string::npos);
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_NE(late("!status").find("Status"), std::string::npos);
}

TEST_F(Chats, answers_overtake_plans_and_plans_the_rest_in_a_channel_that_takes_little) {
  slack.pace_ = {std::chrono::hours(1), 1};
  OutboxSender paced{deps, slack};
  const auto say = [&](const std::string& id, const std::string& lane, store::Priority priority) {
    store::OutboxMessage m;
    m.out = {core::Outgoing::Op::post, id, {"sl", "#ops", ""}, "", "", {}};
    m.lane = lane;
    m.priority = priority;
    deps.db.transact("say", [&](store::Tx& tx) { store::enqueue(tx, m); });
  };
  say("chatter", "a", store::Priority::rest);
  say("plan", "b", store::Priority::plan);
  say("answer", "c", store::Priority::answer);
  EXPECT_TRUE(paced.run_once({}));
  ASSERT_EQ(slack.sent.size(), 1u);
  EXPECT_EQ(slack.sent[0].client_id, "answer");
  EXPECT_EQ(database.value("SELECT state FROM cs.outbox WHERE client_id = 'plan'"), "queued");
  EXPECT_EQ(database.value("SELECT state FROM cs.outbox WHERE client_id = 'chatter'"), "queued");
  EXPECT_EQ(database.value("SELECT attempt FROM cs.outbox WHERE client_id = 'chatter'"), "0");
}

TEST_F(Chats, being_limited_is_no_failure_and_holds_what_the_platform_named) {
  core::Delivery limited;
  limited.kind = core::Delivery::Kind::failed;
  limited.retryable = true;
  limited.retry_after = std::chrono::hours(1);
  limited.hold = core::Delivery::Hold::channel;
  slack.script = {limited};
  OutboxSender paced{deps, slack};
  const auto say = [&](const std::string& id, const std::string& channel) {
    store::OutboxMessage m;
    m.out = {core::Outgoing::Op::post, id, {"sl", channel, ""}, "", "", {}};
    m.lane = id;
    deps.db.transact("say", [&](store::Tx& tx) { store::enqueue(tx, m); });
  };
  say("first", "#ops");
  EXPECT_TRUE(paced.run_once({}));
  EXPECT_EQ(database.value("SELECT state || attempt FROM cs.outbox WHERE client_id = 'first'"),
            "queued0");
  say("second", "#ops");
  say("elsewhere", "#db");
  EXPECT_TRUE(paced.run_once({}));
  EXPECT_EQ(slack.sent.back().client_id, "elsewhere");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.outbox WHERE state = 'queued'"), "2");
}

TEST_F(Chats, open_questions_are_the_posts_whose_votes_count) {
  configure([](auto& s) { s.notify = {{"mm", "#ops"}, {"sl", "#ops"}}; });
  alert("web-3", "d1");
  settle();
  ASSERT_EQ(desk.open_questions("sl").size(), 1u);
  EXPECT_EQ(desk.open_questions("sl")[0].message_id, "post1");
  vote(only_run().id, "alice");
  EXPECT_TRUE(desk.open_questions("sl").empty());
}

TEST_F(Chats, a_position_is_kept_per_chat) {
  EXPECT_EQ(*desk.position("mm"), "");
  desk.heard_up_to("mm", "17");
  desk.heard_up_to("mm", "18");
  desk.heard_up_to("sl", "x");
  EXPECT_EQ(*desk.position("mm"), "18");
}

TEST_F(Chats, a_caught_up_emoji_that_was_counted_says_nothing_more) {
  command("carol", "!remediate ops.failover host=db-1");
  settle();
  react("mm", "alice");
  const auto said_before = chat.sent.size();
  auto again = act("mm", "alice", core::Act::Kind::emoji_added);
  again.emoji = "+1";
  again.caught_up = true;
  handle(again);
  EXPECT_EQ(chat.sent.size(), said_before);
}

}  // namespace
}  // namespace countersign::engine
