#include "bot/store/outbox.h"

#include <gtest/gtest.h>

#include "bot/store/audit.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using core::Delivery;
using samples::kLease;

OutboxMessage post(const std::string& client_id, const std::string& lane = "lane") {
  OutboxMessage m;
  m.out.client_id = client_id;
  m.out.place = {"mm", "#ops", ""};
  m.out.message.fallback = client_id;
  m.out.message.title = {core::bold("Ünsafe <b>")};
  m.lane = lane;
  m.about = "run:1";
  m.correlation = samples::correlation(client_id);
  return m;
}

OutboxMessage update(const std::string& client_id, const std::string& target) {
  OutboxMessage m = post(client_id);
  m.out.op = core::Outgoing::Op::update;
  m.target = target;
  return m;
}

Delivery sent(const std::string& id) {
  return {Delivery::Kind::sent, id, "channel-1", "root-1", false, "", {}};
}

class Outbox : public samples::StoreTest {
 protected:
  void say(const OutboxMessage& m) {
    tx([&](Tx& t) { enqueue(t, m); });
  }
  std::vector<OutboxMessage> claim() {
    return tx([](Tx& t) { return claim_messages(t, "mm", 10, kLease); });
  }
  std::vector<std::string> claimed_ids() {
    std::vector<std::string> ids;
    for (const auto& m : claim()) ids.push_back(m.out.client_id);
    return ids;
  }
  bool deliver(const OutboxMessage& m, const std::string& id) {
    return tx([&](Tx& t) { return mark_sent(t, m, sent(id)); });
  }
  void let_leases_end() {
    test_.script("UPDATE cs.outbox SET next_at = clock_timestamp() WHERE state = 'sending'");
  }
};

// I16
TEST_F(Outbox, keeps_the_order_of_a_lane_and_lets_lanes_pass_each_other) {
  say(post("a1", "a"));
  say(post("a2", "a"));
  say(post("b1", "b"));
  const auto first = claim();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].out.client_id, "a1");
  EXPECT_EQ(first[1].out.client_id, "b1");
  EXPECT_EQ(first[0].out.message, post("a1").out.message);
  EXPECT_EQ(first[0].correlation, samples::correlation("a1"));
  EXPECT_EQ(first[0].attempt, 1);
  EXPECT_TRUE(claim().empty()) << "a2 waits for a1";
  EXPECT_TRUE(deliver(first[0], "p1"));
  EXPECT_EQ(claimed_ids(), std::vector<std::string>{"a2"});
  EXPECT_EQ(tx([](Tx& t) { return unsent(t, "mm"); }), 2);
}

TEST_F(Outbox, holds_a_lane_back_while_its_head_is_retried) {
  say(post("a1"));
  say(post("a2"));
  const auto head = claim();
  EXPECT_TRUE(tx([&](Tx& t) { return retry_later(t, head[0], std::chrono::hours(1), "429"); }));
  EXPECT_TRUE(claim().empty());
  test_.script("UPDATE cs.outbox SET next_at = clock_timestamp()");
  const auto again = claim();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].out.client_id, "a1");
  EXPECT_EQ(again[0].attempt, 2);
}

// I7, I16
TEST_F(Outbox, gives_a_message_to_the_next_sender_when_a_lease_ends) {
  say(post("a1"));
  const auto first = claim();
  let_leases_end();
  const auto second = claim();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_FALSE(deliver(first[0], "p1")) << "its fence has moved";
  EXPECT_FALSE(tx([&](Tx& t) { return retry_later(t, first[0], core::Duration(0), ""); }));
  EXPECT_FALSE(tx([&](Tx& t) { return mark_dead(t, first[0], ""); }));
  EXPECT_TRUE(deliver(second[0], "p1"));
}

TEST_F(Outbox, updates_a_post_that_is_sent_and_only_with_the_latest) {
  say(post("p"));
  say(update("u1", "p"));
  say(update("u2", "p"));
  const auto posted = claim();
  ASSERT_EQ(posted.size(), 1u);
  deliver(posted[0], "id-7");
  const auto updates = claim();
  ASSERT_EQ(updates.size(), 1u);
  EXPECT_EQ(updates[0].out.client_id, "u2");
  EXPECT_EQ(updates[0].out.message_id, "id-7");
  EXPECT_EQ(updates[0].out.place.channel, "channel-1");
  EXPECT_EQ(test_.value("SELECT state FROM cs.outbox WHERE client_id = 'u1'"), "dropped");
}

TEST_F(Outbox, an_update_in_another_lane_waits_for_its_post) {
  say(post("p", "slow"));
  auto u = update("u", "p");
  u.lane = "fast";
  say(u);
  EXPECT_EQ(claimed_ids(), std::vector<std::string>{"p"});
  EXPECT_TRUE(claim().empty());
}

TEST_F(Outbox, buries_what_cannot_be_sent_and_what_depended_on_it) {
  say(post("p"));
  say(update("u", "p"));
  const auto head = claim();
  EXPECT_TRUE(tx([&](Tx& t) { return mark_dead(t, head[0], "no such channel"); }));
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(tx([](Tx& t) { return unsent(t, "mm"); }), 0);
  EXPECT_EQ(tx([](Tx& t) { return dead_letters(t, 1); }).at(0).reason, "no such channel");
}

TEST_F(Outbox, answers_in_the_thread_of_a_post_it_names) {
  say(post("p"));
  auto answer = post("answer");
  answer.target = "p";
  say(answer);
  deliver(claim().at(0), "id-7");
  const auto next = claim();
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].out.place, (core::ChatPlace{"mm", "channel-1", "root-1"}));
}

// I9: a vote counts only on the message that was really posted; the reference comes with the
// delivery.
TEST_F(Outbox, tells_approval_run_and_thread_where_the_plan_was_posted) {
  const auto event = accept(samples::incoming("d1")).event;
  const auto run = create(samples::run("k", event));
  const auto approval =
      tx([&](Tx& t) { return create_approval(t, samples::approval(run), std::chrono::hours(1)); });
  auto m = post("plan");
  m.approval = approval;
  m.run = run;
  say(m);
  deliver(claim().at(0), "id-7");
  const core::ChatPlace place{"mm", "channel-1", "root-1"};
  tx([&](Tx& t) {
    EXPECT_EQ(find_approval(t, approval)->message_refs,
              std::vector<std::string>{"mm:channel-1:id-7"});
    EXPECT_EQ(approval_of_message(t, "mm:channel-1:id-7"), approval);
    EXPECT_EQ(find_run(t, run)->place, place);
    const auto link = thread_link(t, place);
    ASSERT_TRUE(link);
    EXPECT_EQ(link->event, event);
    EXPECT_EQ(link->run, run);
  });
}

TEST_F(Outbox, links_a_thread_to_its_newest_run) {
  const core::ChatPlace place{"mm", "c", "t"};
  tx([&](Tx& t) {
    EXPECT_FALSE(thread_link(t, place));
    link_thread(t, place, core::EventId{1}, {});
    EXPECT_FALSE(thread_link(t, place)->run);
    link_thread(t, place, core::EventId{1}, core::RunId{5});
    link_thread(t, place, core::EventId{1}, core::RunId{3});
    EXPECT_EQ(thread_link(t, place)->run, core::RunId{5});
  });
}

TEST_F(Outbox, speaks_to_one_chat_at_a_time) {
  auto m = post("x");
  m.out.place.chat = "sl";
  say(m);
  EXPECT_TRUE(claim().empty());
  EXPECT_EQ(tx([](Tx& t) { return unsent(t, "sl"); }), 1);
}

}  // namespace
}  // namespace countersign::store
