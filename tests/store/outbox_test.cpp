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
  Outbox() { term_ = hold("r1")->number; }
  std::optional<SenderTerm> hold(const std::string& replica, std::int64_t held = 0) {
    return tx([&](Tx& t) { return hold_sender(t, "mm", replica, held, kLease); });
  }
  std::vector<OutboxMessage> due() {
    return tx([](Tx& t) { return due_messages(t, "mm", 10); });
  }
  std::vector<std::string> due_ids() {
    std::vector<std::string> ids;
    for (const auto& m : due()) ids.push_back(m.out.client_id);
    return ids;
  }
  bool deliver(const OutboxMessage& m, const std::string& id) {
    return tx([&](Tx& t) { return mark_sent(t, m, term_, sent(id)); });
  }
  void let_the_term_end() {
    test_.script("UPDATE cs.chat_sender SET lease_until = clock_timestamp()");
  }

  std::int64_t term_ = 0;
};

// I16
TEST_F(Outbox, keeps_the_order_of_a_lane_and_lets_lanes_pass_each_other) {
  say(post("a1", "a"));
  say(post("a2", "a"));
  say(post("b1", "b"));
  const auto first = due();
  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].out.client_id, "a1");
  EXPECT_EQ(first[1].out.client_id, "b1");
  EXPECT_EQ(first[0].out.message, post("a1").out.message);
  EXPECT_EQ(first[0].correlation, samples::correlation("a1"));
  EXPECT_EQ(first[0].attempt, 0);
  EXPECT_TRUE(deliver(first[0], "p1"));
  EXPECT_EQ(due_ids(), (std::vector<std::string>{"a2", "b1"}));
  EXPECT_EQ(tx([](Tx& t) { return unsent(t, "mm"); }), 2);
}

TEST_F(Outbox, holds_a_lane_back_while_its_head_is_retried) {
  say(post("a1"));
  say(post("a2"));
  const auto head = due();
  EXPECT_TRUE(
      tx([&](Tx& t) { return retry_later(t, head[0], term_, std::chrono::hours(1), "429"); }));
  EXPECT_TRUE(due().empty());
  test_.script("UPDATE cs.outbox SET next_at = clock_timestamp()");
  const auto again = due();
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again[0].out.client_id, "a1");
  EXPECT_EQ(again[0].attempt, 1);
}

TEST_F(Outbox, one_replica_at_a_time_speaks_in_a_chat) {
  EXPECT_FALSE(hold("r2"));
  EXPECT_EQ(hold("r1", term_)->number, term_) << "it goes on";
  EXPECT_EQ(tx([](Tx& t) { return hold_sender(t, "sl", "r2", 0, kLease); })->number, 1);
  tx([&](Tx& t) { release_sender(t, "mm", term_); });
  EXPECT_EQ(hold("r2")->number, term_ + 1);
  EXPECT_FALSE(hold("r1", term_));
}

TEST_F(Outbox, a_replica_that_was_started_again_begins_a_new_term) {
  EXPECT_EQ(hold("r1", 0)->number, term_ + 1);
}

// I7, I16
TEST_F(Outbox, outcomes_of_a_term_that_is_over_do_not_count) {
  say(post("a1"));
  const auto first = due();
  let_the_term_end();
  const auto next = hold("r2");
  ASSERT_TRUE(next);
  EXPECT_FALSE(deliver(first[0], "p1")) << "its term is over";
  EXPECT_FALSE(tx([&](Tx& t) { return retry_later(t, first[0], term_, core::Duration(0), ""); }));
  EXPECT_FALSE(tx([&](Tx& t) { return postpone_message(t, first[0], term_, core::Duration(0)); }));
  EXPECT_FALSE(tx([&](Tx& t) { return mark_dead(t, first[0], term_, ""); }));
  term_ = next->number;
  EXPECT_LE(due().at(0).created_at, next->since) << "so it is looked for before it is said";
  EXPECT_TRUE(deliver(first[0], "p1"));
}

TEST_F(Outbox, being_postponed_is_no_failure) {
  say(post("a1"));
  const auto head = due();
  EXPECT_TRUE(
      tx([&](Tx& t) { return postpone_message(t, head[0], term_, std::chrono::hours(1)); }));
  EXPECT_TRUE(due().empty());
  EXPECT_EQ(test_.value("SELECT attempt FROM cs.outbox"), "0");
}

TEST_F(Outbox, updates_a_post_that_is_sent_and_only_with_the_latest) {
  say(post("p"));
  say(update("u1", "p"));
  say(update("u2", "p"));
  const auto posted = due();
  ASSERT_EQ(posted.size(), 1u);
  deliver(posted[0], "id-7");
  const auto updates = due();
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
  EXPECT_EQ(due_ids(), std::vector<std::string>{"p"});
}

TEST_F(Outbox, buries_what_cannot_be_sent_and_what_depended_on_it) {
  say(post("p"));
  say(update("u", "p"));
  const auto head = due();
  EXPECT_TRUE(tx([&](Tx& t) { return mark_dead(t, head[0], term_, "no such channel"); }));
  EXPECT_TRUE(due().empty());
  EXPECT_EQ(tx([](Tx& t) { return unsent(t, "mm"); }), 0);
  EXPECT_EQ(tx([](Tx& t) { return dead_letters(t, 1); }).at(0).reason, "no such channel");
}

TEST_F(Outbox, answers_in_the_thread_of_a_post_it_names) {
  say(post("p"));
  auto answer = post("answer");
  answer.target = "p";
  say(answer);
  deliver(due().at(0), "id-7");
  const auto next = due();
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].out.place, (core::ChatPlace{"mm", "channel-1", "root-1"}));
}

// I9: a vote counts only on the message that was really posted; the reference comes with the
// delivery.
TEST_F(Outbox, tells_approval_run_and_thread_where_the_plan_was_posted) {
  const auto event = accept(samples::incoming("d1")).event;
  const auto run = create(samples::run("k", event));
  const auto approval = tx([&](Tx& t) { return create_approval(t, samples::approval(run)); });
  auto m = post("plan");
  m.approval = approval;
  m.run = run;
  say(m);
  deliver(due().at(0), "id-7");
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
  EXPECT_TRUE(due().empty());
  EXPECT_EQ(tx([](Tx& t) { return unsent(t, "sl"); }), 1);
}

}  // namespace
}  // namespace countersign::store
