// Interruptions: what happened meanwhile is found, and heard once.
#include <algorithm>

#include "tests/contract/chat/contract.h"

namespace countersign::contract {
namespace {

using Words = std::vector<std::string>;

bool is_vote(const core::Act& act, const std::string& key, Kind kind) {
  return act.kind == kind && act.person.key == key;
}

class Votes {
 public:
  explicit Votes(std::vector<core::Act> acts) : acts_(std::move(acts)) {}
  // What that person's emoji comes to, as last told.
  bool stands(const std::string& key) const {
    const auto last = std::find_if(acts_.rbegin(), acts_.rend(),
                                   [&](const auto& act) { return act.person.key == key; });
    return last != acts_.rend() && last->kind == Kind::emoji_added;
  }

 private:
  std::vector<core::Act> acts_;
};

TEST_P(ChatContract, a_change_of_the_connection_is_told_once_with_the_reason) {
  start();
  chat_->set_down(true);
  const auto down = desk_.changes(2).at(1);
  EXPECT_FALSE(down.up);
  EXPECT_NE(down.why, "");
  chat_->wait_for_attempts(3);
  EXPECT_FALSE(bot().connected());
  chat_->set_down(false);
  EXPECT_TRUE(desk_.changes(3).at(2).up);
  heard();
  EXPECT_EQ(desk_.changes(3).size(), 3u);
  EXPECT_TRUE(bot().connected());
}

TEST_P(ChatContract, a_bot_that_starts_while_the_chat_is_down_gets_there_in_the_end_T42) {
  chat_->set_down(true);
  bot().start(desk_, desk_);
  EXPECT_FALSE(bot().connected());
  chat_->wait_for_attempts(2);
  chat_->set_down(false);
  const auto changes = desk_.changes(1);
  if (!changes.front().up) desk_.changes(2);
  chat_->say("alice", "!remediate disk");
  desk_.command("!remediate disk");
}

TEST_P(ChatContract, T42_cuts_lose_no_command_and_double_none) {
  start();
  Words said;
  for (int i = 0; i < 8; ++i) {
    said.push_back("!step " + std::to_string(i));
    chat_->say(i % 2 == 0 ? "alice" : "bob", said.back());
    chat_->cut();
  }
  for (const auto& text : said) desk_.command(text);
  auto texts = heard();
  std::ranges::sort(texts);
  EXPECT_EQ(texts, said);
}

TEST_P(ChatContract, T42_commands_and_votes_of_a_short_outage_are_caught_up) {
  start();
  const auto question = sent(post("a question"));
  desk_.ask(question);
  chat_->set_down(true);
  desk_.changes(2);
  chat_->say("alice", "!remediate disk");
  chat_->say("bob", "!remediate disk");
  chat_->react("alice", question.message_id, "+1");
  chat_->react("bob", question.message_id, "+1");
  chat_->react("bob", question.message_id, "+1", false);
  chat_->set_down(false);
  desk_.commands(2);
  desk_.act_that(
      [&](const auto& act) { return is_vote(act, chat_->key("alice"), Kind::emoji_added); });
  EXPECT_EQ(heard(), (Words{"!remediate disk", "!remediate disk"}));
  const Votes votes(desk_.acts(0));
  EXPECT_TRUE(votes.stands(chat_->key("alice")));
  EXPECT_FALSE(votes.stands(chat_->key("bob")));
}

TEST_P(ChatContract, T42_votes_of_a_whole_hour_are_found_on_the_open_questions) {
  begin_an_hour_ago();
  start();
  const auto question = sent(post("a question"));
  desk_.ask(question);
  chat_->react("bob", question.message_id, "+1");
  desk_.acts(1);
  chat_->set_down(true);
  desk_.changes(2);
  chat_->react("alice", question.message_id, "+1");
  chat_->react("bob", question.message_id, "+1", false);
  chat_->an_hour_passes();
  chat_->set_down(false);
  const auto alice = desk_.act_that(
      [&](const auto& act) { return is_vote(act, chat_->key("alice"), Kind::emoji_added); });
  EXPECT_TRUE(alice.caught_up);
  EXPECT_EQ(alice.emoji, "+1");
  EXPECT_EQ(alice.message_id, question.message_id);
  desk_.act_that(
      [&](const auto& act) { return is_vote(act, chat_->key("bob"), Kind::emoji_removed); });
}

TEST_P(ChatContract, T42_the_next_process_goes_on_where_the_last_one_ended) {
  begin_an_hour_ago();
  start();
  const auto before = chat_->say("alice", "!before");
  desk_.wait_for_position([&](const auto& position) { return chat_->covers(position, before); });
  stop();
  chat_->say("bob", "!meanwhile");
  chat_->say("alice", "!meanwhile too");
  chat_->an_hour_passes();
  begin_again();
  desk_.command("!meanwhile");
  desk_.command("!meanwhile too");
  EXPECT_EQ(heard(), (Words{"!before", "!meanwhile", "!meanwhile too"}));
}

TEST_P(ChatContract, T38_a_vote_taken_back_while_no_process_ran_is_noticed) {
  begin_an_hour_ago();
  start();
  const auto question = sent(post("a question"));
  desk_.ask(question);
  for (const auto* who : {"alice", "bob"}) chat_->react(who, question.message_id, "+1");
  for (const auto* who : {"alice", "bob"}) {
    desk_.wait_for_position(
        [&](const auto& position) { return chat_->covers(position, question.message_id, who); });
  }
  stop();
  chat_->react("alice", question.message_id, "+1", false);
  chat_->react("carol", question.message_id, "+1");
  chat_->an_hour_passes();
  begin_again();
  const auto gone = desk_.act_that(
      [&](const auto& act) { return is_vote(act, chat_->key("alice"), Kind::emoji_removed); });
  EXPECT_TRUE(gone.caught_up);
  desk_.act_that(
      [&](const auto& act) { return is_vote(act, chat_->key("carol"), Kind::emoji_added); });
  const Votes votes(desk_.acts(0));
  EXPECT_FALSE(votes.stands(chat_->key("alice")));
  EXPECT_TRUE(votes.stands(chat_->key("bob")));
}

TEST_P(ChatContract, I1_a_vote_that_nobody_stored_is_found_an_hour_later) {
  begin_an_hour_ago();
  start();
  const auto question = sent(post("a question"));
  desk_.ask(question);
  chat_->react("bob", question.message_id, "+1");
  desk_.wait_for_position(
      [&](const auto& position) { return chat_->covers(position, question.message_id, "bob"); });
  desk_.hold();
  chat_->react("alice", question.message_id, "+1");
  chat_->react("bob", question.message_id, "+1", false);
  desk_.offered_acts(3);
  stop();
  desk_.forget();
  chat_->an_hour_passes();
  begin_again();
  desk_.act_that(
      [&](const auto& act) { return is_vote(act, chat_->key("alice"), Kind::emoji_added); });
  desk_.act_that(
      [&](const auto& act) { return is_vote(act, chat_->key("bob"), Kind::emoji_removed); });
}

TEST_P(ChatContract, without_the_position_nothing_is_forgotten_until_it_can_be_read) {
  begin_an_hour_ago();
  start();
  const auto before = chat_->say("alice", "!before");
  desk_.wait_for_position([&](const auto& position) { return chat_->covers(position, before); });
  stop();
  chat_->say("bob", "!meanwhile");
  chat_->an_hour_passes();
  desk_.refuse_positions(2);
  desk_.open();
  chat_->renew();
  bot().start(desk_, desk_);
  desk_.command("!meanwhile");
}

TEST_P(ChatContract, after_stop_nothing_is_heard_any_more) {
  start();
  const auto question = sent(post("a question"));
  desk_.ask(question);
  desk_.hold();
  chat_->say("alice", "!held");
  desk_.offered_commands(1);
  chat_->react("alice", question.message_id, "+1");
  desk_.offered_acts(1);
  stop();  // from now on a call to the desk fails the test
  EXPECT_FALSE(bot().connected());
  chat_->say("alice", "!unheard");
  chat_->react("bob", question.message_id, "+1");
  chat_->cut();
  desk_.release();  // what was asked before may be answered whenever
  bot().stop();
  EXPECT_TRUE(std::ranges::none_of(desk_.offered_commands(0),
                                   [](const auto& one) { return one.raw == "!unheard"; }));
}

TEST_P(ChatContract, a_bot_that_was_never_started_can_be_stopped) {
  bot().stop();
  bot().stop();
  EXPECT_FALSE(bot().connected());
}

}  // namespace
}  // namespace countersign::contract
