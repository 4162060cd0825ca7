#include "bot/core/run.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

const Instant kNow = Instant(std::chrono::seconds(1'800'000'000));

Run claimed(EffectClass effect = EffectClass::once) {
  Run r;
  r.id = {12};
  r.effect = effect;
  r.state = RunState::claimed;
  r.plan_hash = "aa";
  r.fence = 3;
  r.lease_owner = "me";
  r.lease_until = kNow + std::chrono::seconds(20);
  r.key_valid_for = std::chrono::hours(20);
  r.granted = 1;
  return r;
}

std::optional<Approval> approved() {
  Approval a;
  a.plan_hash = "aa";
  a.state = ApprovalState::approved;
  a.usable_until = kNow + std::chrono::minutes(5);
  return a;
}

IntentFacts facts() {
  IntentFacts f;
  f.fence = 3;
  f.replica = "me";
  f.epoch_open = true;
  f.approvers_suffice = true;
  f.now = kNow;
  return f;
}

TEST(Intent, is_granted_when_everything_holds) {
  EXPECT_EQ(may_start(claimed(), approved(), facts()), IntentVerdict::go);
}

TEST(Intent, needs_fence_owner_and_lease_I6) {
  auto f = facts();
  f.fence = 2;
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::fenced);
  f = facts();
  f.replica = "other";
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::fenced);
  f = facts();
  f.now = *claimed().lease_until;
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::fenced);
  auto ready = claimed();
  ready.state = RunState::ready;
  EXPECT_EQ(may_start(ready, approved(), facts()), IntentVerdict::fenced);
}

TEST(Intent, needs_an_open_timeline_I18) {
  auto f = facts();
  f.epoch_open = false;
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::epoch_closed);
}

TEST(Intent, needs_the_approval_of_exactly_this_plan_I8) {
  EXPECT_EQ(may_start(claimed(), std::nullopt, facts()), IntentVerdict::not_approved);
  auto other = approved();
  other->plan_hash = "bb";
  EXPECT_EQ(may_start(claimed(), other, facts()), IntentVerdict::not_approved);
  for (const auto state : {ApprovalState::pending, ApprovalState::denied, ApprovalState::expired,
                           ApprovalState::cancelled, ApprovalState::voided}) {
    auto a = approved();
    a->state = state;
    EXPECT_EQ(may_start(claimed(), a, facts()), IntentVerdict::not_approved) << name(state);
  }
}

TEST(Intent, refuses_a_stale_approval_and_an_approver_who_lost_the_right_I11_T35) {
  auto f = facts();
  f.now = *approved()->usable_until;
  auto run = claimed();
  run.lease_until = f.now + std::chrono::seconds(1);
  EXPECT_EQ(may_start(run, approved(), f), IntentVerdict::approval_stale);
  f = facts();
  f.approvers_suffice = false;
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::approver_lost_right);
  f.directory_silent = true;
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::directory_silent);
}

TEST(Intent, by_a_standing_approval_needs_that_one_to_admit_it_I5) {
  auto run = claimed();
  run.standing = {4};
  auto f = facts();
  EXPECT_EQ(may_start(run, std::nullopt, f), IntentVerdict::standing_over);
  f.standing_admits = true;
  EXPECT_EQ(may_start(run, std::nullopt, f), IntentVerdict::go);
  f.halted = true;
  EXPECT_EQ(may_start(run, std::nullopt, f), IntentVerdict::halted);
}

TEST(Intent, does_not_repeat_a_key_the_far_side_may_have_forgotten_I13) {
  auto run = claimed(EffectClass::idempotent);
  run.first_started_at = kNow - std::chrono::hours(20);
  EXPECT_EQ(may_start(run, approved(), facts()), IntentVerdict::key_too_old);
  run.first_started_at = kNow - std::chrono::hours(20) + Duration(1);
  EXPECT_EQ(may_start(run, approved(), facts()), IntentVerdict::go);
}

TEST(Intent, stops_everything_but_reads_in_a_freeze_however_it_was_approved) {
  auto f = facts();
  f.frozen = true;
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::frozen);
  f.standing_admits = true;
  auto standing = claimed();
  standing.standing = {4};
  EXPECT_EQ(may_start(standing, std::nullopt, f), IntentVerdict::frozen);
  auto read = claimed(EffectClass::read);
  read.needs_approval = false;
  EXPECT_EQ(may_start(read, std::nullopt, f), IntentVerdict::go);
}

TEST(Intent, stops_everything_but_reads_under_halt) {
  auto f = facts();
  f.halted = true;
  EXPECT_EQ(may_start(claimed(), approved(), f), IntentVerdict::halted);
  auto read = claimed(EffectClass::read);
  read.needs_approval = false;
  EXPECT_EQ(may_start(read, std::nullopt, f), IntentVerdict::go);
}

TEST(Outcome, of_a_once_run_that_nobody_can_know_is_unknown_never_ready_I12) {
  core::Run run = claimed();
  run.state = RunState::executing;
  run.attempt = 1;
  EXPECT_EQ(settle(run, OutcomeClass::ambiguous).state, RunState::unknown);
  EXPECT_EQ(reaped(run), RunState::unknown);
  EXPECT_EQ(settle(run, OutcomeClass::not_applied).state, RunState::ready);
}

TEST(Outcome, of_what_may_be_repeated_is_tried_again_until_the_tries_are_used_up) {
  for (const auto effect : {EffectClass::read, EffectClass::idempotent}) {
    core::Run run = claimed(effect);
    run.state = RunState::executing;
    run.retry.attempts = 3;
    run.attempt = 2;
    EXPECT_EQ(settle(run, OutcomeClass::ambiguous).state, RunState::ready);
    EXPECT_EQ(reaped(run), RunState::ready);
    run.attempt = 3;
    EXPECT_EQ(settle(run, OutcomeClass::ambiguous).state, RunState::dead);
    EXPECT_EQ(reaped(run), RunState::dead);
  }
}

TEST(Outcome, that_is_definite_ends_the_run) {
  core::Run run = claimed();
  run.state = RunState::executing;
  EXPECT_EQ(settle(run, OutcomeClass::ok).state, RunState::succeeded);
  EXPECT_EQ(settle(run, OutcomeClass::failed).state, RunState::failed);
}

TEST(Run, claimed_without_intent_goes_back_to_ready) {
  EXPECT_EQ(reaped(claimed()), RunState::ready);
}

TEST(Run, never_leaves_a_final_state_but_by_a_persons_order_I15) {
  for (int f = 0; f < kRunStates; ++f) {
    for (int t = 0; t < kRunStates; ++t) {
      const auto from = static_cast<RunState>(f), to = static_cast<RunState>(t);
      if (!is_final(from) || to == RunState::planned) continue;
      EXPECT_FALSE(allowed(from, to)) << name(from) << " -> " << name(to);
    }
  }
  EXPECT_FALSE(allowed(RunState::unknown, RunState::ready));
  EXPECT_FALSE(allowed(RunState::planned, RunState::executing));
}

TEST(Run, backs_off_exponentially_up_to_five_minutes) {
  EXPECT_EQ(backoff(1), std::chrono::seconds(2));
  EXPECT_EQ(backoff(3), std::chrono::seconds(8));
  EXPECT_EQ(backoff(50), std::chrono::minutes(5));
}

}  // namespace
}  // namespace countersign::core
