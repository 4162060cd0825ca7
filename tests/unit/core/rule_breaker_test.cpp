#include "bot/core/rule_breaker.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

const Instant kNow{std::chrono::seconds(1'795'000'000)};
const RuleBreakerPolicy kFailures{3, 0, 30min, 1h};
const RuleBreakerPolicy kFires{0, 2, 10min, 1h};

RuleBreaker fail(RuleBreaker breaker, Instant when, RunId run = {1}) {
  return ended(std::move(breaker), kFailures, run, false, when);
}
RuleBreaker open() { return fail(fail(fail({}, kNow), kNow), kNow, {3}); }
RuleBreaker half_open() { return fired(open(), kFailures, {7}, kNow + 1h); }

TEST(RuleBreaker, opens_with_the_last_of_so_many_failures_within_a_while) {
  EXPECT_EQ(fail(fail({}, kNow), kNow + 10min).state, BreakerState::closed);
  const auto opened = fail(fail(fail({}, kNow), kNow + 10min), kNow + 29min, {3});
  EXPECT_EQ(opened.state, BreakerState::open);
  EXPECT_EQ(opened.since, kNow + 29min);
  EXPECT_EQ(opened.open_until, kNow + 29min + 1h);
  EXPECT_EQ(opened.run, RunId{3});
  EXPECT_EQ(opened.why, "3 of its runs failed within 30m");
}

TEST(RuleBreaker, forgets_failures_that_are_too_long_ago) {
  EXPECT_EQ(fail(fail(fail({}, kNow), kNow + 20min), kNow + 30min).state, BreakerState::closed);
  EXPECT_EQ(fail(fail(fail({}, kNow), kNow + 20min), kNow + 30min).failures.size(), 2u);
}

TEST(RuleBreaker, counts_failures_whatever_succeeds_between_them) {
  auto breaker = fail(fail({}, kNow), kNow);
  breaker = ended(breaker, kFailures, {9}, true, kNow);
  EXPECT_EQ(fail(breaker, kNow).state, BreakerState::open);
}

TEST(RuleBreaker, opens_with_the_last_of_so_many_runs_within_a_while) {
  auto breaker = fired({}, kFires, {1}, kNow);
  EXPECT_EQ(breaker.state, BreakerState::closed);
  breaker = fired(breaker, kFires, {2}, kNow + 10min);
  EXPECT_EQ(breaker.state, BreakerState::closed) << "the first is too long ago";
  breaker = fired(breaker, kFires, {3}, kNow + 11min);
  EXPECT_EQ(breaker.state, BreakerState::open);
  EXPECT_EQ(breaker.why, "it made 2 runs within 10m");
}

TEST(RuleBreaker, counts_only_what_its_policy_counts) {
  EXPECT_TRUE(fired({}, kFailures, {1}, kNow).fires.empty());
  EXPECT_TRUE(ended({}, kFires, {1}, false, kNow).failures.empty());
}

TEST(RuleBreaker, lets_nothing_through_until_its_time_has_come) {
  EXPECT_TRUE(admits(RuleBreaker{}, false, kNow));
  EXPECT_FALSE(admits(open(), false, kNow + 1h - 1us));
  EXPECT_TRUE(admits(open(), false, kNow + 1h));
}

TEST(RuleBreaker, lets_exactly_one_through_as_a_probe) {
  EXPECT_EQ(half_open().state, BreakerState::half_open);
  EXPECT_EQ(half_open().run, RunId{7});
  EXPECT_EQ(half_open().since, kNow);
  EXPECT_FALSE(half_open().open_until);
  EXPECT_FALSE(admits(half_open(), true, kNow + 9h));
}

TEST(RuleBreaker, lets_another_through_when_the_probe_came_to_nothing) {
  EXPECT_TRUE(admits(half_open(), false, kNow + 1h));
  EXPECT_EQ(fired(half_open(), kFailures, {8}, kNow + 2h).run, RunId{8});
}

TEST(RuleBreaker, closes_with_the_probes_success_and_begins_anew) {
  const auto after = ended(half_open(), kFailures, {7}, true, kNow + 2h);
  EXPECT_EQ(after.state, BreakerState::closed);
  EXPECT_TRUE(after.failures.empty());
  EXPECT_TRUE(after.why.empty());
  EXPECT_FALSE(after.since);
  EXPECT_FALSE(after.run);
}

TEST(RuleBreaker, opens_again_with_the_probes_failure_and_remembers_since_when) {
  const auto after = fail(half_open(), kNow + 2h, {7});
  EXPECT_EQ(after.state, BreakerState::open);
  EXPECT_EQ(after.since, kNow);
  EXPECT_EQ(after.open_until, kNow + 3h);
  EXPECT_EQ(after.why, "3 of its runs failed within 30m");
}

TEST(RuleBreaker, listens_to_nobody_but_its_probe) {
  EXPECT_EQ(ended(open(), kFailures, {1}, true, kNow).state, BreakerState::open);
  EXPECT_EQ(ended(half_open(), kFailures, {1}, true, kNow).state, BreakerState::half_open);
  EXPECT_EQ(fail(half_open(), kNow, {1}).state, BreakerState::half_open);
}

TEST(RuleBreaker, is_closed_by_a_person_whatever_it_was) {
  for (const auto& breaker : {open(), half_open()}) {
    auto named = breaker;
    named.rule = "ops.disk";
    EXPECT_EQ(closed(named).state, BreakerState::closed);
    EXPECT_EQ(closed(named).rule, "ops.disk");
  }
}

}  // namespace
}  // namespace countersign::core
