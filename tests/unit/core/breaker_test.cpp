#include "bot/core/breaker.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;
using enum OutcomeClass;

const Instant kNow{std::chrono::seconds(1'795'000'000)};
const BreakerPolicy kPolicy{"ops", 3, 1min};

Breaker after(Breaker breaker, std::initializer_list<OutcomeClass> outcomes) {
  for (const OutcomeClass outcome : outcomes) breaker = ended(breaker, kPolicy, {1}, outcome, kNow);
  return breaker;
}
Breaker open() { return after({}, {failed, failed, failed}); }

TEST(Breaker, opens_after_so_many_failures_in_a_row_of_whatever_kind) {
  EXPECT_EQ(after({}, {failed, ambiguous}).state, BreakerState::closed);
  const Breaker tripped = after({}, {failed, ambiguous, not_applied});
  EXPECT_EQ(tripped.state, BreakerState::open);
  EXPECT_EQ(tripped.open_until, kNow + 1min);
  EXPECT_EQ(tripped.run, RunId{1});
}

TEST(Breaker, counts_from_nothing_again_after_a_success) {
  EXPECT_EQ(after({}, {failed, failed, ok, failed, failed}).state, BreakerState::closed);
}

TEST(Breaker, lets_nothing_through_until_its_time_has_come) {
  EXPECT_TRUE(admits({}, false, kNow));
  EXPECT_FALSE(admits(open(), false, kNow + 1min - 1us));
  EXPECT_TRUE(admits(open(), false, kNow + 1min));
}

TEST(Breaker, lets_exactly_one_through_as_a_probe) {
  const Breaker half = started(open(), {7});
  EXPECT_EQ(half.state, BreakerState::half_open);
  EXPECT_EQ(half.run, RunId{7});
  EXPECT_FALSE(half.open_until);
  EXPECT_FALSE(admits(half, true, kNow + 1h));
}

TEST(Breaker, lets_another_through_when_the_probe_ended_without_an_outcome) {
  EXPECT_TRUE(admits(started(open(), {7}), false, kNow));
}

TEST(Breaker, closes_with_the_probes_success) {
  const Breaker closed = ended(started(open(), {7}), kPolicy, {7}, ok, kNow);
  EXPECT_EQ(closed.state, BreakerState::closed);
  EXPECT_EQ(closed.failures, 0);
  EXPECT_FALSE(closed.run);
}

TEST(Breaker, opens_again_with_the_probes_failure) {
  const Breaker again = ended(started(open(), {7}), kPolicy, {7}, failed, kNow + 5min);
  EXPECT_EQ(again.state, BreakerState::open);
  EXPECT_EQ(again.open_until, kNow + 6min);
}

TEST(Breaker, does_not_listen_to_runs_from_before_it_opened) {
  EXPECT_EQ(ended(open(), kPolicy, {2}, ok, kNow).state, BreakerState::open);
  EXPECT_EQ(ended(open(), kPolicy, {2}, failed, kNow + 1h).open_until, open().open_until);
  EXPECT_EQ(ended(started(open(), {7}), kPolicy, {2}, ok, kNow).state, BreakerState::half_open);
}

TEST(Breaker, notices_nothing_of_a_start_while_it_is_closed) {
  EXPECT_EQ(started({}, {7}).state, BreakerState::closed);
  EXPECT_FALSE(started({}, {7}).run);
}

TEST(Breaker, is_named_by_the_action_its_host_or_its_pack) {
  Action action;
  action.pack = "payments";
  action.runner = "http-request";
  const Json call = {{"url", "https://me@API.example.com:8443/v1?x=//y"}};
  EXPECT_EQ(breaker_of(action, call), "") << "none asked for";
  action.breaker.emplace();
  EXPECT_EQ(breaker_of(action, call), "api.example.com");
  EXPECT_EQ(breaker_of(action, {{"url", "http://[::1]:80/"}}), "[::1]");
  EXPECT_EQ(breaker_of(action, {{"url", "no url"}}), "payments");
  action.runner = "command";
  EXPECT_EQ(breaker_of(action, Json::object()), "payments");
  action.breaker->name = "ledger";
  EXPECT_EQ(breaker_of(action, call), "ledger");
}

TEST(Breaker, has_names_for_its_states) {
  for (const auto state : {BreakerState::closed, BreakerState::open, BreakerState::half_open})
    EXPECT_EQ(parse_breaker_state(name(state)), state);
  EXPECT_FALSE(parse_breaker_state("ajar"));
}

}  // namespace
}  // namespace countersign::core
