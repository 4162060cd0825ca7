// What makes ready runs wait: breakers, and others of their action.
#include "bot/store/breakers.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using core::BreakerState;
using core::RunState;
using samples::kLease;

class WaitingRuns : public samples::StoreTest {
 protected:
  WaitingRuns() { open(); }
  core::RunId ready(const std::string& key, const std::string& breaker = "") {
    core::Run r = samples::run(key);
    r.needs_approval = false;
    const core::RunId id = create(r);
    core::Run made = read(id);
    made.state = RunState::ready;
    made.breaker = breaker;
    EXPECT_TRUE(tx([&](Tx& t) { return save_run(t, made, RunState::planned, made.fence); }));
    return id;
  }
  std::size_t claim(const ActionLimits& limits = {}, int n = 10) {
    return tx([&](Tx& t) { return claim_ready(t, "r0", n, kLease, limits); }).size();
  }
  void save(const core::Breaker& b) {
    tx([&](Tx& t) {
      lock_breaker(t, b.name);
      save_breaker(t, b);
    });
  }
  core::Instant now() {
    return tx([](Tx& t) { return t.now(); });
  }
  const ActionLimits two_{{"ops.restart_service", 2}};
};

TEST_F(WaitingRuns, of_an_action_start_only_up_to_its_limit) {
  for (const char* key : {"a", "b", "c"}) ready(key);
  EXPECT_EQ(claim(two_), 2u);
  EXPECT_EQ(claim(two_), 0u);
  EXPECT_EQ(claim({{"ops.other", 1}}), 1u) << "a limit on something else";
}

TEST_F(WaitingRuns, take_the_place_of_one_that_has_ended) {
  const auto first = ready("a");
  ready("b");
  EXPECT_EQ(claim({{"ops.restart_service", 1}}), 1u);
  core::Run run = read(first);
  run.state = RunState::ready;
  tx([&](Tx& t) { save_run(t, run, RunState::claimed, run.fence); });
  EXPECT_EQ(claim({{"ops.restart_service", 1}}), 1u);
}

TEST_F(WaitingRuns, are_counted_right_by_claimers_at_once) {
  for (int i = 0; i < 12; ++i) ready("k" + std::to_string(i));
  std::vector<std::future<std::size_t>> claimers;
  for (int i = 0; i < 6; ++i)
    claimers.push_back(std::async(std::launch::async, [&] { return claim(two_, 1); }));
  std::size_t claimed = 0;
  for (auto& claimer : claimers) claimed += claimer.get();
  EXPECT_EQ(claimed, 2u);
}

TEST_F(WaitingRuns, stay_behind_an_open_breaker_until_its_time_has_come) {
  const auto id = ready("a", "ops");
  save({"ops", BreakerState::open, 3, id, now() + std::chrono::hours(1), {}});
  EXPECT_EQ(claim(), 0u);
  save({"ops", BreakerState::open, 3, id, now() - std::chrono::seconds(1), {}});
  EXPECT_EQ(claim(), 1u);
}

TEST_F(WaitingRuns, stay_behind_a_probe_that_is_under_way) {
  ready("a", "ops");
  ready("b", "another");
  const auto probe = create_in(samples::run("probe"), RunState::executing);
  save({"ops", BreakerState::half_open, 3, probe, {}, {}});
  EXPECT_EQ(claim(), 1u) << "only the other one";
  create_in(samples::run("x"), RunState::executing);
  test_.script(
      "ALTER TABLE cs.run DISABLE TRIGGER run_states; UPDATE cs.run SET state = 'held' "
      "WHERE run_id = " +
      probe.text());
  EXPECT_EQ(claim(), 1u) << "the probe ended without a word";
}

TEST_F(WaitingRuns, are_found_by_their_breaker_once_their_plan_is_posted) {
  const auto first = ready("a", "ops");
  const auto second = ready("b", "ops");
  const core::Breaker breaker{"ops", BreakerState::open, 3, first, now(), {}};
  EXPECT_TRUE(tx([&](Tx& t) { return runs_behind(t, breaker, 10); }).empty());
  test_.script("UPDATE cs.run SET thread = 'root'");
  const auto behind = tx([&](Tx& t) { return runs_behind(t, breaker, 10); });
  ASSERT_EQ(behind.size(), 2u);
  EXPECT_EQ(behind[1].id, second);
}

TEST_F(WaitingRuns, know_breakers_that_come_back_as_they_were_saved) {
  EXPECT_FALSE(tx([](Tx& t) { return find_breaker(t, "ops"); }));
  EXPECT_EQ(tx([](Tx& t) { return lock_breaker(t, "ops"); }).state, BreakerState::closed);
  const core::Breaker breaker{"ops", BreakerState::open, 3, {7}, now(), {{"mm", "C1", ""}}};
  save(breaker);
  const auto found = tx([](Tx& t) { return *find_breaker(t, "ops"); });
  EXPECT_EQ(found.state, BreakerState::open);
  EXPECT_EQ(found.failures, 3);
  EXPECT_EQ(found.run, core::RunId{7});
  EXPECT_EQ(found.open_until, breaker.open_until);
  EXPECT_EQ(found.told, breaker.told);
  EXPECT_EQ(tx([](Tx& t) { return breakers_not_closed(t); }), std::vector<std::string>{"ops"});
}

TEST_F(WaitingRuns, keep_how_they_are_tried_again) {
  core::Run r = samples::run("k");
  r.retry = {
      5, std::chrono::milliseconds(250), std::chrono::minutes(2), {core::OutcomeClass::failed}};
  EXPECT_EQ(read(create(r)).retry, r.retry);
}

}  // namespace
}  // namespace countersign::store
