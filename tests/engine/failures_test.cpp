// Runs that fail: tried again as their action says, kept away from what does not work.
#include "tests/engine/house.h"

#include "bot/engine/circuit.h"
#include "bot/store/breakers.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::OutcomeClass;
using core::RunState;
using core::Tier;

class Failures : public House {
 protected:
  // Read-only, so that it runs without asking; at most this often in a row.
  core::Action& look(int attempts = 3) {
    action("ops.look", Tier::read_only);
    core::Action& a = catalog.actions["ops.look"];
    a.retry.attempts = attempts;
    a.retry.on = {OutcomeClass::failed, OutcomeClass::ambiguous, OutcomeClass::not_applied};
    return a;
  }
  void everything_ends(OutcomeClass outcome, const std::string& error = "connection refused") {
    runner.on_run = [=](const core::RunRequest& r) -> core::Outcome {
      if (r.dry) return {OutcomeClass::ok, 0, "", false, "", {}};
      return {outcome, 0, "", false, outcome == OutcomeClass::ok ? "" : error, {}};
    };
  }
  void ask(const std::string& host) {
    command("alice", "!remediate ops.look host=" + host);
    settle();
  }
  void due() {
    database.script("UPDATE cs.run SET next_at = clock_timestamp() WHERE state = 'ready'");
  }
  void breaker_due() {
    database.script("UPDATE cs.breaker SET open_until = clock_timestamp() WHERE state = 'open'");
  }
  core::Breaker breaker(const std::string& name = "ops") {
    return *deps.db.transact("read", [&](store::Tx& tx) { return store::find_breaker(tx, name); });
  }
  std::string count(const std::string& where) {
    return database.value("SELECT count(*) FROM cs.run WHERE " + where);
  }
};

TEST_F(Failures, are_tried_again_with_a_new_intent_each_time_and_the_same_key_I13) {
  look(3);
  publish();
  everything_ends(OutcomeClass::failed);
  ask("web-1");
  EXPECT_EQ(only_run().state, RunState::dead);
  EXPECT_EQ(runner.effects(), 3);
  EXPECT_EQ(database.value("SELECT string_agg(attempt || phase, ',' ORDER BY attempt_id) FROM "
                           "cs.attempt"),
            "1intent,1outcome,2intent,2outcome,3intent,3outcome");
  for (const auto& call : runner.calls)
    EXPECT_EQ(call.idempotency_key, runner.calls.front().idempotency_key);
  EXPECT_EQ(database.value("SELECT kind FROM cs.dead_letter"), "run");
}

TEST_F(Failures, show_in_the_plan_and_in_why_which_try_comes_next_and_when) {
  look(3).retry.base = std::chrono::minutes(10);
  publish();
  ids.next_chance = 0.5;
  everything_ends(OutcomeClass::failed);
  ask("web-1");
  EXPECT_EQ(only_run().state, RunState::ready);
  EXPECT_EQ(database.value("SELECT next_at > clock_timestamp() + interval '2 min' AND next_at < "
                           "clock_timestamp() + interval '6 min' FROM cs.run"),
            "true")
      << "half of the way to the cap";
  EXPECT_EQ(heard("to be tried again"), 1);
  EXPECT_EQ(heard("Try 1 of 3 ended: failed, connection refused. Try 2 of 3 at "), 1);
  command("alice", "!why R1");
  settle();
  EXPECT_EQ(heard("Try 2 of 3 starts not before "), 1);
  everything_ends(OutcomeClass::ok);
  due();
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(only_run().attempt, 2);
}

TEST_F(Failures, of_what_must_not_be_repeated_are_never_tried_again_I12) {
  action("ops.once", Tier::mutating);
  catalog.actions["ops.once"].retry.on = {OutcomeClass::failed, OutcomeClass::ambiguous};
  publish();
  everything_ends(OutcomeClass::failed);
  command("alice", "!remediate ops.once host=web-1");
  settle();
  vote({1}, "alice");
  settle();
  EXPECT_EQ(only_run().state, RunState::failed);
  EXPECT_EQ(runner.effects(), 1);
}

TEST_F(Failures, of_a_gone_worker_count_as_a_try_and_are_shown) {
  look(2);
  publish();
  runner.on_run = [](const core::RunRequest&) -> core::Outcome {
    throw std::runtime_error("the process dies here");
  };
  command("alice", "!remediate ops.look host=web-1");
  decider.run_once({});
  planner.run_once({});
  EXPECT_THROW(executor.run_once({}), std::runtime_error);
  ids.next_chance = 1;
  database.script("UPDATE cs.run SET lease_until = clock_timestamp() - interval '1 s'");
  keeper.run_once({});
  everything_ends(OutcomeClass::ok);
  settle();
  EXPECT_EQ(heard("Try 1 of 2 ended: ambiguous, the process that ran it is gone. Try 2 of 2 at "),
            1);
  due();
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Failures, of_an_action_with_a_limit_are_waited_for_by_the_others) {
  look(3).concurrency = 1;
  publish();
  runner.on_run = [&](const core::RunRequest&) -> core::Outcome {
    EXPECT_EQ(count("state = 'executing'"), "1");
    EXPECT_FALSE(executor.run_once({})) << "the other one has to stay ready";
    return {OutcomeClass::ok, 0, "", false, "", {}};
  };
  command("alice", "!remediate ops.look host=web-1");
  command("alice", "!remediate ops.look host=web-2");
  settle();
  EXPECT_EQ(count("state = 'succeeded'"), "2");
}

