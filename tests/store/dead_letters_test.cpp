#include "bot/store/dead_letters.h"

#include <gtest/gtest.h>

#include "bot/store/outbox.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using samples::incoming;
using samples::kLease;

class DeadLetters : public samples::StoreTest {
 protected:
  std::vector<DeadLetter> open_letters() {
    return tx([](Tx& t) { return dead_letters(t, 10); });
  }
  bool resolve(DeadLetter letter, const std::string& as) {
    letter.resolved_as = as;
    letter.resolved_by = "mm:alice";
    letter.resolved_name = "alice";
    return tx([&](Tx& t) { return resolve_dead_letter(t, letter); });
  }
  core::EventId bury(const std::string& delivery) {
    const auto event = accept(incoming(delivery)).event;
    tx([&](Tx& t) {
      const auto claimed = claim_events(t, "r0", 10, kLease);
      for (const auto& c : claimed) bury_event(t, c.event.id, c.fence, "rule raised");
    });
    return event;
  }
};

TEST_F(DeadLetters, know_whose_story_they_belong_to) {
  const auto event = bury("d1");
  const auto run = create(samples::run("k", event));
  tx([&](Tx& t) {
    add_dead_letter(t, {.kind = "run", .ref = "run:" + run.text(), .reason = "gave up"});
  });
  const auto letters = open_letters();
  ASSERT_EQ(letters.size(), 2u);
  EXPECT_EQ(letters[0].ref, "run:" + run.text()) << "newest first";
  EXPECT_EQ(letters[0].correlation, samples::correlation("k"));
  EXPECT_EQ(letters[1].correlation, samples::correlation("d1"));
  EXPECT_EQ(letters[1].about, "event:" + event.text());
}

TEST_F(DeadLetters, are_resolved_once) {
  bury("d1");
  const auto letter = open_letters().at(0);
  EXPECT_TRUE(resolve(letter, "retried"));
  EXPECT_FALSE(resolve(letter, "discarded"));
  EXPECT_TRUE(open_letters().empty());
  EXPECT_EQ(tx([](Tx& t) { return count_dead_letters(t); }), 0);
  const auto kept = tx([&](Tx& t) { return *lock_dead_letter(t, letter.id); });
  EXPECT_EQ(kept.resolved_as, "retried");
  EXPECT_EQ(kept.resolved_name, "alice");
  EXPECT_TRUE(kept.resolved_at);
}

TEST_F(DeadLetters, that_die_again_are_open_again_under_the_same_id) {
  bury("d1");
  const auto letter = open_letters().at(0);
  resolve(letter, "retried");
  tx([&](Tx& t) { add_dead_letter(t, {.kind = "event", .ref = letter.ref, .reason = "again"}); });
  const auto again = open_letters().at(0);
  EXPECT_EQ(again.id, letter.id);
  EXPECT_EQ(again.reason, "again");
  EXPECT_TRUE(again.resolved_as.empty());
}

// I7
TEST_F(DeadLetters, of_events_go_back_with_all_their_tries_and_a_fence_that_goes_on) {
  const auto event = bury("d1");
  const auto letter = open_letters().at(0);
  EXPECT_EQ(letter.fence, 1);
  EXPECT_TRUE(tx([&](Tx& t) { return requeue_event(t, event, letter.fence); }));
  EXPECT_FALSE(tx([&](Tx& t) { return requeue_event(t, event, letter.fence); }));
  const auto claimed = tx([](Tx& t) { return claim_events(t, "r0", 10, kLease); });
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].attempt, 1);
  EXPECT_EQ(claimed[0].fence, 2);
  EXPECT_FALSE(tx([&](Tx& t) { return finish_event(t, event, 1); })) << "a claim from before";
}

TEST_F(DeadLetters, about_nothing_that_is_kept_are_not_requeued) {
  EXPECT_FALSE(tx([](Tx& t) { return requeue_event(t, {99}, 0); }));
  EXPECT_FALSE(tx([](Tx& t) { return requeue_message(t, {99}); }).done);
  EXPECT_FALSE(tx([](Tx& t) { return lock_dead_letter(t, {99}); }));
}

TEST_F(DeadLetters, of_messages_go_back_into_the_outbox_with_all_their_tries) {
  OutboxMessage m;
  m.out = {core::Outgoing::Op::post, "c1", {"mm", "ops", ""}, "", "", {}};
  m.lane = "run:1";
  m.about = "run:1";
  m.run = {1};
  tx([&](Tx& t) { enqueue(t, m); });
  const core::OutboxId id{std::stoll(test_.value("SELECT outbox_id FROM cs.outbox"))};
  EXPECT_FALSE(tx([&](Tx& t) { return requeue_message(t, id); }).done) << "it is not dead";
  test_.script("UPDATE cs.outbox SET state = 'dead', attempt = 12, why = 'no such channel'");
  tx([&](Tx& t) {
    add_dead_letter(t, {.kind = "outbox", .ref = "outbox:" + id.text(), .reason = "x"});
  });
  EXPECT_EQ(open_letters().at(0).about, "run:1");
  const auto requeued = tx([&](Tx& t) { return requeue_message(t, id); });
  EXPECT_TRUE(requeued.done);
  EXPECT_TRUE(requeued.shows_plan);
  EXPECT_EQ(test_.value("SELECT state || attempt FROM cs.outbox"), "queued0");
}

}  // namespace
}  // namespace countersign::store
