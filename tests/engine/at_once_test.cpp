// What is done together: a plan with the decision that asked for it, several decisions in one
// transaction, and what has to be on disk before anybody outside hears of it.
#include "bot/store/events.h"
#include "bot/store/runs.h"
#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class AtOnce : public House {
 protected:
  AtOnce() {
    action("ops.look", Tier::read_only);
    action("ops.rotate", Tier::mutating);
  }
  void decide() { decider.run_once({}); }
};

TEST_F(AtOnce, a_plan_that_takes_neither_a_dry_run_nor_people_is_made_with_the_decision_I15) {
  add(rule("disk", "ops.look"));
  publish();
  alert("web-3", "d1");
  decide();
  EXPECT_EQ(only_run().state, RunState::ready);
  EXPECT_EQ(only_run().plan_no, 1);
  EXPECT_EQ(
      database.value(
          "SELECT string_agg(kind, ' ' ORDER BY audit_id) FROM cs.audit WHERE ref LIKE 'run:%'"),
      "run.asked run.planned");
  settle();
  EXPECT_EQ(only_run().state, RunState::succeeded);
  EXPECT_EQ(runner.effects(), 1);
}

TEST_F(AtOnce, a_dry_run_or_a_question_is_left_to_the_planner) {
  auto looked_at = action("ops.peek", Tier::read_only);
  looked_at.runner = "command";
  looked_at.entry_point = "/bin/true";
  looked_at.plan = {core::DryRun::Kind::argument, "--dry-run"};
  catalog.actions["ops.peek"] = looked_at;
  add(rule("first", "ops.peek"));
  add(rule("second", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  decide();
  EXPECT_EQ(database.value("SELECT string_agg(DISTINCT state, ' ') FROM cs.run"), "planned");
  EXPECT_TRUE(runner.calls.empty());  // no program is started inside a transaction
  planner.run_once({});
  planner.run_once({});
  EXPECT_EQ(database.value("SELECT string_agg(state, ' ' ORDER BY state) FROM cs.run"),
            "awaiting_approval ready");
}

TEST_F(AtOnce, events_that_are_decided_together_do_not_share_a_failure_I2) {
  add(rule("disk", "ops.look"));
  publish();
  alert("web-1", "d1");
  const auto broken = alert("web-2", "d2");
  alert("web-3", "d3");
  database.script("ALTER TABLE cs.run ADD CONSTRAINT broken CHECK (event_id <> " + broken.text() +
                  ")");
  decide();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run WHERE state = 'ready'"), "2");
  EXPECT_EQ(database.value("SELECT event_id FROM cs.event_queue"), broken.text());
}

// Looks at the disk whenever it is told something.
class Witness : public FakeChat {
 public:
  explicit Witness(std::function<std::string()> look) : look_(std::move(look)) {}
  core::Delivery deliver(const core::Outgoing& out, std::stop_token stop) override {
    seen.push_back(look_());
    return FakeChat::deliver(out, stop);
  }
  std::vector<std::string> seen;

 private:
  const std::function<std::string()> look_;
};

TEST_F(AtOnce, nothing_is_said_that_a_crash_of_the_database_could_undo_I16) {
  std::string written;
  Witness witness(
      [&] { return database.value("SELECT pg_current_wal_flush_lsn() >= '" + written + "'"); });
  OutboxSender speaker(deps, witness);
  speaker.run_once({});  // has the chat from now on, which is on disk
  add(rule("disk", "ops.rotate"));
  publish();
  for (const char* host : {"web-1", "web-2", "web-3"}) {
    alert(host, host);
    decider.run_once({});
    planner.run_once({});
    written = database.value("SELECT pg_current_wal_insert_lsn()");
    while (speaker.run_once({})) {
    }
  }
  EXPECT_EQ(witness.seen, (std::vector<std::string>{"true", "true", "true"}));
}

}  // namespace
}  // namespace countersign::engine
