#include "bot/store/runs.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using core::RunState;
using samples::kLease;
using samples::run;

class Runs : public samples::StoreTest {
 protected:
  // Brings a run to `state` by the legal way of save_run.
  bool save(core::Run r, RunState state) {
    const RunState from = r.state;
    r.state = state;
    return tx([&](Tx& t) { return save_run(t, r, from, r.fence); });
  }
  core::RunId ready(const std::string& key, const std::string& target = "") {
    core::Run r = run(key);
    if (!target.empty()) r.target_key = target;
    r.needs_approval = false;
    const core::RunId id = create(r);
    EXPECT_TRUE(save(read(id), RunState::ready));
    return id;
  }
  std::vector<core::Run> claim(const std::string& replica = "r0", int n = 10) {
    return tx([&](Tx& t) { return claim_ready(t, replica, n, kLease); });
  }
};

// I4
TEST_F(Runs, are_made_once_per_key) {
  const auto first = tx([](Tx& t) { return create_run(t, run("k")); });
  const auto second = tx([](Tx& t) { return create_run(t, run("k")); });
  EXPECT_TRUE(first.second);
  EXPECT_FALSE(second.second);
  EXPECT_EQ(first.first, second.first);
}

TEST_F(Runs, come_back_as_they_were_saved) {
  core::Run r = run("k");
  r.requester = "mm:alice";
  r.requester_name = "alice";
  const core::RunId id = create(r);
  core::Run saved = read(id);
  EXPECT_EQ(saved.key, r.key);
  EXPECT_EQ(saved.parameters, r.parameters);
  EXPECT_EQ(saved.correlation, r.correlation);
  EXPECT_EQ(saved.requester_name, "alice");
  EXPECT_EQ(saved.place, r.place);
  EXPECT_EQ(saved.key_valid_for, r.key_valid_for);
  EXPECT_FALSE(saved.plan);
  EXPECT_FALSE(saved.lease_until);

  saved.plan = samples::plan();
  saved.plan_hash = core::plan_hash(*saved.plan);
  saved.plan_no = 1;
  saved.outcome = {{"class", "ok"}, {"output", std::string("nul\0", 4)}};
  saved.first_started_at = saved.created_at;
  saved.place.thread = "root";
  EXPECT_TRUE(save(saved, RunState::held));
  const core::Run again = read(id);
  EXPECT_EQ(again.state, RunState::held);
  EXPECT_EQ(core::plan_hash(*again.plan), saved.plan_hash) << "the plan comes back to the byte";
  EXPECT_EQ(again.outcome["class"], "ok");
  EXPECT_EQ(again.first_started_at, saved.first_started_at);
  EXPECT_EQ(again.place.thread, "root");
  EXPECT_GT(again.updated_at, saved.updated_at);
}

// I7
TEST_F(Runs, are_not_changed_by_who_expects_another_state_or_fence) {
  core::Run r = read(create(run("k")));
  EXPECT_FALSE(tx([&](Tx& t) { return save_run(t, r, RunState::ready, r.fence); }));
  EXPECT_FALSE(tx([&](Tx& t) { return save_run(t, r, RunState::planned, r.fence + 1); }));
}

TEST_F(Runs, waiting_for_a_plan_are_leased_one_planner_at_a_time) {
  create(run("k"));
  const auto plan = [&](const std::string& replica) {
    return tx([&](Tx& t) { return claim_planned(t, replica, 10, kLease); });
  };
  const auto first = plan("r0");
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].fence, 1);
  EXPECT_EQ(first[0].state, RunState::planned);
  EXPECT_EQ(first[0].lease_owner, "r0");
  EXPECT_TRUE(plan("r1").empty());
  test_.script("UPDATE cs.run SET lease_until = clock_timestamp()");
  const auto second = plan("r1");
  ASSERT_EQ(second.size(), 1u);
  EXPECT_FALSE(save(first[0], RunState::ready)) << "the first planner's fence is old";
  EXPECT_TRUE(save(second[0], RunState::ready));
  EXPECT_TRUE(read(second[0].id).lease_owner.empty());
}

// I6
TEST_F(Runs, are_claimed_only_on_an_opened_timeline) {
  ready("k");
  EXPECT_TRUE(claim().empty());
  open();
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].state, RunState::claimed);
  EXPECT_EQ(claimed[0].fence, 1);
  EXPECT_TRUE(claimed[0].lease_until);
  EXPECT_TRUE(claim("r1").empty());
}