TEST_F(Failures, in_a_row_open_the_breaker_and_the_channel_is_told_once) {
  look(1).breaker = core::BreakerPolicy{"", 2, std::chrono::hours(1)};
  publish();
  everything_ends(OutcomeClass::failed);
  ask("web-1");
  ask("web-2");
  EXPECT_EQ(breaker().state, core::BreakerState::open);
  ask("web-3");
  EXPECT_EQ(count("state = 'ready'"), "1");
  EXPECT_EQ(runner.effects(), 2);
  for (int i = 0; i < 3; ++i) {
    keeper.run_once({});
    settle();
  }
  EXPECT_EQ(heard("Breaker ops is open"), 1);
  EXPECT_EQ(heard("R2 ops.look: connection refused"), 1);
}

TEST_F(Failures, of_the_probe_keep_the_breaker_open_and_its_success_closes_it_and_says_so) {
  look(1).breaker = core::BreakerPolicy{"downstream", 1, std::chrono::hours(1)};
  publish();
  everything_ends(OutcomeClass::ambiguous, "timed out");
  ask("web-1");
  for (const char* host : {"web-2", "web-3", "web-4"}) ask(host);
  keeper.run_once({});
  EXPECT_EQ(count("state = 'ready'"), "3");
  breaker_due();
  settle();
  EXPECT_EQ(count("state = 'ready'"), "2") << "one probe";
  EXPECT_EQ(breaker("downstream").state, core::BreakerState::open);
  everything_ends(OutcomeClass::ok);
  breaker_due();
  settle();
  EXPECT_EQ(count("state = 'succeeded'"), "2");
  EXPECT_EQ(breaker("downstream").state, core::BreakerState::closed);
  keeper.run_once({});
  settle();
  EXPECT_EQ(heard("Breaker downstream is open"), 1);
  EXPECT_EQ(heard("Breaker downstream is closed again"), 1);
  EXPECT_EQ(database.value("SELECT string_agg(kind, ',' ORDER BY audit_id) FROM cs.audit WHERE ref "
                           "= 'breaker:downstream'"),
            "breaker.opened,breaker.probed,breaker.opened,breaker.probed,breaker.closed");
}

TEST_F(Failures, let_exactly_one_probe_through_however_many_were_claimed) {
  look(1).breaker = core::BreakerPolicy{"", 1, std::chrono::hours(1)};
  publish();
  everything_ends(OutcomeClass::failed);
  ask("web-1");
  ask("web-2");
  ask("web-3");
  breaker_due();
  int inside = 0;
  runner.on_run = [&](const core::RunRequest&) -> core::Outcome {
    ++inside;
    EXPECT_EQ(breaker().state, core::BreakerState::half_open);
    // Another replica claimed one before the probe began.
    database.script("UPDATE cs.run SET state = 'claimed', fence = fence + 1, lease_owner = '" +
                    deps.replica +
                    "', lease_until = clock_timestamp() + interval '1 h' WHERE state = 'ready'");
    const auto claimed = deps.db.transact(
        "read", [](store::Tx& tx) { return store::runs_in_states(tx, {RunState::claimed}, 10); });
    EXPECT_EQ(claimed.size(), 1u);
    const Circuit circuit(deps);
    deps.db.transact("look", [&](store::Tx& tx) {
      const auto b = circuit.in_the_way(tx, claimed.front());
      EXPECT_TRUE(b && !circuit.admits(tx, *b));
    });
    return {OutcomeClass::ok, 0, "", false, "", {}};
  };
  executor.run_once({});
  EXPECT_EQ(inside, 1);
  EXPECT_EQ(breaker().state, core::BreakerState::closed);
}

TEST_F(Failures, of_a_probe_whose_worker_is_gone_open_the_breaker_again) {
  look(1).breaker = core::BreakerPolicy{"", 1, std::chrono::hours(1)};
  publish();
  everything_ends(OutcomeClass::failed);
  ask("web-1");
  ask("web-2");
  breaker_due();
  runner.on_run = [](const core::RunRequest&) -> core::Outcome {
    throw std::runtime_error("the process dies here");
  };
  EXPECT_THROW(executor.run_once({}), std::runtime_error);
  EXPECT_EQ(breaker().state, core::BreakerState::half_open);
  database.script("UPDATE cs.run SET lease_until = clock_timestamp() - interval '1 s'");
  keeper.run_once({});
  EXPECT_EQ(breaker().state, core::BreakerState::open);
}

}  // namespace
}  // namespace countersign::engine
