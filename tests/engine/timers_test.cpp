// Timers over a real database: fired at least once, effective once.
#include "bot/engine/timers.h"

#include "bot/store/events.h"
#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using namespace std::chrono_literals;

class FiringTimers : public House {
 protected:
  FiringTimers() {
    intake_.start();
    action("ops.sweep", core::Tier::read_only);
  }
  ~FiringTimers() override { intake_.stop(); }

  void add_timer(const std::string& name, const Json& fields) {
    core::Rule one = rule(name, "ops.sweep");
    one.trigger = core::kCronTimer;
    one.trigger_parameters = core::Schedule::parse(core::kCronTimer, fields).schedule->parameters();
    one.criteria.clear();
    one.parameters = {{"host", "web-1"}};
    add(one);
    publish();
  }
  std::map<std::string, store::TimerRow> rows() {
    std::vector<std::string> keys;
    for (const auto& [key, timer] : timers_of(*current.get())) keys.push_back(key);
    return database.db().transact("rows", [&](store::Tx& tx) { return store::timers(tx, keys); });
  }
  // As if all had been handled up to then.
  std::map<std::string, store::TimerRow> rows_at(core::Instant handled) {
    auto all = rows();
    for (auto& [key, row] : all) row.handled = handled;
    return all;
  }
  std::string events() { return database.value("SELECT count(*) FROM cs.event"); }

  Intake intake_{deps};
  Timers timers_{deps, intake_}, other_{deps, intake_};
  const core::Instant noon_ = *core::parse_instant("2026-05-05T12:00:00Z");
};

TEST_F(FiringTimers, of_two_replicas_make_one_event_I3) {
  add_timer("sweep", {{"minute", 0}});
  EXPECT_TRUE(timers_.fire_due(noon_, rows_at(noon_ - 1min)));
  EXPECT_TRUE(other_.fire_due(noon_ + 3s, rows_at(noon_ - 1min)));
  EXPECT_EQ(events(), "1");
  EXPECT_EQ(database.value("SELECT trigger || ' ' || source || ' ' || delivery_id FROM cs.event"),
            "core.st2.CronTimer timer 2026-05-05T12:00:00Z");
  EXPECT_EQ(Json::parse(database.value("SELECT body FROM cs.event")),
            (Json{{"executed_at", "2026-05-05T12:00:00Z"},
                  {"schedule", {{"minute", "0"}, {"timezone", "UTC"}}}}));
}

TEST_F(FiringTimers, are_shared_by_rules_that_say_the_same_and_by_no_others) {
  add_timer("a", {{"minute", 0}});
  add_timer("b", {{"minute", "0"}});
  add_timer("c", {{"minute", "0,30"}});
  timers_.fire_due(noon_ + 30min, rows_at(noon_ + 29min));
  settle();
  EXPECT_EQ(database.value("SELECT string_agg(rule, ' ' ORDER BY rule) FROM cs.decision"), "ops.c");
  timers_.fire_due(noon_, rows_at(noon_ - 1min));
  settle();
  EXPECT_EQ(events(), "3");
  EXPECT_EQ(database.value("SELECT string_agg(rule, ' ' ORDER BY rule, event_id) FROM cs.decision"),
            "ops.a ops.b ops.c ops.c");
}

TEST_F(FiringTimers, remember_what_was_handled_and_do_not_fire_it_again) {
  add_timer("sweep", {{"second", "*"}});
  const auto before = rows();
  const core::Instant now = before.begin()->second.handled + 5s;
  EXPECT_TRUE(timers_.fire_due(now, before));
  EXPECT_FALSE(timers_.fire_due(now, rows()));
  EXPECT_EQ(events(), "1") << "what was missed fires once, for the latest moment";
}

TEST_F(FiringTimers, stay_due_while_nothing_can_be_stored) {
  add_timer("sweep", {{"minute", 0}});
  intake_.stop();
  EXPECT_FALSE(timers_.fire_due(noon_, rows_at(noon_ - 1min)));
  Intake again(deps);
  again.start();
  Timers later(deps, again);
  EXPECT_TRUE(later.fire_due(noon_ + 10s, rows_at(noon_ - 1min)));
  again.stop();
  EXPECT_EQ(events(), "1");
}

TEST_F(FiringTimers, begin_with_the_first_moment_after_they_were_named) {
  add_timer("sweep", {{"second", "*/2"}});
  while (events() == "0") timers_.run_once({});
  EXPECT_EQ(
      database.value("SELECT count(*) FROM cs.event e, cs.timer t WHERE e.received_at <= t.since"),
      "0");
}

TEST_F(FiringTimers, of_disabled_rules_do_not_exist) {
  add_timer("sweep", {{"minute", 0}});
  catalog.rules.back().enabled = false;
  publish();
  EXPECT_TRUE(timers_of(*current.get()).empty());
}

}  // namespace
}  // namespace countersign::engine
