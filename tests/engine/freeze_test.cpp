// Freezes, of the configuration and by !freeze.
#include "tests/engine/house.h"

#include <thread>

#include "bot/store/events.h"
#include "bot/store/freezes.h"
#include "bot/store/halts.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;
using namespace std::chrono_literals;

class Frozen : public House {
 protected:
  Frozen() {
    action("ops.move", Tier::mutating);
    action("ops.look", Tier::read_only);
    add(rule("disk", "ops.move"));
    publish();
  }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
  }
  store::Decision decided(core::EventId event) {
    settle();
    const auto all =
        deps.db.transact("read", [&](store::Tx& tx) { return store::decisions_of(tx, event); });
    EXPECT_EQ(all.size(), 1u);
    return all.at(0);
  }
  // By the configuration, around this moment.
  void christmas(core::PolicyScope scope = {}) {
    const auto now = deps.db.transact("now", [](store::Tx& tx) { return tx.now(); });
    configure([&](config::Settings& s) {
      core::Freeze f;
      f.name = "christmas";
      f.reason = "nobody is here";
      f.from.moment = now - 1h;
      f.until.moment = now + 1h;
      f.scope = std::move(scope);
      s.freezes = {f};
    });
  }
  void try_again() {
    database.script("UPDATE cs.run SET next_at = clock_timestamp() WHERE state = 'ready'");
    settle();
  }
  void break_glass_by_sre() {
    configure([](config::Settings& s) { s.break_glass = {{"sre"}, {{"mm", "#managers"}}}; });
  }
  static bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
};

TEST_F(Frozen, rules_make_no_run_and_the_record_says_which_freeze_until_when_and_who_lifts_it) {
  christmas();
  const auto refused = decided(alert("web-1", "d1"));
  EXPECT_EQ(refused.verdict, "frozen");
  const std::string why = refused.detail.value("why", "");
  EXPECT_TRUE(has(why, "freeze christmas (nobody is here), until 20")) << why;
  EXPECT_TRUE(has(why, "It stands in the configuration")) << why;
  EXPECT_EQ(refused.detail["guardrail"]["name"], "christmas");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0");
  says("bob", "!status");
  EXPECT_TRUE(heard("Frozen by christmas: nobody is here"));
}

TEST_F(Frozen, rules_act_on_an_alert_that_goes_on_once_it_is_over) {
  christmas();
  decided(alert("web-1", "d1"));
  configure([](config::Settings& s) { s.freezes.clear(); });
  EXPECT_EQ(decided(alert("web-1", "d2")).verdict, "run_created");
}

TEST_F(Frozen, is_nothing_that_only_looks) {
  christmas();
  says("bob", "!remediate ops.look host=web-3");
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Frozen, is_only_what_the_freeze_is_about) {
  core::PolicyScope scope;
  scope.rules = {"ops.other"};
  christmas(scope);
  EXPECT_EQ(decided(alert("web-1", "d1")).verdict, "run_created");
  scope.rules = {"ops.d*"};
  christmas(scope);
  EXPECT_EQ(decided(alert("web-2", "d2")).verdict, "frozen");
}