// I14
TEST_F(Runs, wait_while_their_target_is_busy) {
  open();
  const auto waiting = ready("k", "host:web-3");
  core::Run other = run("other");
  other.target_key = "host:web-3";
  const auto busy = create_in(other, RunState::unknown);
  EXPECT_TRUE(claim().empty());
  EXPECT_TRUE(tx([&](Tx& t) { return target_busy(t, read(waiting)); }));
  EXPECT_FALSE(tx([&](Tx& t) { return target_busy(t, read(busy)); }));
  EXPECT_TRUE(save(read(busy), RunState::failed));
  EXPECT_FALSE(tx([&](Tx& t) { return target_busy(t, read(waiting)); }));
  EXPECT_EQ(claim().size(), 1u);
}

// I14: the index is the last guard.
TEST_F(Runs, cannot_execute_twice_on_one_target) {
  open();
  ready("a", "host:web-3");
  ready("b", "host:web-3");
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 2u);
  EXPECT_TRUE(save(claimed[0], RunState::executing));
  try {
    save(claimed[1], RunState::executing);
    FAIL() << "two mutating runs on one target";
  } catch (const StoreError& e) {
    EXPECT_EQ(e.kind(), ErrorKind::conflict);
  }
}

// I7
TEST_F(Runs, keep_their_lease_for_its_holder_only) {
  open();
  const auto id = ready("k");
  const auto claimed = claim();
  const auto renew = [&](std::int64_t fence, const std::string& replica) {
    return tx([&](Tx& t) { return renew_lease(t, id, fence, replica, kLease).held; });
  };
  EXPECT_TRUE(renew(claimed[0].fence, "r0"));
  EXPECT_FALSE(renew(claimed[0].fence, "r1"));
  EXPECT_FALSE(renew(claimed[0].fence - 1, "r0"));
  EXPECT_TRUE(tx([](Tx& t) { return lock_abandoned(t, 10); }).empty());
  test_.script("UPDATE cs.run SET lease_until = clock_timestamp()");
  EXPECT_FALSE(renew(claimed[0].fence, "r0")) << "a lease that has ended is not renewed";
  EXPECT_EQ(tx([](Tx& t) { return lock_abandoned(t, 10); }).size(), 1u);
}

// I5: the database itself counts starts against grants.
TEST_F(Runs, of_class_once_never_start_more_often_than_granted) {
  core::Run r = read(create(run("k")));
  r.starts = 1;
  EXPECT_THROW(save(r, RunState::ready), StoreError);
  r.granted = 1;
  EXPECT_TRUE(save(r, RunState::ready));
}

// I15
TEST_F(Runs, do_not_go_where_the_table_does_not_lead) {
  const core::Run r = read(create(run("k")));
  EXPECT_THROW(save(r, RunState::succeeded), StoreError);
  EXPECT_THROW(test_.script("UPDATE cs.run SET state = 'executing'"), StoreError);
  EXPECT_EQ(read(r.id).state, RunState::planned);
}

TEST_F(Runs, can_be_postponed) {
  open();
  const auto id = ready("k");
  tx([&](Tx& t) { postpone_run(t, id, std::chrono::hours(1)); });
  EXPECT_TRUE(claim().empty());
  tx([&](Tx& t) { postpone_run(t, id, core::Duration(0)); });
  EXPECT_EQ(claim().size(), 1u);
}

TEST_F(Runs, remember_each_intent_and_outcome_once) {
  const auto id = create(run("k"));
  const Attempt intent{1, 3, "intent", "n-1", "", nullptr, "r0", {}};
  tx([&](Tx& t) {
    add_attempt(t, id, intent);
    add_attempt(t, id, {1, 3, "outcome", "n-1", "ambiguous", {{"error", "timeout"}}, "r0", {}});
  });
  EXPECT_THROW(tx([&](Tx& t) { add_attempt(t, id, intent); }), StoreError);
  const auto attempts = tx([&](Tx& t) { return attempts_of(t, id); });
  ASSERT_EQ(attempts.size(), 2u);
  EXPECT_EQ(attempts[0].phase, "intent");
  EXPECT_TRUE(attempts[0].detail.is_null());
  EXPECT_EQ(attempts[1].outcome, "ambiguous");
  EXPECT_EQ(attempts[1].detail["error"], "timeout");
}

