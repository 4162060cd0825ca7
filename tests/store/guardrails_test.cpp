// Freezes that people began, breakers of rules, buckets of tokens.
#include <gtest/gtest.h>

#include <future>
#include <latch>
#include <utility>

#include "bot/core/token_bucket.h"
#include "bot/store/freezes.h"
#include "bot/store/rule_breakers.h"
#include "bot/store/token_buckets.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using namespace std::chrono_literals;

class Restraints : public samples::StoreTest {
 protected:
  core::Instant now() {
    return tx([](Tx& t) { return t.now(); });
  }
  core::FreezeId freeze(std::optional<core::Instant> until, core::PolicyScope scope = {}) {
    return tx([&](Tx& t) {
      return begin_freeze(t, {{}, {"mm:alice", "alice"}, "a release", scope, {}, until});
    });
  }
  std::size_t frozen() {
    return tx([](Tx& t) { return freeze_orders(t).size(); });
  }
};

TEST_F(Restraints, are_freezes_that_come_back_as_they_were_ordered) {
  core::PolicyScope scope;
  scope.tiers = {core::Tier::high_impact};
  scope.actions = {"ops.*"};
  scope.rules = {"ops.a \"quoted\", rule"};
  scope.environments = {"production"};
  scope.targets = {"db-*"};
  const auto until = now() + 1h;
  const auto id = freeze(until, scope);
  const auto orders = tx([](Tx& t) { return freeze_orders(t); });
  ASSERT_EQ(orders.size(), 1u);
  EXPECT_EQ(orders[0].id, id);
  EXPECT_EQ(orders[0].by.name, "alice");
  EXPECT_EQ(orders[0].why, "a release");
  EXPECT_EQ(orders[0].until, until);
  EXPECT_EQ(orders[0].scope.tiers, scope.tiers);
  EXPECT_EQ(orders[0].scope.actions, scope.actions);
  EXPECT_EQ(orders[0].scope.rules, scope.rules);
  EXPECT_EQ(orders[0].scope.environments, scope.environments);
  EXPECT_EQ(orders[0].scope.targets, scope.targets);
}

TEST_F(Restraints, are_freezes_until_their_time_or_until_they_are_lifted_once) {
  freeze(now() - 1s);
  EXPECT_EQ(frozen(), 0u) << "over already";
  const auto id = freeze(std::nullopt);
  EXPECT_EQ(frozen(), 1u);
  const auto lift = [&] {
    return tx([&](Tx& t) { return lift_freeze(t, id, {"mm:bob", "bob"}); });
  };
  EXPECT_TRUE(lift());
  EXPECT_FALSE(lift());
  EXPECT_EQ(frozen(), 0u);
  EXPECT_EQ(test_.value("SELECT lifted_name FROM cs.freeze WHERE lifted_at IS NOT NULL"), "bob");
}

TEST_F(Restraints, are_breakers_that_come_back_as_they_were_saved) {
  EXPECT_FALSE(tx([](Tx& t) { return find_rule_breaker(t, "ops.disk"); }));
  EXPECT_EQ(tx([](Tx& t) { return lock_rule_breaker(t, "ops.disk"); }).state,
            core::BreakerState::closed);
  const core::RuleBreaker open{
      "ops.disk", core::BreakerState::open, {now()}, {now(), now() + 1us}, {7}, now(),
      now() + 1h, "it made 2 runs"};
  tx([&](Tx& t) { save_rule_breaker(t, open); });
  const auto found = tx([](Tx& t) { return rule_breakers_not_closed(t); });
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].rule, open.rule);
  EXPECT_EQ(found[0].failures, open.failures);
  EXPECT_EQ(found[0].fires, open.fires);
  EXPECT_EQ(found[0].run, open.run);
  EXPECT_EQ(found[0].since, open.since);
  EXPECT_EQ(found[0].open_until, open.open_until);
  EXPECT_EQ(found[0].why, open.why);
}

class Buckets : public Restraints {
 protected:
  std::optional<EmptyBucket> take(const std::vector<Bucket>& buckets) {
    return tx([&](Tx& t) { return take_tokens(t, buckets); });
  }
  const Bucket two_{"rule:ops.disk", {2, 1h}};
  const Bucket one_{"action:ops.rotate", {1, 1h}};
};

