// Which events lead to which decisions.
#include "tests/engine/house.h"

#include "bot/store/events.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::RunState;
using core::Tier;

class Decisions : public House {
 protected:
  Decisions() {
    action("ops.rotate", Tier::mutating);
    action("ops.look", Tier::read_only);
  }
  std::vector<std::string> verdicts(core::EventId event) {
    std::vector<std::string> out;
    for (const auto& d :
         deps.db.transact("read", [&](store::Tx& tx) { return store::decisions_of(tx, event); }))
      out.push_back(d.rule + " " + d.verdict);
    return out;
  }
};

TEST_F(Decisions, name_every_rule_of_the_trigger_with_its_reason) {
  add(rule("disk", "ops.rotate"));
  auto other = rule("other", "ops.look");
  other.criteria.front().pattern = "Nothing";
  add(other);
  publish();
  const auto event = alert("web-3", "d1");
  settle();
  EXPECT_EQ(verdicts(event),
            (std::vector<std::string>{"ops.disk run_created", "ops.other no_match"}));
}

TEST_F(Decisions, exist_for_an_event_no_rule_is_for_I2) {
  publish();
  const auto event = alert("web-3", "d1");
  settle();
  EXPECT_EQ(verdicts(event), std::vector<std::string>{"- no_match"});
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.event_queue"), "0");
}

TEST_F(Decisions, let_the_first_event_of_a_window_pass_and_join_the_others_to_it) {
  auto r = rule("disk", "ops.rotate");
  r.dedup = core::Dedup{"{{ trigger.labels.instance }}", std::chrono::minutes(30),
                        core::DedupMode::leading};
  add(r);
  publish();
  alert("web-3", "d1");
  settle();
  const auto second = alert("web-3", "d2");
  settle();
  EXPECT_EQ(verdicts(second), std::vector<std::string>{"ops.disk duplicate"});
  alert("web-4", "d3");
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "2");
}

TEST_F(Decisions, stop_at_a_rules_rate_limit) {
  auto r = rule("disk", "ops.rotate");
  r.rate_limit = core::RateLimit{2, std::chrono::minutes(10)};
  add(r);
  publish();
  core::EventId last;
  for (const char* host : {"web-1", "web-2", "web-3"}) last = alert(host, host);
  settle();
  EXPECT_EQ(verdicts(last), std::vector<std::string>{"ops.disk rate_limited"});
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "2");
}

TEST_F(Decisions, about_a_resolve_cancel_what_has_not_started) {
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  settle();
  const auto resolved = alert("web-3", "d2", "resolved");
  settle();
  EXPECT_EQ(verdicts(resolved), std::vector<std::string>{"ops.disk no_match"});
  EXPECT_EQ(only_run().state, RunState::cancelled);
  EXPECT_NE(said().back().find("resolved"), std::string::npos);
}

TEST_F(Decisions, take_a_firing_after_a_resolve_for_a_new_episode) {
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  alert("web-3", "d2", "resolved");
  alert("web-3", "d3");
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "2");
}

TEST_F(Decisions, call_a_repeat_of_the_same_state_a_duplicate) {
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  const auto again = alert("web-3", "d2");
  settle();
  EXPECT_EQ(verdicts(again), std::vector<std::string>{"ops.disk duplicate"});
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Decisions, make_no_run_of_a_resolve_that_ends_nothing_whatever_the_rule_tests) {
  auto r = rule("up", "ops.look");
  r.criteria.push_back({"trigger.status", "equals", "resolved"});
  add(r);
  publish();
  const auto unknown = alert("web-3", "d1", "resolved");
  settle();
  EXPECT_EQ(verdicts(unknown), std::vector<std::string>{"ops.up no_match"});
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "0");
  alert("web-3", "d2");
  const auto known = alert("web-3", "d3", "resolved");
  settle();
  EXPECT_EQ(verdicts(known), std::vector<std::string>{"ops.up run_created"});
}

TEST_F(Decisions, about_a_late_resolve_cancel_nothing) {
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  settle();
  database.script("UPDATE cs.alert_series SET starts_at = '2026-01-01T10:00:00Z'");
  core::Incoming late;
  late.source = "alerts";
  late.trigger = "prometheus.alert";
  late.delivery_id = "d2";
  late.body = {{"startsAt", "2026-01-01T09:00:00Z"},
               {"labels", {{"alertname", "DiskAlmostFull"}, {"instance", "web-3"}}}};
  late.series = "web-3";
  late.status = "resolved";
  accept(late);
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
}

TEST_F(Decisions, about_a_resolve_keep_what_the_rule_says_and_what_only_looks) {
  auto kept = rule("disk", "ops.rotate");
  kept.on_resolve = core::OnResolve::keep;
  add(kept);
  auto look = rule("look", "ops.look");
  look.approval = core::ApprovalAsk{{"sre"}, 1};
  add(look);
  auto cancelled = rule("other", "ops.rotate");
  cancelled.on_resolve = core::OnResolve::cancel;
  add(cancelled);
  publish();
  alert("web-3", "d1");
  settle();
  alert("web-3", "d2", "resolved");
  settle();
  EXPECT_EQ(
      database.value("SELECT string_agg(rule || ' ' || state, ', ' ORDER BY rule) FROM cs.run"),
      "ops.disk awaiting_approval, ops.look awaiting_approval, ops.other cancelled");
}