TEST_F(Frozen, people_are_refused_and_told_the_way_past_it_if_there_is_one) {
  christmas();
  says("alice", "!remediate ops.move host=web-3");
  EXPECT_TRUE(heard("Not now: freeze christmas (nobody is here), until 20"));
  EXPECT_FALSE(heard("write break-glass at the end"));
  says("alice", "!remediate ops.move host=web-3 break-glass");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0") << "nobody may break it";
  break_glass_by_sre();
  says("alice", "!remediate ops.move host=web-3");
  EXPECT_TRUE(heard("write break-glass at the end of the command"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0");
}

TEST_F(Frozen, a_plan_starts_by_breaking_the_glass) {
  christmas();
  break_glass_by_sre();
  says("alice", "!remediate ops.move host=web-3 break-glass");
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_TRUE(heard("Before that it starts only by breaking the glass"));
  says("alice", "!break-glass R1 the disk is on fire");
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.review"), "1");
}

TEST_F(Frozen, what_was_approved_waits_whenever_that_was) {
  says("bob", "!remediate ops.move host=web-3");
  says("bob", "!remediate ops.move host=web-4");
  database.script("UPDATE cs.run SET next_at = clock_timestamp() + interval '1 h'");
  vote({1}, "alice");
  says("alice", "!freeze the release is out");
  EXPECT_TRUE(heard("alice has frozen everything that changes something: the release is out"));
  vote({2}, "alice");
  try_again();
  EXPECT_EQ(run({1}).state, RunState::ready);
  EXPECT_EQ(run({2}).state, RunState::ready);
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_TRUE(heard("approved, but frozen by F1"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.audit WHERE kind = 'run.given_back'"), "0")
      << "waiting is no news";
  says("bob", "!unfreeze it went well");
  EXPECT_TRUE(heard("bob has lifted the freeze F1: it went well"));
  try_again();
  EXPECT_EQ(run({1}).state, RunState::succeeded);
  EXPECT_EQ(run({2}).state, RunState::succeeded);
  EXPECT_EQ(database.value("SELECT string_agg(kind, ',' ORDER BY audit_id) FROM cs.audit "
                           "WHERE kind LIKE 'freeze.%'"),
            "freeze.begun,freeze.lifted");
}

TEST_F(Frozen, is_a_run_that_was_claimed_before_it_I6) {
  core::Action& move = catalog.actions["ops.move"];
  move.runner = "command";
  move.entry_point = "/bin/true";
  move.plan = {core::DryRun::Kind::argument, "--dry-run"};
  publish();
  says("bob", "!remediate ops.move host=web-3");
  vote({1}, "alice");
  runner.on_run = [&](const core::RunRequest& request) -> core::Outcome {
    if (request.dry && run({1}).state == RunState::claimed) {
      deps.db.transact("freeze", [](store::Tx& tx) {
        store::begin_freeze(tx, {{}, {"mm:alice", "alice"}, "now", {}, {}, {}});
      });
    }
    return {core::OutcomeClass::ok, 0, "would do it", false, "", {}};
  };
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.freeze"), "1");
  EXPECT_EQ(run({1}).state, RunState::ready);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Frozen, waits_for_a_start_that_has_asked_before_it) {
  std::jthread freezing;
  std::atomic<bool> begun = false;
  deps.db.transact("start", [&](store::Tx& tx) {
    EXPECT_FALSE(store::halted(tx));
    freezing = std::jthread([&] {
      deps.db.transact("freeze", [](store::Tx& own) {
        store::begin_freeze(own, {{}, {"mm:alice", "alice"}, "now", {}, {}, {}});
      });
      begun = true;
    });
    while (database.value(
               "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") ==
           "0") {
      std::this_thread::yield();
    }
    EXPECT_TRUE(store::freeze_orders(tx).empty()) << "not before this start is committed";
  });
  freezing.join();
  EXPECT_TRUE(begun);
}

class FreezeOrders : public Frozen {};

TEST_F(FreezeOrders, name_how_long_and_what) {
  says("alice", "!freeze for 2h rule=ops.d* tier=mutating,high_impact the release is out");
  EXPECT_TRUE(heard("alice has frozen mutating, high_impact; rules ops.d*: the release is out"));
  EXPECT_EQ(database.value("SELECT until BETWEEN clock_timestamp() + interval '119 min' AND "
                           "clock_timestamp() + interval '2 h' FROM cs.freeze"),
            "true");
  const auto refused = decided(alert("web-1", "d1"));
  EXPECT_EQ(refused.verdict, "frozen");
  EXPECT_TRUE(has(refused.detail.value("why", ""), "!unfreeze F1 lifts it"));
  says("bob", "!remediate ops.move host=web-3");
  EXPECT_EQ(only_run().state, RunState::awaiting_approval) << "it is about a rule";
}

TEST_F(FreezeOrders, for_production_are_about_all_its_names) {
  says("alice", "!freeze environment=production the release is out");
  EXPECT_EQ(database.value("SELECT scope->>'environments' FROM cs.freeze"),
            R"(["production","prod"])");
}

TEST_F(FreezeOrders, are_given_by_people_with_a_role_with_a_reason_and_without_slips) {
  const std::pair<const char*, const char*> cases[] = {
      {"!freeze for 2h", "Say why"},
      {"!freeze for ever it is late", "I do not understand how long"},
      {"!freeze rule=ops.disc it is late", "No rule is called ops.disc"},
      {"!freeze action=ops.mvoe it is late", "No action is called ops.mvoe"},
      {"!freeze tier=read_only it is late", "tier is mutating or high_impact"},
      {"!freeze color=red it is late", "A freeze can be about environment, rule"},
      {"!freeze rule= it is late", "Say which rule"},
      {"!unfreeze", "Nobody has frozen anything"},
      {"!unfreeze F7", "F7 is not in force"}};
  for (const auto& [typed, answer] : cases) {
    says("alice", typed);
    EXPECT_EQ(heard(answer), 1) << typed;
  }
  says("mallory", "!freeze because I can");
  says("mallory", "!unfreeze");
  EXPECT_EQ(heard("Only somebody who holds a role can do that"), 2);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.freeze"), "0");
}

TEST_F(FreezeOrders, are_lifted_one_by_one) {
  says("alice", "!freeze one thing");
  says("alice", "!freeze another thing");
  says("bob", "!unfreeze");
  EXPECT_TRUE(heard("Which one? In force are F1, F2"));
  says("bob", "!unfreeze F1");
  says("bob", "!unfreeze");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.freeze WHERE lifted_name = 'bob'"), "2");
}

}  // namespace
}  // namespace countersign::engine