TEST_F(Buckets, hold_so_many_tokens_and_then_say_when_they_are_full_again) {
  EXPECT_FALSE(take({two_}));
  EXPECT_FALSE(take({two_}));
  const auto empty = take({two_});
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->which, 0u);
  EXPECT_EQ(core::tokens_left(two_.limit, empty->full_at, empty->now), 0);
  EXPECT_GT(empty->full_at, empty->now + 59min);
  EXPECT_LE(empty->full_at, empty->now + 60min);
}

TEST_F(Buckets, fill_up_one_token_after_the_other_and_not_beyond_the_brim) {
  take({two_});
  take({two_});
  test_.script("UPDATE cs.token_bucket SET full_at = full_at - interval '30 min'");
  EXPECT_FALSE(take({two_})) << "one is back";
  EXPECT_TRUE(take({two_}));
  test_.script("UPDATE cs.token_bucket SET full_at = full_at - interval '9 h'");
  EXPECT_FALSE(take({two_}));
  EXPECT_FALSE(take({two_}));
  EXPECT_TRUE(take({two_})) << "however long nobody came";
}

TEST_F(Buckets, give_from_all_or_from_none) {
  EXPECT_FALSE(take({two_, one_}));
  const auto empty = take({two_, one_});
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->which, 1u);
  EXPECT_FALSE(take({two_})) << "its token was left in it";
}

TEST_F(Buckets, take_back_what_was_not_needed) {
  tx([&](Tx& t) {
    EXPECT_FALSE(take_tokens(t, {one_}));
    give_tokens_back(t, {one_});
  });
  EXPECT_FALSE(take({one_}));
}

TEST_F(Buckets, gave_nothing_to_whoever_rolled_back) {
  EXPECT_THROW(tx([&](Tx& t) {
                 take_tokens(t, {one_});
                 throw std::runtime_error("no");
               }),
               std::runtime_error);
  EXPECT_FALSE(take({one_}));
}

TEST_F(Buckets, are_not_overdrawn_by_many_at_once_whatever_order_they_name_them_in) {
  const Bucket other{"action:z", {1000, 1h}};
  const Bucket five{"rule:a", {5, 1h}};
  std::vector<std::future<bool>> takers;
  for (int i = 0; i < 12; ++i)
    takers.push_back(std::async(std::launch::async, [&, i] {
      return !take(i % 2 == 0 ? std::vector{five, other} : std::vector{other, five});
    }));
  int taken = 0;
  for (auto& taker : takers) taken += static_cast<int>(taker.get());
  EXPECT_EQ(taken, 5);
}

TEST_F(Buckets, that_two_take_from_crosswise_lose_nothing) {
  const Bucket a{"rule:a", {9, 1h}}, b{"rule:b", {9, 1h}};
  std::latch both_hold_one(2);
  const auto cross = [&](const Bucket& first, const Bucket& second) {
    bool waited = false;
    tx([&](Tx& t) {
      EXPECT_FALSE(take_tokens(t, {first}));
      if (!std::exchange(waited, true)) both_hold_one.arrive_and_wait();
      EXPECT_FALSE(take_tokens(t, {second}));
    });
  };
  auto other = std::async(std::launch::async, [&] { cross(b, a); });
  cross(a, b);
  other.get();
  for (const char* name : {"rule:a", "rule:b"})
    EXPECT_EQ(test_.value("SELECT round(extract(epoch FROM full_at - clock_timestamp()) / 400) "
                          "FROM cs.token_bucket WHERE name = '" +
                          std::string(name) + "'"),
              "2");
}

TEST_F(Buckets, that_are_full_go) {
  take({two_, one_});
  EXPECT_EQ(tx([](Tx& t) { return trim_buckets(t, 10); }), 0);
  test_.script("UPDATE cs.token_bucket SET full_at = full_at - interval '2 h'");
  EXPECT_EQ(tx([](Tx& t) { return trim_buckets(t, 1); }), 1);
  EXPECT_EQ(tx([](Tx& t) { return trim_buckets(t, 10); }), 1);
}

}  // namespace
}  // namespace countersign::store
