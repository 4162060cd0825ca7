// What is said, in order, also over a bad line.
#include "tests/engine/house.h"

#include "bot/store/outbox.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

class Outbox : public House {
 protected:
  Outbox() {
    action("ops.rotate", core::Tier::mutating);
    add(rule("disk", "ops.rotate"));
    publish();
  }
  void make_everything_due() {
    database.script(
        "UPDATE cs.outbox SET next_at = clock_timestamp() WHERE state IN ('queued', 'sending')");
  }
};

TEST_F(Outbox, puts_the_result_into_the_thread_of_its_plan) {
  alert("web-3", "d1");
  settle();
  vote({1}, "alice");
  settle();
  EXPECT_EQ(chat.sent.back().op, core::Outgoing::Op::post);
  EXPECT_EQ(chat.sent.back().place.thread, "post1");
  EXPECT_EQ(chat.sent.back().place.channel, "C1");
}

TEST_F(Outbox, changes_the_plan_in_place) {
  alert("web-3", "d1");
  settle();
  vote({1}, "alice");
  settle();
  const auto update = std::find_if(chat.sent.begin(), chat.sent.end(), [](const auto& o) {
    return o.op == core::Outgoing::Op::update;
  });
  ASSERT_NE(update, chat.sent.end());
  EXPECT_EQ(update->message_id, "post1");
  EXPECT_TRUE(update->message.buttons.empty());
}

TEST_F(Outbox, waits_while_the_chat_is_away_and_loses_nothing) {
  chat.up = false;
  alert("web-3", "d1");
  settle();
  EXPECT_TRUE(chat.sent.empty());
  chat.up = true;
  settle();
  EXPECT_EQ(chat.sent.size(), 1u);
}

TEST_F(Outbox, tries_a_failed_post_again_and_takes_no_vote_before_it_is_posted_I9) {
  chat.script = {{core::Delivery::Kind::failed, "", "", "", true, "500", {}}};
  alert("web-3", "d1");
  settle();
  EXPECT_EQ(vote({1}, "alice").verdict, core::VoteVerdict::not_posted);
  make_everything_due();
  settle();
  EXPECT_EQ(vote({1}, "alice").verdict, core::VoteVerdict::counted);
}

TEST_F(Outbox, looks_for_a_post_of_unknown_fate_before_posting_again_I16) {
  chat.script = {{core::Delivery::Kind::unknown, "", "", "", false, "timeout", {}}};
  chat.found = core::Delivery{core::Delivery::Kind::sent, "there", "C1", "there", false, "", {}};
  alert("web-3", "d1");
  settle();
  EXPECT_EQ(chat.sent.size(), 1u);
  EXPECT_EQ(only_run().place.thread, "there");
}

TEST_F(Outbox, stays_silent_while_another_replica_speaks) {
  database.script(
      "INSERT INTO cs.chat_sender VALUES ('mm', 'other', 1, clock_timestamp(), clock_timestamp() + "
      "interval '1 hour')");
  alert("web-3", "d1");
  settle();
  EXPECT_TRUE(chat.sent.empty());
  database.script("UPDATE cs.chat_sender SET lease_until = clock_timestamp()");
  settle();
  EXPECT_EQ(chat.sent.size(), 1u);
}

TEST_F(Outbox, looks_for_what_whoever_spoke_before_may_have_posted_I16) {
  chat.up = false;
  alert("web-3", "d1");
  settle();
  database.script(
      "INSERT INTO cs.chat_sender VALUES ('mm', 'other', 1, clock_timestamp(), clock_timestamp())");
  chat.up = true;
  chat.found = core::Delivery{core::Delivery::Kind::sent, "there", "C1", "there", false, "", {}};
  settle();
  EXPECT_TRUE(chat.sent.empty());
  EXPECT_EQ(only_run().place.thread, "there");
}

TEST_F(Outbox, does_not_say_again_what_the_record_has_forgotten) {
  alert("web-3", "d1");
  settle();
  database.script("UPDATE cs.outbox SET state = 'queued', remote_id = NULL");
  settle();
  EXPECT_EQ(chat.sent.size(), 1u);
  EXPECT_EQ(database.value("SELECT state FROM cs.outbox"), "sent");
}

TEST_F(Outbox, buries_what_can_never_be_delivered) {
  chat.script = {{core::Delivery::Kind::failed, "", "", "", false, "channel is archived", {}}};
  alert("web-3", "d1");
  settle();
  EXPECT_EQ(database.value("SELECT kind FROM cs.dead_letter"), "outbox");
}

}  // namespace
}  // namespace countersign::engine
