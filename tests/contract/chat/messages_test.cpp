// What the bot says: where it is seen, by whom, and what becomes of it when the way out is bad.
#include "bot/core/message.h"
#include "tests/contract/chat/contract.h"

namespace countersign::contract {
namespace {

using Op = Outgoing::Op;

TEST_P(ChatContract, a_message_is_seen_in_its_channel_under_the_id_that_it_was_given) {
  start();
  const auto delivery = sent(post("the disk of db-1 is full"));
  const auto seen = shown(delivery.message_id);
  EXPECT_EQ(seen.author, "countersign");
  EXPECT_TRUE(contains(seen.text, "Plan"));
  EXPECT_TRUE(contains(seen.text, "the disk of db-1 is full"));
  EXPECT_EQ(seen.thread, "");
  EXPECT_EQ(delivery.thread_id, delivery.message_id);
  EXPECT_NE(delivery.channel_id, "");
  EXPECT_NE(delivery.channel_id, "#ops");
}

TEST_P(ChatContract, an_answer_stands_in_the_thread_of_its_question) {
  start();
  const auto question = chat_->say("alice", "!status");
  auto out = post("all is well");
  out.place.thread = question;
  const auto delivery = sent(out);
  EXPECT_EQ(delivery.thread_id, question);
  EXPECT_EQ(shown(delivery.message_id).thread, question);
}

TEST_P(ChatContract, an_update_changes_the_message_in_place_and_takes_its_buttons_away) {
  start();
  const auto first = sent(post_with_button());
  EXPECT_EQ(shown(first.message_id).buttons, std::vector<std::string>{"approve"});
  auto out = post("it is done");
  out.op = Op::update;
  out.message_id = first.message_id;
  out.place.channel = first.channel_id;
  EXPECT_EQ(sent(out).message_id, first.message_id);
  const auto seen = shown(first.message_id);
  EXPECT_TRUE(contains(seen.text, "it is done"));
  EXPECT_FALSE(contains(seen.text, "a question"));
  EXPECT_TRUE(seen.buttons.empty());
  EXPECT_EQ(count("it is done"), 1u);
}

TEST_P(ChatContract, an_update_of_a_message_that_is_gone_fails_for_good) {
  start();
  const auto first = sent(post("soon gone"));
  auto out = post("too late");
  out.op = Op::update;
  out.message_id = first.message_id.substr(0, first.message_id.size() - 3) + "999";
  out.place.channel = first.channel_id;
  const auto delivery = deliver(out);
  EXPECT_EQ(delivery.kind, Delivery::Kind::failed);
  EXPECT_FALSE(delivery.retryable);
  EXPECT_NE(delivery.why, "");
}

TEST_P(ChatContract, what_one_person_is_told_nobody_else_sees) {
  start();
  auto out = post("only for alice");
  out.op = Op::tell;
  out.person = chat_->key("alice");
  sent(out);
  see_told("alice", "only for alice");
  for (const auto& words : chat_->told("bob")) EXPECT_FALSE(contains(words, "only for alice"));
  EXPECT_EQ(count("only for alice"), 0u);
}

TEST_P(ChatContract, nobody_of_another_chat_is_told_anything) {
  start();
  auto out = post("only for alice");
  out.op = Op::tell;
  out.person = "another:" + chat_->key("alice");
  const auto delivery = deliver(out);
  EXPECT_EQ(delivery.kind, Delivery::Kind::failed);
  EXPECT_FALSE(delivery.retryable);
}

TEST_P(ChatContract, a_channel_that_does_not_exist_is_named_and_not_tried_again) {
  start();
  auto out = post("into the void");
  out.place.channel = "#nowhere";
  const auto delivery = deliver(out);
  EXPECT_EQ(delivery.kind, Delivery::Kind::failed);
  EXPECT_FALSE(delivery.retryable);
  EXPECT_TRUE(contains(delivery.why, "#nowhere")) << delivery.why;
}

TEST_P(ChatContract, a_message_can_be_sent_before_anything_is_heard) {
  sent(post("not started yet"));
  EXPECT_EQ(count("not started yet"), 1u);
}

TEST_P(ChatContract, T19_a_text_that_is_too_long_is_shortened_visibly) {
  start();
  auto out = post("the output:");
  for (int i = 0; i < 5'000; ++i) out.message.block += "line " + std::to_string(i) + " of it\n";
  out.message.footer = {{core::plain("R12, expires soon")}};
  const auto seen = shown(sent(out).message_id);
  EXPECT_TRUE(contains(seen.text, "line 0 of it"));
  EXPECT_TRUE(contains(seen.text, "…"));
  EXPECT_FALSE(contains(seen.text, "line 4999 of it"));
}

TEST_P(ChatContract, T19_many_long_lines_are_shortened_visibly) {
  start();
  auto out = post("the targets:");
  for (int i = 0; i < 200; ++i)
    out.message.lines.push_back({core::plain("host" + std::to_string(i) + std::string(500, 'x'))});
  const auto seen = shown(sent(out).message_id);
  EXPECT_TRUE(contains(seen.text, "host0x"));
  EXPECT_TRUE(contains(seen.text, "…"));
}

TEST_P(ChatContract, the_whole_of_a_long_text_is_in_the_file_of_its_thread) {
  start();
  auto out = post("the output is attached");
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += "line " + std::to_string(i) + " of ürgend ein host\n";
  out.message.file = core::File{"R12-output.txt", text};
  const auto delivery = sent(out);
  const auto files = chat_->files(delivery.thread_id);
  ASSERT_EQ(files.count("R12-output.txt"), 1u);
  EXPECT_EQ(files.at("R12-output.txt"), text);
}

// --- Trouble on the way out ---

TEST_P(ChatContract, a_message_whose_answer_was_lost_is_found_by_its_own_id_I16) {
  start();
  chat_->lose_answer();
  const auto out = post("once and no more");
  const auto doubt = deliver(out);
  EXPECT_EQ(doubt.kind, Delivery::Kind::unknown);
  const auto found = bot().find(out, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->kind, Delivery::Kind::sent);
  EXPECT_TRUE(contains(shown(found->message_id).text, "once and no more"));
  EXPECT_EQ(found->thread_id, found->message_id);
  EXPECT_NE(found->channel_id, "");
}

TEST_P(ChatContract, a_lost_answer_in_a_thread_is_found_there) {
  start();
  auto out = post("once in the thread");
  out.place.thread = chat_->say("alice", "!status");
  chat_->lose_answer();
  EXPECT_EQ(deliver(out).kind, Delivery::Kind::unknown);
  const auto found = bot().find(out, {});
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->thread_id, out.place.thread);
}

TEST_P(ChatContract, what_is_sent_again_after_a_lost_answer_is_there_once_I16) {
  start();
  chat_->lose_answer();
  const auto out = post("once and no more");
  EXPECT_EQ(deliver(out).kind, Delivery::Kind::unknown);
  const auto again = sent(out);
  EXPECT_TRUE(contains(shown(again.message_id).text, "once and no more"));
  EXPECT_EQ(count("once and no more"), 1u);
}

TEST_P(ChatContract, a_message_that_was_never_sent_is_not_found) {
  start();
  sent(post("another", "client-2"));
  EXPECT_FALSE(bot().find(post("never"), {}).has_value());
}

TEST_P(ChatContract, an_update_whose_answer_was_lost_may_just_be_repeated) {
  start();
  const auto first = sent(post("a question"));
  auto out = post("it is done");
  out.op = Op::update;
  out.message_id = first.message_id;
  out.place.channel = first.channel_id;
  chat_->lose_answer();
  const auto lost = deliver(out);
  EXPECT_EQ(lost.kind, Delivery::Kind::failed);
  EXPECT_TRUE(lost.retryable);
  EXPECT_EQ(sent(out).message_id, first.message_id);
  EXPECT_EQ(count("it is done"), 1u);
}

TEST_P(ChatContract, T44_a_storm_of_rate_limits_says_how_long_and_what_has_to_wait) {
  start();
  constexpr int kStorm = 5;
  chat_->limit(kStorm);
  const auto out = post("after the storm");
  for (int i = 0; i < kStorm; ++i) {
    const auto limited = deliver(out);
    EXPECT_EQ(limited.kind, Delivery::Kind::failed);
    EXPECT_TRUE(limited.retryable);
    ASSERT_TRUE(limited.retry_after.has_value());
    EXPECT_GT(limited.retry_after->count(), 0);
    EXPECT_NE(limited.hold, Delivery::Hold::none);
  }
  sent(out);
  EXPECT_EQ(count("after the storm"), 1u);
}

TEST_P(ChatContract, what_cannot_be_sent_now_is_no_failure_for_good_T42) {
  start();
  sent(post("before the outage", "client-0"));
  chat_->set_down(true);
  const auto out = post("after the outage");
  const auto failed = deliver(out);
  EXPECT_TRUE(failed.kind == Delivery::Kind::unknown ||
              (failed.kind == Delivery::Kind::failed && failed.retryable));
  EXPECT_NE(failed.why, "");
  EXPECT_FALSE(failed.retry_after.has_value());
  chat_->set_down(false);
  sent(out);
  EXPECT_EQ(count("after the outage"), 1u);
}

}  // namespace
}  // namespace countersign::contract
