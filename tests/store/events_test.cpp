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

class Windows : public samples::StoreTest {
 protected:
  WindowHit hit(core::DedupMode mode, std::int64_t event) {
    const core::Dedup dedup{"", std::chrono::minutes(10), mode};
    return tx([&](Tx& t) { return hit_window(t, "ops.a", "web-3", dedup, core::EventId{event}); });
  }
  void pass(const std::string& time) {
    test_.script("UPDATE cs.dedup_window SET opened_at = opened_at - interval '" + time +
                 "', open_until = open_until - interval '" + time + "'");
  }
};

TEST_F(Windows, leading_passes_once_and_again_when_the_length_has_gone_by) {
  EXPECT_TRUE(hit(core::DedupMode::leading, 1).passed);
  const auto second = hit(core::DedupMode::leading, 2);
  EXPECT_FALSE(second.passed);
  EXPECT_EQ(second.number, 1);
  EXPECT_EQ(second.opened_by, core::EventId{1});
  pass("6 min");
  EXPECT_FALSE(hit(core::DedupMode::leading, 3).passed);
  pass("4 min");  // closed-open: at the end exactly it passes
  const auto fourth = hit(core::DedupMode::leading, 4);
  EXPECT_TRUE(fourth.passed);
  EXPECT_EQ(fourth.number, 2);
  EXPECT_EQ(hit(core::DedupMode::leading, 5).opened_by, core::EventId{4});
}

TEST_F(Windows, sliding_waits_for_silence_but_not_for_ever) {
  EXPECT_TRUE(hit(core::DedupMode::sliding, 1).passed);
  pass("6 min");
  EXPECT_FALSE(hit(core::DedupMode::sliding, 2).passed);
  pass("6 min");
  EXPECT_FALSE(hit(core::DedupMode::sliding, 3).passed) << "the second hit extended it";
  pass("10 min");
  EXPECT_TRUE(hit(core::DedupMode::sliding, 4).passed);
  test_.script("UPDATE cs.dedup_window SET opened_at = opened_at - interval '4 h'");
  const auto capped = hit(core::DedupMode::sliding, 5);
  EXPECT_TRUE(capped.passed) << "a storm cannot silence it for ever";
  EXPECT_EQ(capped.number, 3);
}

TEST_F(Windows, tumbling_passes_once_in_each_fixed_bucket) {
  hit(core::DedupMode::tumbling, 1);
  EXPECT_EQ(test_.value("SELECT extract(epoch FROM open_until)::bigint % 600 FROM cs.dedup_window"),
            "0");
  pass("10 min");
  const auto next = hit(core::DedupMode::tumbling, 2);
  EXPECT_TRUE(next.passed);
  EXPECT_EQ(next.number, 2);
}

TEST_F(Windows, are_separate_for_each_rule_and_key) {
  const core::Dedup dedup{"", std::chrono::minutes(10), core::DedupMode::leading};
  tx([&](Tx& t) {
    EXPECT_TRUE(hit_window(t, "ops.a", "web-3", dedup, core::EventId{1}).passed);
    EXPECT_TRUE(hit_window(t, "ops.b", "web-3", dedup, core::EventId{1}).passed);
    EXPECT_TRUE(hit_window(t, "ops.a", "web-4", dedup, core::EventId{1}).passed);
    EXPECT_FALSE(hit_window(t, "ops.a", "web-4", dedup, core::EventId{2}).passed);
  });
}

TEST_F(Windows, let_one_of_many_at_once_pass) {
  std::vector<std::future<bool>> racers;
  for (int i = 0; i < 10; ++i) {
    racers.push_back(
        std::async(std::launch::async, [&, i] { return hit(core::DedupMode::leading, i).passed; }));
  }
  int passed = 0;
  for (auto& racer : racers) passed += racer.get();
  EXPECT_EQ(passed, 1);
}

class Series : public samples::StoreTest {
 protected:
  Episode observe(const std::string& status, const std::string& starts_at = "") {
    core::Event event;
    event.source = "alerts";
    event.series = "fp-1";
    event.status = status;
    if (!starts_at.empty()) event.body = {{"startsAt", starts_at}};
    return tx([&](Tx& t) { return observe_series(t, event); });
  }
  static void expect(Episode got, std::int64_t number, bool changed) {
    EXPECT_EQ(got.number, number);
    EXPECT_EQ(got.changed, changed);
  }
};

TEST_F(Series, begins_an_episode_with_each_firing_after_a_resolve) {
  expect(observe("resolved"), 0, false);
  expect(observe("firing"), 1, true);
  expect(observe("firing"), 1, false);
  expect(observe("resolved"), 1, true);
  expect(observe("resolved"), 1, false);
  expect(observe("firing"), 2, true);
  expect(observe("unheard of"), 0, false);
}

TEST_F(Series, is_not_changed_by_what_comes_too_late) {
  expect(observe("firing", "2026-01-01T10:00:00Z"), 1, true);
  expect(observe("resolved", "2026-01-01T09:00:00Z"), 1, false);
  expect(observe("resolved", "2026-01-01T10:00:00Z"), 1, true);
  expect(observe("firing", "2026-01-01T09:00:00Z"), 1, false);
  expect(observe("firing", "2026-01-01T11:00:00Z"), 2, true);
}

}  // namespace
}  // namespace countersign::store
