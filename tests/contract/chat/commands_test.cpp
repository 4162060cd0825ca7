// What people say: what of it is a command, whose, and that it is heard once under one key.
#include <algorithm>
#include <set>

#include "tests/contract/chat/contract.h"

namespace countersign::contract {
namespace {

using Words = std::vector<std::string>;

std::string person_key(const core::Incoming& in) {
  return in.body.at("person").at("key").get<std::string>();
}

TEST_P(ChatContract, a_command_tells_who_said_what_and_where) {
  start();
  const auto message = chat_->say("alice", "!remediate disk host=db-1");
  const auto in = desk_.command("!remediate disk host=db-1");
  EXPECT_EQ(in.source, bot().name());
  EXPECT_EQ(in.trigger, core::kChatCommand);
  EXPECT_EQ(in.dedup_key.size(), 64u);
  EXPECT_EQ(in.body_hash.size(), 64u);
  EXPECT_NE(in.delivery_id, "");
  EXPECT_FALSE(in.correlation.empty());
  EXPECT_EQ(in.body.at("text"), "!remediate disk host=db-1");
  EXPECT_EQ(in.body.at("message"), message);
  EXPECT_EQ(person_key(in), chat_->key("alice"));
  EXPECT_EQ(in.body.at("person").at("name"), "alice");
  EXPECT_EQ(in.body.at("place").at("chat"), bot().name());
  EXPECT_EQ(in.body.at("place").at("thread"), "");
  // Where an answer belongs.
  const auto answer = sent(post("here"));
  EXPECT_EQ(in.body.at("place").at("channel"), answer.channel_id);
}

TEST_P(ChatContract, a_command_in_a_thread_names_its_first_message) {
  start();
  const auto root = chat_->say("bob", "the disk of db-1 is full");
  chat_->say("alice", "!remediate disk", root);
  EXPECT_EQ(desk_.command("!remediate disk").body.at("place").at("thread"), root);
}

TEST_P(ChatContract, talk_among_people_is_no_command_and_a_mention_of_the_bot_is_one) {
  start();
  chat_->say("alice", "is db-1 full?");
  chat_->say("bob", "wow! it is");
  chat_->say("bob", "! ");
  chat_->say("alice", "@countersign help");
  EXPECT_EQ(heard(), Words{"@countersign help"});
}

TEST_P(ChatContract, T37_an_edited_command_is_not_run_again) {
  start();
  const auto message = chat_->say("alice", "!remediate disk host=db-1");
  desk_.command("!remediate disk host=db-1");
  chat_->edit("alice", message, "!remediate disk host=db-2");
  EXPECT_EQ(heard(), Words{"!remediate disk host=db-1"});
}

TEST_P(ChatContract, T37_talk_that_is_edited_into_a_command_is_none) {
  start();
  const auto message = chat_->say("alice", "is db-1 full?");
  chat_->edit("alice", message, "!remediate disk host=db-1");
  chat_->remove("alice", message);
  EXPECT_EQ(heard(), Words{});
}

TEST_P(ChatContract, T37_a_command_changed_or_deleted_before_the_bot_read_it_is_not_run) {
  begin_an_hour_ago();
  start();
  const auto before = chat_->say("alice", "!before");
  desk_.wait_for_position([&](const auto& position) { return chat_->covers(position, before); });
  stop();
  chat_->edit("alice", chat_->say("alice", "!remediate disk host=db-1"), "!remediate disk");
  chat_->remove("bob", chat_->say("bob", "!remediate disk host=db-2"));
  chat_->say("bob", "!meant so");
  chat_->an_hour_passes();
  begin_again();
  desk_.command("!meant so");
  EXPECT_EQ(heard(), (Words{"!before", "!meant so"}));
}

TEST_P(ChatContract, T30_the_bots_own_words_are_no_command) {
  start();
  auto out = post("!remediate disk");
  out.message.title.clear();
  sent(out);
  EXPECT_EQ(heard(), Words{});
}

TEST_P(ChatContract, T30_the_words_of_other_bots_are_no_command) {
  chat_->add("robot", Platform::Kind::bot);
  start();
  chat_->say("robot", "!remediate disk");
  EXPECT_EQ(heard(), Words{});
}

TEST_P(ChatContract, T36_forwarded_and_quoted_words_are_no_command) {
  start();
  const auto original = chat_->say("alice", "!remediate disk");
  chat_->forward("bob", original);
  chat_->say("bob", "> !remediate disk");
  chat_->say("bob", "`!remediate disk`");
  chat_->say("bob", "alice wrote: !remediate disk");
  chat_->say("bob", "\"!remediate disk\"");
  EXPECT_EQ(heard(), Words{"!remediate disk"});
}

TEST_P(ChatContract, T32_somebody_renamed_is_still_the_same_person) {
  start();
  chat_->say("bob", "!one");
  const auto before = person_key(desk_.command("!one"));
  chat_->rename("bob", "robert");
  chat_->say("robert", "!two");
  EXPECT_EQ(person_key(desk_.command("!two")), before);
}

TEST_P(ChatContract, T32_somebody_who_takes_a_name_over_is_somebody_else) {
  start();
  chat_->say("bob", "!one");
  const auto bob = person_key(desk_.command("!one"));
  chat_->rename("bob", "robert");
  chat_->add("bob", Platform::Kind::member);
  chat_->say("bob", "!two");
  const auto impostor = person_key(desk_.command("!two"));
  EXPECT_NE(impostor, bob);
  EXPECT_EQ(impostor, chat_->key("bob"));
}

// What they may do is the policies' business; that they are no part of a group, the adapter's.
TEST_P(ChatContract, T34_guests_and_outsiders_speak_for_themselves) {
  chat_->add("guest", Platform::Kind::guest);
  chat_->add("outsider", Platform::Kind::outsider);
  start();
  chat_->say("guest", "!one");
  chat_->say("outsider", "!two");
  EXPECT_EQ(person_key(desk_.command("!one")), chat_->key("guest"));
  EXPECT_EQ(person_key(desk_.command("!two")), chat_->key("outsider"));
}

TEST_P(ChatContract, I20_two_people_in_one_millisecond_are_both_heard) {
  start();
  chat_->hold_clock();
  chat_->say("alice", "!remediate disk");
  chat_->say("bob", "!remediate disk");
  std::set<std::string> people;
  for (const auto& in : desk_.commands(2)) people.insert(person_key(in));
  EXPECT_EQ(people, (std::set{chat_->key("alice"), chat_->key("bob")}));
}

TEST_P(ChatContract, one_persons_commands_keep_their_order) {
  start();
  Words said;
  for (int i = 0; i < 30; ++i) {
    said.push_back("!step " + std::to_string(i));
    chat_->say("alice", said.back());
  }
  EXPECT_EQ(heard(), said);
}

TEST_P(ChatContract, the_same_words_again_are_another_command) {
  start();
  chat_->say("alice", "!remediate disk");
  chat_->say("alice", "!remediate disk");
  EXPECT_EQ(heard(), (Words{"!remediate disk", "!remediate disk"}));
}

TEST_P(ChatContract, I1_a_command_that_could_not_be_stored_is_offered_until_it_is) {
  start();
  desk_.refuse(3);
  chat_->say("alice", "!remediate disk");
  const auto taken = desk_.command("!remediate disk");
  const auto offers = desk_.offered_commands(4);
  for (const auto& offer : offers) {
    EXPECT_EQ(offer.dedup_key, taken.dedup_key);
    EXPECT_EQ(offer.delivery_id, taken.delivery_id);
    EXPECT_EQ(offer.body_hash, taken.body_hash);
  }
  EXPECT_EQ(heard(), Words{"!remediate disk"});
}

TEST_P(ChatContract, I3_a_command_nobody_confirmed_comes_again_to_the_next_process_as_the_same) {
  start();
  desk_.hold();
  chat_->say("alice", "!remediate disk");
  const auto first = desk_.offered_commands(1).front();
  stop();
  desk_.forget();
  begin_again();
  const auto again = desk_.command("!remediate disk");
  EXPECT_EQ(again.dedup_key, first.dedup_key);
  EXPECT_EQ(again.delivery_id, first.delivery_id);
  EXPECT_EQ(again.body_hash, first.body_hash);
}

}  // namespace
}  // namespace countersign::contract
