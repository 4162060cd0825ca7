// I14: each single target has at most one mutating run in executing or unknown.
#include <gtest/gtest.h>

#include <future>

#include "bot/store/runs.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using core::RunState;

class Targets : public samples::StoreTest {
 protected:
  Targets() { open(); }

  core::RunId ready(const std::string& key, const std::vector<std::string>& targets,
                    core::EffectClass effect = core::EffectClass::once) {
    core::Run run = samples::run(key);
    run.needs_approval = false;
    run.effect = effect;
    run.target_key = effect == core::EffectClass::read || targets.empty() ? "" : "all of them";
    const auto id = create(run);
    run = read(id);
    run.plan = samples::plan();
    run.plan->targets = targets;
    run.plan_hash = core::plan_hash(*run.plan);
    run.state = RunState::ready;
    EXPECT_TRUE(tx([&](Tx& t) { return save_run(t, run, RunState::planned, 0); }));
    return id;
  }
  std::vector<core::Run> claim(int n = 10) {
    return tx([&](Tx& t) { return claim_ready(t, "r0", n, samples::kLease); });
  }
  void move(core::RunId id, RunState state) {
    auto run = read(id);
    const auto from = run.state;
    run.state = state;
    tx([&](Tx& t) { save_run(t, run, from, run.fence); });
  }
  bool busy(core::RunId id) {
    return tx([&](Tx& t) { return target_busy(t, read(id)); });
  }
  std::string kept() {
    return test_.value("SELECT string_agg(target, ' ' ORDER BY target) FROM cs.busy_target");
  }
};

TEST_F(Targets, that_are_named_together_are_kept_one_by_one_I14) {
  const auto both = ready("both", {"web-1", "web-2"});
  ASSERT_EQ(claim().size(), 1u);
  move(both, RunState::executing);
  const auto one = ready("one", {"web-2"});
  const auto other = ready("other", {"web-3"});
  EXPECT_TRUE(busy(one));
  EXPECT_FALSE(busy(other));
  EXPECT_FALSE(busy(both));
  const auto claimed = claim();
  ASSERT_EQ(claimed.size(), 1u);
  EXPECT_EQ(claimed[0].id, other);
  move(both, RunState::unknown);
  EXPECT_TRUE(claim().empty());
  move(both, RunState::failed);
  EXPECT_EQ(claim().at(0).id, one);
}

TEST_F(Targets, are_refused_to_a_second_start_that_was_claimed_at_the_same_time_I14) {
  const auto both = ready("both", {"web-1", "web-2"});
  const auto one = ready("one", {"web-2"});
  ASSERT_EQ(claim().size(), 2u);
  move(one, RunState::executing);
  try {
    move(both, RunState::executing);
    FAIL() << "two mutating runs on web-2";
  } catch (const StoreError& e) {
    EXPECT_EQ(e.kind(), ErrorKind::conflict);
  }
  EXPECT_EQ(kept(), "web-2") << "nothing is left of the start that was refused";
  EXPECT_EQ(read(both).state, RunState::claimed);
}

TEST_F(Targets, are_free_again_wherever_their_run_goes) {
  for (const RunState next :
       {RunState::succeeded, RunState::failed, RunState::ready, RunState::held, RunState::dead}) {
    const auto id = ready("to " + std::string(core::name(next)), {"web-1"});
    ASSERT_EQ(claim().size(), 1u) << core::name(next);
    move(id, RunState::executing);
    EXPECT_EQ(kept(), "web-1");
    move(id, next);
    EXPECT_EQ(kept(), "") << core::name(next);
    if (next == RunState::ready) test_.script("UPDATE cs.run SET next_at = 'infinity'");
  }
}

TEST_F(Targets, of_what_changes_nothing_are_kept_from_nobody) {
  const auto reader = ready("reader", {"web-1"}, core::EffectClass::read);
  const auto untargeted = ready("untargeted", {});
  claim();
  for (const auto id : {reader, untargeted}) move(id, RunState::executing);
  EXPECT_EQ(kept(), "");
}

TEST_F(Targets, are_fought_for_without_a_deadlock_and_with_one_winner_each) {
  std::vector<core::RunId> runs;
  for (int i = 0; i < 12; ++i)
    runs.push_back(ready("k" + std::to_string(i), i % 2 ? std::vector<std::string>{"a", "b", "c"}
                                                        : std::vector<std::string>{"c", "b", "a"}));
  ASSERT_EQ(claim(20).size(), 12u);
  std::vector<std::future<bool>> starts;
  for (const auto id : runs) {
    starts.push_back(std::async(std::launch::async, [&, id] {
      try {
        move(id, RunState::executing);
        return true;
      } catch (const StoreError& e) {
        EXPECT_EQ(e.kind(), ErrorKind::conflict) << e.what();
        return false;
      }
    }));
  }
  int winners = 0;
  for (auto& start : starts) winners += start.get();
  EXPECT_EQ(winners, 1);
  EXPECT_EQ(kept(), "a b c");
}

// The claim looks at what is under way, not at what has been.
TEST_F(Targets, are_looked_up_without_reading_finished_runs) {
  test_.script(
      "SET session_replication_role = replica;"
      "INSERT INTO cs.run (run_key, rule, rule_hash, event_id, correlation_id, action, parameters, "
      "effect, tier, target_key, state, simulated, plan_no, needs_approval, requester, "
      "requester_name, chat, channel, thread, plan_message, attempt, starts, granted, "
      "key_valid_for) SELECT sha256(i::text::bytea), 'r', 'h', 1, gen_random_uuid(), 'a', '{}', "
      "'once', 'mutating', 'web-' || i % 100, 'succeeded', false, 1, false, '', '', 'mm', 'ops', "
      "'', '', 1, 1, 1, '20 h' FROM generate_series(1, 20000) i;"
      "SET session_replication_role = origin; ANALYZE cs.run");
  ready("k", {"web-1", "web-2"});
  test_.script(
      "CREATE FUNCTION how(q text) RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN QUERY "
      "EXECUTE 'EXPLAIN ' || q; END $$");
  std::string sql(stmt::claim_ready.sql);
  for (const auto& [mark, value] :
       {std::pair{"$1", "'r0'"}, {"$2", "1"}, {"$3", "'30 s'"}, {"$4", "'{}'"}, {"$5", "'{}'"}}) {
    for (auto at = sql.find(mark); at != std::string::npos; at = sql.find(mark))
      sql.replace(at, 2, value);
  }
  const auto plan = test_.value("SELECT string_agg(l, E'\n') FROM how($q$" + sql + "$q$) l");
  EXPECT_NE(plan.find("busy_target"), std::string::npos) << plan;
  EXPECT_EQ(plan.find("Seq Scan on run"), std::string::npos) << plan;
  EXPECT_EQ(claim().size(), 1u);
}

}  // namespace
}  // namespace countersign::store
