// !halt and !resume.
#include "tests/engine/house.h"

#include <thread>

#include "bot/store/halts.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Halt : public House {
 protected:
  Halt() {
    action("ops.move", Tier::mutating);
    action("ops.look", Tier::read_only);
    publish();
  }
  void says(const std::string& who, const std::string& text) {
    command(who, text);
    settle();
  }
};

TEST_F(Halt, keeps_what_changes_something_from_starting_until_it_is_lifted) {
  says("bob", "!remediate ops.move host=web-3");
  says("alice", "!halt the wrong release is out");
  EXPECT_TRUE(
      heard("alice has halted everything that changes something: the wrong release is out"));
  vote({1}, "alice");
  settle();
  EXPECT_EQ(run({1}).state, RunState::ready);
  EXPECT_EQ(runner.effects(), 0);
  EXPECT_TRUE(heard("approved, but everything is halted"));
  says("bob", "!status");
  EXPECT_TRUE(heard("Halted by"));
  says("bob", "!resume it is rolled back");
  EXPECT_TRUE(heard("bob has lifted the halt: it is rolled back"));
  settle();
  EXPECT_EQ(run({1}).state, RunState::succeeded);
  EXPECT_EQ(database.value("SELECT string_agg(kind, ',' ORDER BY audit_id) FROM cs.audit "
                           "WHERE kind LIKE 'halt.%'"),
            "halt.begun,halt.lifted");
}

TEST_F(Halt, lets_read_only_actions_run) {
  says("alice", "!halt");
  says("bob", "!remediate ops.look host=web-3");
  EXPECT_EQ(only_run().state, RunState::succeeded);
}

TEST_F(Halt, stops_a_run_that_was_claimed_before_it_I6) {
  core::Action& move = catalog.actions["ops.move"];
  move.runner = "command";
  move.entry_point = "/bin/true";
  move.plan = {core::DryRun::Kind::argument, "--dry-run"};
  publish();
  says("bob", "!remediate ops.move host=web-3");
  vote({1}, "alice");
  // The dry run right before the start is the last moment between claim and intent.
  runner.on_run = [&](const core::RunRequest& request) -> core::Outcome {
    if (request.dry && run({1}).state == RunState::claimed) {
      deps.db.transact("halt", [](store::Tx& tx) {
        store::begin_halt(tx, {"mm:alice", "alice"}, "");
      });
    }
    return {core::OutcomeClass::ok, 0, "would do it", false, "", {}};
  };
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.halt"), "1");
  EXPECT_EQ(run({1}).state, RunState::ready);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Halt, waits_for_a_start_that_has_asked_before_it) {
  std::optional<bool> second;
  std::jthread halting;
  deps.db.transact("start", [&](store::Tx& tx) {
    EXPECT_FALSE(store::halted(tx));
    halting = std::jthread([&] {
      second = deps.db.transact("halt", [](store::Tx& own) {
        return store::begin_halt(own, {"mm:alice", "alice"}, "");
      });
    });
    while (database.value(
               "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted") ==
           "0") {
      std::this_thread::yield();
    }
    EXPECT_FALSE(store::halt_in_force(tx)) << "not before this start is committed";
  });
  halting.join();
  EXPECT_EQ(second, true);
}

TEST_F(Halt, is_for_people_with_a_role_and_there_is_one_at_a_time) {
  says("mallory", "!halt");
  EXPECT_TRUE(heard("Only somebody who holds a role can do that"));
  says("alice", "!resume");
  EXPECT_TRUE(heard("Nothing is halted"));
  says("alice", "!halt");
  says("bob", "!halt");
  EXPECT_TRUE(heard("It is halted already, by alice"));
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.halt"), "1");
}

}  // namespace
}  // namespace countersign::engine
