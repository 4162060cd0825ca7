// What keeps rules and people from beginning something: limits, environments, breakers of rules.
// Each refusal says what would lift it. Freezes: freeze_test.cpp.
#include "tests/engine/house.h"

#include "bot/store/events.h"
#include "bot/store/rule_breakers.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;
using namespace std::chrono_literals;

class Guarded : public House {
 protected:
  Guarded() {
    action("ops.rotate", Tier::mutating);
    action("ops.look", Tier::read_only);
  }
  store::Decision decided(core::EventId event) {
    settle();
    const auto all =
        deps.db.transact("read", [&](store::Tx& tx) { return store::decisions_of(tx, event); });
    EXPECT_EQ(all.size(), 1u);
    return all.at(0);
  }
  store::Decision decided(const std::string& host) { return decided(alert(host, host)); }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
  }
  void outcome(core::OutcomeClass klass) {
    runner.on_run = [=](const core::RunRequest& r) -> core::Outcome {
      return {r.dry ? core::OutcomeClass::ok : klass, 0, "", false, "refused", {}};
    };
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  static std::string why(const store::Decision& d) { return d.detail.value("why", ""); }
};

TEST_F(Guarded, by_a_rate_limit_say_which_and_when_the_next_one_passes) {
  auto r = rule("disk", "ops.rotate");
  r.rate_limit = core::RateLimit{2, 10min};
  add(r);
  publish();
  decided("web-1");
  EXPECT_EQ(decided("web-2").verdict, "run_created");
  const auto refused = decided("web-3");
  EXPECT_EQ(refused.verdict, "rate_limited");
  EXPECT_TRUE(
      has(why(refused), "the rate limit of rule ops.disk, 2 in 10m, is reached: 0 of 2 left"))
      << why(refused);
  EXPECT_TRUE(has(why(refused), "The next one passes at ")) << why(refused);
  const Json rail = refused.detail.at("guardrail");
  EXPECT_EQ(rail.at("limit"), "rule:ops.disk");
  EXPECT_LT(*core::parse_instant(rail.at("next").get<std::string>()),
            *core::parse_instant(rail.at("full").get<std::string>()));
}

TEST_F(Guarded, by_a_limit_for_each_target_let_other_targets_pass) {
  auto r = rule("disk", "ops.rotate");
  r.target_limit = core::RateLimit{1, 1h};
  add(r);
  publish();
  EXPECT_EQ(decided("web-1").verdict, "run_created");
  alert("web-1", "over", "resolved");
  const auto again = decided(alert("web-1", "again"));
  EXPECT_EQ(again.verdict, "rate_limited");
  EXPECT_TRUE(has(why(again), "of rule ops.disk for target web-1, 1 in 1h")) << why(again);
  EXPECT_EQ(decided("web-2").verdict, "run_created");
}

TEST_F(Guarded, by_an_actions_limit_stop_people_too) {
  catalog.actions["ops.rotate"].target_limit = core::RateLimit{1, 1h};
  publish();
  says("alice", "!remediate ops.rotate host=web-1");
  says("alice", "!remediate ops.rotate host=web-1");
  EXPECT_TRUE(heard("Not now: the rate limit of action ops.rotate for target web-1, 1 in 1h"));
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Guarded, spend_no_token_on_a_run_that_exists) {
  auto r = rule("disk", "ops.rotate");
  r.rate_limit = core::RateLimit{2, 1h};
  add(r);
  publish();
  decided("web-1");
  for (const char* repeat : {"a", "b", "c"})
    EXPECT_EQ(decided(alert("web-1", repeat)).verdict, "duplicate");
  EXPECT_EQ(decided("web-2").verdict, "run_created");
  EXPECT_EQ(decided("web-3").verdict, "rate_limited");
}

TEST_F(Guarded, from_production_that_only_the_parameters_name) {
  auto r = rule("disk", "ops.rotate");
  r.parameters["environment"] = "Production";
  catalog.actions["ops.rotate"].parameters.push_back({.name = "environment"});
  add(r);
  publish();
  const auto refused = decided("web-1");
  EXPECT_EQ(refused.verdict, "other_environment");
  EXPECT_TRUE(has(why(refused), "Name it under environments in the rule")) << why(refused);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0");
}

class StoppedRule : public Guarded {
 protected:
  StoppedRule() {
    catalog.actions["ops.look"].retry.attempts = 1;
    auto r = rule("disk", "ops.look");
    r.breaker = core::RuleBreakerPolicy{2, 0, 30min, 1h};
    add(r);
    publish();
  }
  void stop() {
    outcome(core::OutcomeClass::failed);
    decided("web-1");
    decided("web-2");
  }
  void wait_for_its_time() {
    database.script("UPDATE cs.rule_breaker SET open_until = clock_timestamp() - interval '1 s'");
  }
  std::string state() { return database.value("SELECT state FROM cs.rule_breaker"); }
};