TEST_F(Decisions, name_the_place_in_the_window_and_the_run_it_joined) {
  auto r = rule("disk", "ops.rotate");
  r.dedup = core::Dedup{"{{ trigger.labels.instance }}", std::chrono::minutes(30),
                        core::DedupMode::leading};
  add(r);
  publish();
  core::EventId last;
  for (const char* delivery : {"d1", "d2", "d3", "d4"}) last = alert("web-3", delivery);
  settle();
  command("alice", "!why E" + last.text());
  settle();
  EXPECT_EQ(heard("web-3: the 4th of its leading window of 30m, joined R" + only_run().id.text()),
            1);
}

TEST_F(Decisions, go_by_the_time_of_receipt_and_not_by_the_senders_clock_T20) {
  auto r = rule("disk", "ops.rotate");
  r.dedup = core::Dedup{"{{ trigger.labels.instance }}", std::chrono::minutes(30),
                        core::DedupMode::leading};
  add(r);
  publish();
  for (const char* dated :
       {"1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "2026-01-01T00:00:00Z"}) {
    core::Incoming in;
    in.source = "alerts";
    in.trigger = "prometheus.alert";
    in.delivery_id = dated;
    in.body = {{"startsAt", dated},
               {"labels", {{"alertname", "DiskAlmostFull"}, {"instance", "web-3"}}}};
    accept(in);
  }
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(database.value("SELECT open_until < clock_timestamp() + interval '31 min' AND "
                           "open_until > clock_timestamp() FROM cs.dedup_window"),
            "true");
}

TEST_F(Decisions, are_limited_in_new_keys_for_each_source_and_say_so_once_T21) {
  add(rule("disk", "ops.look"));
  publish();
  configure([](config::Settings& settings) {
    config::Source source;
    source.name = "alerts";
    source.new_keys_per_minute = 2;
    settings.sources = {source};
  });
  std::vector<core::EventId> events;
  for (const char* host : {"web-1", "web-2", "web-3", "web-4", "web-5"})
    events.push_back(alert(host, host));
  for (const char* table : {"event", "event_queue"})  // all in one minute
    database.script("UPDATE cs." + std::string(table) +
                    " SET received_at = date_trunc('minute', received_at)");
  settle();
  EXPECT_EQ(verdicts(events[1]), std::vector<std::string>{"ops.disk run_created"});
  EXPECT_EQ(verdicts(events[2]), std::vector<std::string>{"- rate_limited"});
  EXPECT_EQ(verdicts(events[4]), std::vector<std::string>{"- rate_limited"});
  EXPECT_EQ(heard("sends too much that is new"), 1);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.alert_series"), "2");
  const auto known = alert("web-1", "again", "resolved");
  settle();
  EXPECT_EQ(verdicts(known), std::vector<std::string>{"ops.disk no_match"});
}

TEST_F(Decisions, about_a_poisoned_event_neither_hold_nor_kill_the_others_I2) {
  add(rule("disk", "ops.rotate"));
  publish();
  database.script("ALTER TABLE cs.run ADD CHECK (parameters::text NOT LIKE '%poison%')");
  alert("web-1", "d1");
  const auto poisoned = alert("poison", "d2");
  alert("web-2", "d3");
  alert("web-3", "d4");
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.run"), "3");
  EXPECT_EQ(database.value("SELECT event_id FROM cs.event_queue"), poisoned.text());
  EXPECT_EQ(database.value("SELECT attempt FROM cs.event_queue"), "1");
}

TEST_F(Decisions, about_a_poisoned_event_are_made_once_a_person_has_it_tried_again_I2) {
  add(rule("disk", "ops.rotate"));
  publish();
  alert("web-3", "d1");
  database.script("ALTER TABLE cs.run ADD CONSTRAINT poison CHECK (rule <> 'ops.disk')");
  for (int i = 0; i < Decider::kTries; ++i) {
    decider.run_once({});
    database.script("UPDATE cs.event_queue SET next_at = clock_timestamp()");
  }
  database.script("ALTER TABLE cs.run DROP CONSTRAINT poison");
  command("alice", "!dead-letters");
  settle();
  EXPECT_NE(said().back().find("D1"), std::string::npos);
  command("alice", "!retry D1");
  settle();
  EXPECT_EQ(only_run().state, RunState::awaiting_approval);
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.alert_series"), "1");
}

TEST_F(Decisions, that_fail_again_and_again_end_as_a_dead_letter_people_see_I2) {
  auto r = rule("disk", "ops.rotate");
  add(r);
  publish();
  const auto event = alert("web-3", "d1");
  database.script("ALTER TABLE cs.run ADD CHECK (rule <> 'ops.disk')");
  for (int i = 0; i < Decider::kTries; ++i) {
    decider.run_once({});
    database.script("UPDATE cs.event_queue SET next_at = clock_timestamp()");
  }
  settle();
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.event_queue"), "0");
  EXPECT_EQ(database.value("SELECT ref FROM cs.dead_letter"), "event:" + event.text());
  EXPECT_NE(said().back().find("dead letter"), std::string::npos);
}

}  // namespace
}  // namespace countersign::engine