TEST_F(Runs, are_found_by_event_trace_thread_state_and_series) {
  auto in = samples::incoming("d1");
  in.series = "fp-1";
  in.status = "firing";
  const auto event = accept(in).event;
  core::Run r = run("k", event);
  r.place.thread = "root";
  const auto id = create(r);
  core::Run simulated = run("dry", event);
  simulated.simulated = true;
  create(simulated);
  tx([&](Tx& t) {
    EXPECT_EQ(runs_of_event(t, event).size(), 2u);
    EXPECT_EQ(runs_by_correlation(t, r.correlation).at(0).id, id);
    EXPECT_EQ(runs_in_thread(t, r.place).at(0).id, id);
    EXPECT_EQ(runs_in_states(t, {RunState::planned, RunState::held}, 1).size(), 1u);
    EXPECT_TRUE(runs_in_states(t, {RunState::held}, 10).empty());
    EXPECT_EQ(waiting_runs_of_series(t, "alerts", "fp-1").size(), 2u);
    EXPECT_TRUE(waiting_runs_of_series(t, "alerts", "fp-2").empty());
    EXPECT_EQ(count_runs_by_state(t).at("planned"), 2);
  });
}

TEST_F(Runs, are_claimed_by_one_replica_each) {
  open();
  for (int i = 0; i < 30; ++i) ready("k" + std::to_string(i));
  std::vector<std::future<std::size_t>> workers;
  for (int i = 0; i < 6; ++i) {
    workers.push_back(std::async(std::launch::async, [&, i] {
      std::size_t n = 0;
      for (auto got = claim("r" + std::to_string(i), 4); !got.empty();
           got = claim("r" + std::to_string(i), 4)) {
        n += got.size();
      }
      return n;
    }));
  }
  std::size_t n = 0;
  for (auto& worker : workers) n += worker.get();
  EXPECT_EQ(n, 30u);
}

class Epochs : public Runs {
 protected:
  Epoch reopen_after_failover() {
    test_.script(
        "UPDATE cs.epoch SET timeline = timeline - 1");  // as if the server had been promoted since
    return tx([](Tx& t) { return open_epoch(t, "r1"); });
  }
};

TEST_F(Epochs, are_opened_once) {
  const auto first = tx([](Tx& t) { return open_epoch(t, "r0"); });
  EXPECT_TRUE(first.opened);
  EXPECT_EQ(first.durability, "single");
  EXPECT_EQ(first.held_runs, 0);
  EXPECT_FALSE(tx([](Tx& t) { return open_epoch(t, "r1"); }).opened);
  EXPECT_TRUE(tx([](Tx& t) { return epoch_is_open(t); }));
}

// I18, T55
TEST_F(Epochs, after_a_failover_stop_everything_that_might_have_lost_its_past) {
  open();
  const auto waiting = create(run("waiting"));
  const auto acting = create_in(run("acting"), RunState::executing);
  core::Run reader = run("reader");
  reader.effect = core::EffectClass::read;
  const auto reading = create_in(reader, RunState::executing);
  const auto question = tx([&](Tx& t) { return create_approval(t, samples::approval(waiting)); });
  const auto epoch = reopen_after_failover();
  EXPECT_TRUE(epoch.opened);
  EXPECT_EQ(epoch.held_runs, 1);
  EXPECT_EQ(epoch.in_doubt, 1);
  EXPECT_EQ(epoch.voided, 1);
  EXPECT_EQ(read(waiting).state, RunState::held);
  EXPECT_EQ(read(waiting).fence, 1);
  EXPECT_EQ(read(acting).state, RunState::unknown) << "it may have acted";
  EXPECT_EQ(read(reading).state, RunState::executing);
  tx([&](Tx& t) { EXPECT_EQ(find_approval(t, question)->state, core::ApprovalState::voided); });
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.audit WHERE body->>'why' = 'failover'"), "3");
}

// I6: until somebody opens it, a new timeline hands out nothing.
TEST_F(Epochs, that_are_not_open_hand_out_nothing) {
  open();
  ready("k");
  test_.script("UPDATE cs.epoch SET timeline = timeline - 1");
  EXPECT_TRUE(claim().empty());
  EXPECT_FALSE(tx([](Tx& t) { return epoch_is_open(t); }));
}

TEST_F(Epochs, let_a_replica_take_up_what_its_earlier_life_held) {
  open();
  const auto id = ready("k");
  claim("r0");
  accept(samples::incoming("d1"));
  tx([](Tx& t) {
    claim_events(t, "r0", 1, kLease);
    register_replica(t, "r0", "host", "1");
    end_leases_of(t, "r1");
    EXPECT_TRUE(lock_abandoned(t, 10).empty());
    end_leases_of(t, "r0");
    heartbeat(t, "r0");
  });
  tx([&](Tx& t) {
    EXPECT_EQ(lock_abandoned(t, 10).at(0).id, id);
    EXPECT_EQ(claim_events(t, "r0", 1, kLease).size(), 1u);
  });
}

}  // namespace
}  // namespace countersign::store
