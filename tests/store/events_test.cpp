#include "bot/store/events.h"

#include <gtest/gtest.h>

#include <future>

#include "bot/store/audit.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using samples::incoming;
using samples::kLease;

class Events : public samples::StoreTest {
 protected:
  std::vector<ClaimedEvent> claim(int n = 10) {
    return tx([&](Tx& t) { return claim_events(t, "r0", n, kLease); });
  }
  void let_leases_end() { test_.script("UPDATE cs.event_queue SET next_at = clock_timestamp()"); }
};

TEST_F(Events, are_claimed_once_and_finished_once) {
  const auto accepted = accept(incoming("d1"));
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].event.id, accepted.event);
  EXPECT_EQ(claimed[0].attempt, 1);
  EXPECT_TRUE(claim().empty());
  EXPECT_TRUE(tx([&](Tx& t) { return finish_event(t, accepted.event, claimed[0].fence); }));
  EXPECT_FALSE(tx([&](Tx& t) { return finish_event(t, accepted.event, claimed[0].fence); }));
}

// I2: a worker that vanished loses its claim, and nothing else is lost.
TEST_F(Events, come_back_when_a_lease_ends_and_the_old_claim_is_worthless) {
  const auto accepted = accept(incoming("d1"));
  const auto first = claim();
  let_leases_end();
  const auto second = claim();
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].attempt, 2);
  EXPECT_FALSE(tx([&](Tx& t) { return finish_event(t, accepted.event, first[0].fence); }));
  EXPECT_TRUE(tx([&](Tx& t) { return finish_event(t, accepted.event, second[0].fence); }));
}

TEST_F(Events, are_shared_out_without_overlap) {
  for (int i = 0; i < 40; ++i) accept(incoming("d" + std::to_string(i)));
  std::vector<std::future<std::size_t>> workers;
  for (int i = 0; i < 8; ++i) {
    workers.push_back(std::async(std::launch::async, [&] {
      std::size_t done = 0;
      for (auto batch = claim(3); !batch.empty(); batch = claim(3)) done += batch.size();
      return done;
    }));
  }
  std::size_t done = 0;
  for (auto& worker : workers) done += worker.get();
  EXPECT_EQ(done, 40u);
}

TEST_F(Events, can_be_delayed_and_buried_by_their_holder_only) {
  const auto accepted = accept(incoming("d1"));
  auto claimed = claim();
  tx([&](Tx& t) { delay_event(t, accepted.event, claimed[0].fence, std::chrono::hours(1)); });
  EXPECT_TRUE(claim().empty());
  tx([&](Tx& t) { delay_event(t, accepted.event, claimed[0].fence, core::Duration(0)); });
  const auto again = claim();
  ASSERT_EQ(again.size(), 1u);
  tx([&](Tx& t) { bury_event(t, accepted.event, claimed[0].fence, "not mine"); });
  EXPECT_EQ(tx([](Tx& t) { return queue_depth(t); }), 1);
  tx([&](Tx& t) { bury_event(t, accepted.event, again[0].fence, "rule raised"); });
  EXPECT_EQ(tx([](Tx& t) { return queue_depth(t); }), 0);
  const auto letters = tx([](Tx& t) { return dead_letters(t, 10); });
  ASSERT_EQ(letters.size(), 1u);
  EXPECT_EQ(letters[0].ref, "event:" + accepted.event.text());
  EXPECT_EQ(letters[0].reason, "rule raised");
}

TEST_F(Events, are_found_by_id_and_correlation_with_their_decisions) {
  const auto accepted = accept(incoming("d1"));
  tx([&](Tx& t) {
    add_decision(
        t, {accepted.event, "ops.a", "h", "run_created", core::RunId{7}, {{"why", "matched"}}, {}});
    add_decision(t, {accepted.event, "ops.b", "h", "no_match", {}, Json::object(), {}});
  });
  tx([&](Tx& t) {
    EXPECT_EQ(find_event_by_correlation(t, accepted.correlation)->id, accepted.event);
    EXPECT_FALSE(find_event(t, core::EventId{999}));
    const auto decisions = decisions_of(t, accepted.event);
    ASSERT_EQ(decisions.size(), 2u);
    EXPECT_EQ(decisions[0].run, core::RunId{7});
    EXPECT_EQ(decisions[0].detail["why"], "matched");
    EXPECT_FALSE(decisions[1].run);
  });
}

}  // namespace
}  // namespace countersign::store
