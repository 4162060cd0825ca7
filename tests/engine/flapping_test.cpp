// Alerts that change all the time: what is held, what people see of it, and how it goes on.
#include "bot/store/events.h"
#include "bot/store/runs.h"
#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Flaps : public House {
 protected:
  Flaps() {
    action("ops.rotate", Tier::mutating);
    action("ops.look", Tier::read_only);
  }
  core::Rule rotate() {
    auto r = rule("disk", "ops.rotate");
    r.flapping = {2, std::chrono::minutes(10)};
    return r;
  }
  core::EventId fire(const std::string& host = "web-3") { return turn(host, "firing"); }
  core::EventId resolve(const std::string& host = "web-3") { return turn(host, "resolved"); }
  // Past the limit of two changes: the third is an episode that is held.
  core::EventId flap(const std::string& host = "web-3") {
    fire(host);
    resolve(host);
    return fire(host);
  }
  void calm_down() {
    database.script("UPDATE cs.flapping SET calm_at = clock_timestamp()");
    keeper.run_once({});
    settle();
  }
  std::string verdict(core::EventId event) {
    return database.value("SELECT verdict FROM cs.decision WHERE event_id = " + event.text());
  }
  core::Run latest() {
    return run({std::stoll("0" + database.value("SELECT max(run_id) FROM cs.run"))});
  }
  int posted(const std::string& part) const {
    return static_cast<int>(std::ranges::count_if(chat.sent, [&](const auto& out) {
      return out.op == core::Outgoing::Op::post &&
             core::as_text(out.message).find(part) != std::string::npos;
    }));
  }

 private:
  core::EventId turn(const std::string& host, const std::string& status) {
    const auto event = alert(host, "d" + std::to_string(++turns_), status);
    settle();
    return event;
  }
  int turns_ = 0;
};

TEST_F(Flaps, past_the_rules_limit_are_held_and_make_no_plan) {
  add(rotate());
  publish();
  EXPECT_EQ(verdict(flap()), "flapping");
  EXPECT_EQ(latest().state, RunState::held);
  EXPECT_FALSE(latest().plan);
  EXPECT_EQ(posted("is flapping"), 1);
  EXPECT_NE(said().back().find("DiskAlmostFull on web-3 is flapping"), std::string::npos);
  EXPECT_NE(said().back().find("changed 3 times"), std::string::npos);
  EXPECT_EQ(runner.effects(), 0);
}

TEST_F(Flaps, are_told_of_in_one_message_that_changes_however_long_it_goes_on) {
  add(rotate());
  publish();
  flap();
  for (int i = 0; i < 5; ++i) {
    resolve();
    EXPECT_NE(said().back().find("it is resolved"), std::string::npos);
    EXPECT_EQ(latest().state, RunState::cancelled);
    fire();
    EXPECT_EQ(latest().state, RunState::held);
  }
  EXPECT_EQ(posted("is flapping"), 1);
  EXPECT_NE(said().back().find("changed 13 times"), std::string::npos);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run WHERE state = 'held'"), "1");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.flapping"), "1");
}

TEST_F(Flaps, do_not_keep_what_only_looks_from_running) {
  auto r = rule("disk", "ops.look");
  r.flapping = {2, std::chrono::minutes(10)};
  add(r);
  publish();
  EXPECT_EQ(verdict(flap()), "flapping");
  EXPECT_EQ(runner.effects(), 2);
  EXPECT_EQ(posted("is flapping"), 0);
}

TEST_F(Flaps, go_on_as_a_normal_plan_once_they_are_calm) {
  add(rotate());
  publish();
  flap();
  keeper.run_once({});
  settle();
  EXPECT_EQ(latest().state, RunState::held) << "it is not calm yet";
  calm_down();
  EXPECT_EQ(latest().state, RunState::awaiting_approval);
  EXPECT_EQ(heard("is calm again"), 1);
  EXPECT_EQ(posted("is calm again"), 0) << "the message has changed";
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.flapping"), "0");
}

