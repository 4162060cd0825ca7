// Whether, when and how often a run is tried again.
#include "bot/core/retry.h"

#include <gtest/gtest.h>

#include "bot/core/run.h"

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

Run executing(EffectClass effect, std::vector<OutcomeClass> on, int attempt = 1) {
  Run run;
  run.effect = effect;
  run.state = RunState::executing;
  run.attempt = attempt;
  run.retry.on = std::move(on);
  return run;
}

TEST(Retry, of_a_once_action_follows_only_what_was_not_applied_whatever_is_asked_for_I12) {
  const std::vector everything{OutcomeClass::not_applied, OutcomeClass::ambiguous,
                               OutcomeClass::failed};
  const core::Run run = executing(EffectClass::once, everything);
  EXPECT_EQ(settle(run, OutcomeClass::not_applied).state, RunState::ready);
  EXPECT_EQ(settle(run, OutcomeClass::ambiguous).state, RunState::unknown);
  EXPECT_EQ(settle(run, OutcomeClass::failed).state, RunState::failed);
  EXPECT_EQ(reaped(run), RunState::unknown);
}

TEST(Retry, of_what_may_be_repeated_follows_a_failure_if_the_action_says_so) {
  for (const auto effect : {EffectClass::read, EffectClass::idempotent}) {
    EXPECT_EQ(settle(executing(effect, {OutcomeClass::failed}), OutcomeClass::failed).state,
              RunState::ready);
    EXPECT_EQ(settle(executing(effect, {OutcomeClass::ambiguous}), OutcomeClass::failed).state,
              RunState::failed);
  }
}

TEST(Retry, that_nobody_asks_for_leaves_what_nobody_can_know_to_people) {
  const std::vector only{OutcomeClass::not_applied};
  EXPECT_EQ(settle(executing(EffectClass::idempotent, only), OutcomeClass::ambiguous).state,
            RunState::unknown);
  EXPECT_EQ(reaped(executing(EffectClass::idempotent, only)), RunState::unknown);
  EXPECT_EQ(settle(executing(EffectClass::read, only), OutcomeClass::ambiguous).state,
            RunState::failed)
      << "a look that came to nothing";
  EXPECT_EQ(settle(executing(EffectClass::once, {}), OutcomeClass::not_applied).state,
            RunState::failed);
}

TEST(Retry, ends_with_the_tries_as_a_dead_run_unless_one_try_was_all_there_should_be) {
  core::Run run = executing(EffectClass::idempotent, {OutcomeClass::failed}, 3);
  EXPECT_EQ(settle(run, OutcomeClass::failed).state, RunState::dead);
  run.attempt = run.retry.attempts = 1;
  EXPECT_EQ(settle(run, OutcomeClass::failed).state, RunState::failed);
}

TEST(Retry, waits_longer_each_time_up_to_its_cap) {
  core::Run run = executing(EffectClass::read, {OutcomeClass::failed});
  run.retry = {.attempts = 9, .base = 100ms, .cap = 350ms, .on = run.retry.on};
  EXPECT_EQ(settle(run, OutcomeClass::failed).retry_in, 100ms);
  run.attempt = 2;
  EXPECT_EQ(settle(run, OutcomeClass::failed).retry_in, 200ms);
  run.attempt = 3;
  EXPECT_EQ(settle(run, OutcomeClass::failed).retry_in, 350ms);
  EXPECT_EQ(backoff(1000, 1h, 12h), 12h);
  EXPECT_EQ(backoff(3, 0s, 0s), 0s);
}

TEST(Retry, comes_back_from_json_as_it_was) {
  const Retry retry{5, 250ms, 90s, {OutcomeClass::failed, OutcomeClass::not_applied}};
  EXPECT_EQ(Json(retry).get<Retry>(), retry);
  EXPECT_EQ(Json(Retry{}).dump(),
            R"({"attempts":3,"base":"2s","cap":"5m","on":["not_applied","ambiguous"]})");
}

}  // namespace
}  // namespace countersign::core