TEST_F(StoppedRule, makes_no_run_says_so_once_and_what_lets_it_go_on) {
  stop();
  EXPECT_EQ(state(), "open");
  const auto refused = decided("web-3");
  EXPECT_EQ(refused.verdict, "breaker_open");
  EXPECT_TRUE(has(why(refused), "because 2 of its runs failed within 30m")) << why(refused);
  EXPECT_TRUE(has(why(refused), "then one run is let through")) << why(refused);
  EXPECT_TRUE(has(why(refused), "!breaker close ops.disk lets it go on at once")) << why(refused);
  EXPECT_EQ(refused.detail["guardrail"]["kind"], "breaker");
  EXPECT_TRUE(core::parse_instant(refused.detail["guardrail"].value("since", "")));
  EXPECT_TRUE(core::parse_instant(refused.detail["guardrail"].value("until", "")));
  decided("web-4");
  EXPECT_EQ(heard("Rule ops.disk is stopped"), 1);
  EXPECT_EQ(runner.effects(), 2);
  says("bob", "!status");
  EXPECT_TRUE(heard("is stopped because 2 of its runs failed within 30m"));
  EXPECT_EQ(database.value("SELECT kind || ' ' || ref FROM cs.audit WHERE kind LIKE 'rule_br%'"),
            "rule_breaker.opened rule:ops.disk");
}

TEST_F(StoppedRule, is_stopped_for_every_replica_and_after_a_restart) {
  stop();
  Commander other_commander{deps, voting};
  Decider other{deps, other_commander};
  const auto event = alert("web-3", "d3");
  while (other.run_once({})) {
  }
  EXPECT_EQ(decided(event).verdict, "breaker_open");
}

TEST_F(StoppedRule, lets_one_run_through_when_its_time_has_come_and_goes_on_with_its_success) {
  stop();
  wait_for_its_time();
  const auto probe = alert("web-3", "d3");
  const auto next = alert("web-4", "d4");
  decider.run_once({});
  EXPECT_EQ(state(), "half_open");
  EXPECT_EQ(decided(next).verdict, "breaker_open") << "one, and not two";
  EXPECT_EQ(decided(probe).verdict, "run_created");
  EXPECT_EQ(state(), "open") << "the probe failed";
  wait_for_its_time();
  outcome(core::OutcomeClass::ok);
  EXPECT_EQ(decided("web-5").verdict, "run_created");
  EXPECT_EQ(state(), "closed");
  EXPECT_EQ(decided("web-6").verdict, "run_created");
  EXPECT_EQ(heard("Rule ops.disk is stopped"), 1) << "that it still is, is no news";
  EXPECT_EQ(heard("Rule ops.disk goes on"), 1);
}

TEST_F(StoppedRule, lets_another_through_when_the_probe_came_to_nothing) {
  stop();
  wait_for_its_time();
  alert("web-3", "d3");
  decider.run_once({});
  database.script(
      "ALTER TABLE cs.run DISABLE TRIGGER run_states; UPDATE cs.run SET state = 'cancelled' WHERE "
      "run_id = 3");
  outcome(core::OutcomeClass::ok);
  EXPECT_EQ(decided("web-4").verdict, "run_created");
  EXPECT_EQ(state(), "closed");
}

TEST_F(StoppedRule, goes_on_when_somebody_with_a_role_says_so) {
  stop();
  says("mallory", "!breaker close ops.disk");
  EXPECT_TRUE(heard("Only somebody who holds a role can do that"));
  says("alice", "!breaker");
  EXPECT_TRUE(heard("Stopped rules"));
  says("alice", "!breaker close ops.disc");
  EXPECT_TRUE(heard("Did you mean ops.disk?"));
  EXPECT_EQ(state(), "open");
  says("alice", "!breaker close ops.disk the script is mended");
  EXPECT_EQ(heard("alice closed its breaker: the script is mended"), 1);
  EXPECT_EQ(decided("web-3").verdict, "run_created");
  says("alice", "!breaker close ops.disk");
  EXPECT_TRUE(heard("Rule ops.disk is not stopped"));
  EXPECT_EQ(database.value("SELECT actor FROM cs.audit WHERE kind = 'rule_breaker.closed'"),
            "mm:alice");
}

TEST_F(StoppedRule, can_still_be_used_by_a_person) {
  stop();
  outcome(core::OutcomeClass::ok);
  says("alice", "!remediate ops.look host=web-9");
  EXPECT_EQ(run({3}).state, RunState::succeeded);
  EXPECT_EQ(state(), "open") << "that was no run of the rule";
}

TEST_F(StoppedRule, is_one_that_made_too_many_runs_as_well) {
  catalog.rules.at(0).breaker = core::RuleBreakerPolicy{0, 2, 30min, 1h};
  publish();
  decided("web-1");
  EXPECT_EQ(decided("web-2").verdict, "run_created");
  EXPECT_EQ(heard("it made 2 runs within 30m"), 1);
  EXPECT_EQ(decided("web-3").verdict, "breaker_open");
}

TEST_F(StoppedRule, counts_a_plan_that_cannot_be_made) {
  outcome(core::OutcomeClass::ok);
  catalog.rules.at(0).action = "ops.rotate";
  core::Action& rotate = catalog.actions["ops.rotate"];
  rotate.runner = "command";
  rotate.entry_point = "/bin/true";
  rotate.plan = {core::DryRun::Kind::argument, "--dry-run"};
  publish();
  runner.on_run = [](const core::RunRequest&) -> core::Outcome {
    return {core::OutcomeClass::failed, 1, "", false, "no such host", {}};
  };
  decided("web-1");
  decided("web-2");
  EXPECT_EQ(state(), "open");
}

}  // namespace
}  // namespace countersign::engine
