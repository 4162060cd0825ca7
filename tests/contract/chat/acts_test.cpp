// What people do to messages of the bot: buttons, menus, forms, emoji.
#include <set>

#include "tests/contract/chat/contract.h"

namespace countersign::contract {
namespace {

core::Form reason_form() {
  core::Form form;
  form.title = "Deny R12";
  form.context = {{"seal", "f"}};
  core::FormField reason;
  reason.id = "reason";
  reason.label = "Reason";
  form.fields = {reason};
  return form;
}

TEST_P(ChatContract, a_press_tells_who_pressed_what_and_brings_the_buttons_context) {
  start();
  const Json context = {{"seal", "s<&>\"'ü"}, {"run", 12}, {"list", {1, "two"}}};
  const auto question = sent(post_with_button(context));
  chat_->click("bob", question.message_id, "approve");
  const auto act = desk_.acts(1).front();
  EXPECT_EQ(act.kind, Kind::button);
  EXPECT_EQ(act.person.key, chat_->key("bob"));
  EXPECT_EQ(act.person.name, "bob");
  EXPECT_TRUE(act.human);
  EXPECT_EQ(act.message_id, question.message_id);
  EXPECT_EQ(act.place.chat, bot().name());
  EXPECT_EQ(act.place.channel, question.channel_id);
  EXPECT_EQ(act.context, context);
  EXPECT_EQ(act.choice, "");
  EXPECT_TRUE(act.id.starts_with(bot().name() + ":"));
  EXPECT_FALSE(act.caught_up);
}

TEST_P(ChatContract, every_press_is_an_act_of_its_own) {
  start();
  const auto question = sent(post_with_button());
  std::set<std::string> ids;
  for (const auto* who : {"alice", "bob", "bob"}) chat_->click(who, question.message_id, "approve");
  for (const auto& act : desk_.acts(3)) ids.insert(act.id);
  EXPECT_EQ(ids.size(), 3u);
}

TEST_P(ChatContract, a_menu_brings_the_value_that_was_chosen) {
  start();
  auto out = post("which one?");
  core::Button menu{"mute", "Mute", core::Button::Style::plain, {{"seal", "m"}}, {}};
  menu.choices = {{"1h", "one hour"}, {"1d", "one day"}};
  out.message.buttons = {menu};
  const auto question = sent(out);
  chat_->click("alice", question.message_id, "mute", "1d");
  const auto act = desk_.acts(1).front();
  EXPECT_EQ(act.choice, "1d");
  EXPECT_EQ(act.context, Json({{"seal", "m"}}));
}

TEST_P(ChatContract, the_answer_to_a_press_is_seen_by_whoever_pressed_alone) {
  desk_.answer_with([](const core::Act&) {
    core::ActAnswer answer;
    answer.tell = "your vote counts";
    return answer;
  });
  start();
  const auto question = sent(post_with_button());
  chat_->click("alice", question.message_id, "approve");
  see_told("alice", "your vote counts");
  for (const auto& words : chat_->told("bob")) EXPECT_FALSE(contains(words, "your vote counts"));
  EXPECT_EQ(count("your vote counts"), 0u);
}

TEST_P(ChatContract, a_form_opens_for_whoever_pressed_and_brings_what_was_filled_in) {
  desk_.answer_with([](const core::Act& act) {
    core::ActAnswer answer;
    if (act.kind == Kind::button) answer.form = reason_form();
    return answer;
  });
  start();
  const auto question = sent(post_with_button());
  chat_->click("alice", question.message_id, "approve");
  see([&] { return chat_->has_window("alice"); }, "a window for alice");
  EXPECT_FALSE(chat_->has_window("bob"));
  EXPECT_TRUE(chat_->submit("alice", {{"reason", "not on a Friday"}}).empty());
  const auto act = desk_.act_that([](const core::Act& one) { return one.kind == Kind::form; });
  EXPECT_EQ(act.person.key, chat_->key("alice"));
  EXPECT_EQ(act.context, Json({{"seal", "f"}}));
  EXPECT_EQ(act.values.at("reason"), "not on a Friday");
  EXPECT_EQ(act.place.channel, question.channel_id);
  EXPECT_EQ(act.message_id, "");
  EXPECT_TRUE(act.human);
  EXPECT_FALSE(chat_->has_window("alice"));
}

TEST_P(ChatContract, what_is_wrong_in_a_form_is_said_at_its_field_and_the_form_stays) {
  desk_.answer_with([](const core::Act& act) {
    core::ActAnswer answer;
    if (act.kind == Kind::button) answer.form = reason_form();
    if (act.kind == Kind::form && act.values.at("reason") == "no")
      answer.errors = {{"reason", "say more"}};
    return answer;
  });
  start();
  const auto question = sent(post_with_button());
  chat_->click("alice", question.message_id, "approve");
  see([&] { return chat_->has_window("alice"); }, "a window for alice");
  const auto wrong = chat_->submit("alice", {{"reason", "no"}});
  EXPECT_EQ(wrong, (std::map<std::string, std::string>{{"reason", "say more"}}));
  EXPECT_TRUE(chat_->has_window("alice"));
  EXPECT_TRUE(chat_->submit("alice", {{"reason", "not on a Friday"}}).empty());
}

TEST_P(ChatContract, an_emoji_is_told_when_it_comes_and_when_it_goes) {
  start();
  const auto question = sent(post("a question"));
  chat_->react("alice", question.message_id, "+1");
  const auto added = desk_.acts(1).front();
  chat_->react("alice", question.message_id, "+1", false);
  const auto removed = desk_.acts(2).back();
  EXPECT_EQ(added.kind, Kind::emoji_added);
  EXPECT_EQ(removed.kind, Kind::emoji_removed);
  for (const auto& act : {added, removed}) {
    EXPECT_EQ(act.person.key, chat_->key("alice"));
    EXPECT_TRUE(act.human);
    EXPECT_EQ(act.emoji, "+1");
    EXPECT_EQ(act.message_id, question.message_id);
    EXPECT_EQ(act.place.channel, question.channel_id);
    EXPECT_FALSE(act.caught_up);
  }
  EXPECT_NE(added.id, removed.id);
}

TEST_P(ChatContract, T38_an_emoji_put_taken_and_put_again_is_three_acts) {
  start();
  const auto question = sent(post("a question"));
  std::set<std::string> ids;
  for (const bool there : {true, false, true}) {
    chat_->react("alice", question.message_id, "+1", there);
    desk_.acts(ids.size() + 1);
    ids.insert(desk_.acts(ids.size() + 1).back().id);
  }
  EXPECT_EQ(ids.size(), 3u);
}

TEST_P(ChatContract, T38_the_emoji_of_a_bot_is_no_persons) {
  chat_->add("robot", Platform::Kind::bot);
  start();
  const auto question = sent(post("a question"));
  chat_->react("robot", question.message_id, "+1");
  EXPECT_FALSE(desk_.acts(1).front().human);
}

TEST_P(ChatContract, I1_a_vote_that_could_not_be_stored_is_offered_until_it_is) {
  start();
  const auto question = sent(post("a question"));
  desk_.ask(question);
  desk_.refuse(2);
  chat_->react("alice", question.message_id, "+1");
  const auto vote = desk_.acts(1).front();
  EXPECT_EQ(vote.kind, Kind::emoji_added);
  EXPECT_EQ(vote.person.key, chat_->key("alice"));
  EXPECT_GE(desk_.offered_acts(3).size(), 3u);
}

TEST_P(ChatContract, a_press_that_could_not_be_stored_is_not_lost_without_a_word) {
  start();
  const auto question = sent(post_with_button());
  desk_.refuse(1);
  chat_->click("alice", question.message_id, "approve");
  desk_.offered_acts(1);
  EXPECT_TRUE(desk_.acts(0).empty());
  chat_->click("alice", question.message_id, "approve");
  desk_.acts(1);
}

TEST_P(ChatContract, I3_a_vote_nobody_confirmed_comes_again_to_the_next_process_as_the_same) {
  start();
  const auto question = sent(post("a question"));
  desk_.ask(question);
  desk_.hold();
  chat_->react("alice", question.message_id, "+1");
  const auto first = desk_.offered_acts(1).front();
  stop();
  desk_.forget();
  begin_again();
  const auto again = desk_.act_that([&](const core::Act& act) { return act.id == first.id; });
  EXPECT_EQ(again.person.key, chat_->key("alice"));
  EXPECT_EQ(again.emoji, "+1");
}

}  // namespace
}  // namespace countersign::contract