TEST_F(Flaps, that_end_resolved_leave_nothing_to_do) {
  add(rotate());
  publish();
  flap();
  resolve();
  calm_down();
  EXPECT_EQ(heard("is calm again"), 1);
  EXPECT_EQ(latest().state, RunState::cancelled);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run WHERE state IN ('held', 'planned')"), "0");
}

TEST_F(Flaps, are_held_until_they_are_calm_even_if_they_slow_down) {
  add(rotate());
  publish();
  flap();
  database.script("UPDATE cs.alert_series SET changes = ARRAY[]::timestamptz[]");
  resolve();
  EXPECT_EQ(verdict(fire()), "flapping");
  EXPECT_EQ(latest().state, RunState::held);
}

TEST_F(Flaps, of_one_alert_hold_no_other) {
  add(rotate());
  publish();
  flap("web-3");
  EXPECT_EQ(verdict(fire("web-4")), "run_created");
  EXPECT_EQ(latest().state, RunState::awaiting_approval);
}

TEST_F(Flaps, are_a_duplicate_where_they_say_nothing_new) {
  add(rotate());
  publish();
  flap();
  EXPECT_EQ(verdict(fire()), "duplicate");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "2");
}

TEST_F(Flaps, take_nothing_of_the_rate_limit) {
  auto r = rotate();
  r.rate_limit = core::RateLimit{2, std::chrono::minutes(10)};
  add(r);
  publish();
  flap("web-3");
  EXPECT_EQ(verdict(fire("web-4")), "run_created");
}

TEST_F(Flaps, are_released_by_who_may_approve_who_then_is_the_requester_T33) {
  add(rotate());
  publish();
  flap();
  const auto held = latest().id;
  command("mallory", "!release R" + held.text());
  settle();
  EXPECT_EQ(run(held).state, RunState::held);
  command("alice", "!release R" + held.text());
  settle();
  EXPECT_EQ(run(held).state, RunState::awaiting_approval);
  EXPECT_EQ(run(held).requester, "mm:alice");
  EXPECT_EQ(database.value("SELECT actor FROM cs.audit WHERE kind = 'run.released'"), "mm:alice");
  calm_down();
  EXPECT_EQ(run(held).state, RunState::awaiting_approval);
  command("alice", "!release R" + held.text());
  settle();
  EXPECT_EQ(heard("is not held because its alert flaps"), 1);
}

TEST_F(Flaps, that_were_held_before_a_loss_are_not_let_go_by_a_clock_I18) {
  add(rotate());
  publish();
  flap();
  database.script("UPDATE cs.epoch SET held_at = clock_timestamp()");
  calm_down();
  EXPECT_EQ(latest().state, RunState::held);
  EXPECT_EQ(heard("stays held"), 1);
}

TEST_F(Flaps, explain_themselves_with_numbers) {
  add(rotate());
  publish();
  const auto event = flap();
  command("alice", "!why E" + event.text());
  settle();
  EXPECT_EQ(heard("its alert is flapping"), 1);
  EXPECT_EQ(heard("flapping: 3 changes in 10m, the limit is 2"), 1);
  EXPECT_EQ(heard("held until it has been quiet for 10m, which is not before "), 1);
}

TEST_F(Flaps, of_a_rule_that_keeps_its_runs_hold_only_the_latest) {
  auto r = rotate();
  r.on_resolve = core::OnResolve::keep;
  add(r);
  publish();
  flap();
  const auto first = latest().id;
  resolve();
  EXPECT_EQ(run(first).state, RunState::held);
  fire();
  EXPECT_EQ(run(first).state, RunState::cancelled);
  EXPECT_EQ(latest().state, RunState::held);
  resolve();
  calm_down();
  EXPECT_EQ(latest().state, RunState::awaiting_approval);
}

}  // namespace
}  // namespace countersign::engine
