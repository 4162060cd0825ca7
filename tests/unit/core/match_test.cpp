#include "bot/core/match.h"

#include <gtest/gtest.h>

#include "bot/core/action.h"

namespace countersign::core {
namespace {

const Instant kNow = *parse_instant("2026-01-15T12:00:00Z");

Rule disk_rule() {
  Rule rule;
  rule.name = "restart_on_disk_full";
  rule.pack = "ops";
  rule.trigger = "prometheus.alert";
  rule.criteria = {{"trigger.labels.alertname", "equals", "DiskAlmostFull"},
                   {"trigger.labels.severity", "equals", "warning"}};
  rule.action = "ops.rotate_logs";
  rule.parameters = {{"host", "{{ trigger.labels.instance }}"}};
  return rule;
}

Event disk_event() {
  Event event;
  event.trigger = "prometheus.alert";
  event.body = Json::parse(
      R"({"labels": {"alertname": "DiskAlmostFull", "severity": "warning", "instance": "web-3"}})");
  event.status = "firing";
  return event;
}

Why why(const Rule& rule, const Event& event) {
  return match(rule, event, Environments(), kNow).why;
}

TEST(Match, the_disk_rule_fires_and_renders_its_parameters) {
  const Verdict verdict = match(disk_rule(), disk_event(), Environments(), kNow);
  EXPECT_TRUE(verdict.matched());
  EXPECT_EQ(verdict.criteria.size(), 2u);
  EXPECT_EQ(*rule_parameters(disk_rule(), disk_event()), Json::parse(R"({"host": "web-3"})"));
}

TEST(Match, the_host_failure_rule_compares_a_number_and_needs_no_blanks_in_braces) {
  Rule rule;
  rule.trigger = "sensu.event_handler";
  rule.criteria = {{"trigger.check.status", "equals", 2},
                   {"trigger.check.name", "equals", "host_alive"}};
  rule.parameters = {{"hostname", "{{trigger.client.name}}"}, {"alert_channel", "#ops-alerts"}};
  Event event;
  event.trigger = "sensu.event_handler";
  event.body =
      Json::parse(R"({"check": {"status": 2, "name": "host_alive"}, "client": {"name": "db-1"}})");
  EXPECT_EQ(why(rule, event), Why::matched);
  EXPECT_EQ(*rule_parameters(rule, event),
            Json::parse(R"({"hostname": "db-1", "alert_channel": "#ops-alerts"})"));
  event.body["check"]["status"] = "2";
  EXPECT_EQ(why(rule, event), Why::criterion_failed);
}

TEST(Match, explains_the_first_criterion_that_failed_with_both_values) {
  Event event = disk_event();
  event.body["labels"]["alertname"] = "HostDown";
  const Verdict verdict = match(disk_rule(), event, Environments(), kNow);
  EXPECT_EQ(verdict.why, Why::criterion_failed);
  ASSERT_EQ(verdict.criteria.size(), 1u);
  EXPECT_EQ(verdict.criteria[0].expected, "DiskAlmostFull");
  EXPECT_EQ(verdict.criteria[0].actual, "HostDown");
}

TEST(Match, errors_are_told_from_mismatches) {
  Rule rule = disk_rule();
  for (const Criterion& bad :
       {Criterion{"trigger.labels", "regex", "x"}, Criterion{"trigger.a b", "exists", true},
        Criterion{"trigger.labels.severity", "equals", "{{ trigger.nope }}"},
        Criterion{"trigger.labels.severity", "search", "x"}}) {
    rule.criteria = {bad};
    const Verdict verdict = match(rule, disk_event(), Environments(), kNow);
    EXPECT_EQ(verdict.why, Why::criterion_error) << bad.key;
    EXPECT_FALSE(verdict.criteria.back().error.empty()) << bad.key;
  }
}

TEST(Match, checks_come_in_their_order) {
  Rule rule = disk_rule();
  Event event = disk_event();
  event.status = "resolved";
  EXPECT_EQ(why(rule, event), Why::resolved);
  event.body["labels"]["env"] = "production";
  EXPECT_EQ(why(rule, event), Why::other_environment);
  event.body = nullptr;
  EXPECT_EQ(why(rule, event), Why::unparsable);
  event.trigger = "other.thing";
  EXPECT_EQ(why(rule, event), Why::other_trigger);
  rule.enabled = false;
  EXPECT_EQ(why(rule, event), Why::disabled);
}

TEST(Match, a_rule_that_tests_the_status_sees_resolved_alerts) {
  Rule rule = disk_rule();
  Event event = disk_event();
  event.status = "resolved";
  event.body["status"] = "resolved";
  event.body["status_code"] = 1;
  rule.criteria = {{"trigger.status_code", "exists", true}};
  EXPECT_EQ(why(rule, event), Why::resolved);
  rule.criteria = {{"trigger.status", "equals", "resolved"}};
  EXPECT_EQ(why(rule, event), Why::matched);
}

TEST(Match, without_criteria_everything_matches_even_nothing) {
  Rule rule = disk_rule();
  rule.criteria.clear();
  Event event = disk_event();
  event.body = nullptr;
  EXPECT_EQ(why(rule, event), Why::matched);
}

TEST(Match, criteria_never_match_an_empty_payload) {
  Rule rule = disk_rule();
  rule.criteria = {{"trigger.x", "nexists", true}};
  Event event = disk_event();
  event.body = Json::object();
  EXPECT_EQ(why(rule, event), Why::criterion_failed);
}

TEST(Match, production_must_be_named) {
  Rule rule = disk_rule();
  Event event = disk_event();
  for (const char* name : {"prod", "Production", "PROD"}) {
    event.body["labels"]["environment"] = name;
    EXPECT_EQ(why(rule, event), Why::other_environment) << name;
  }
  event.body["labels"]["environment"] = "production";
  rule.environments = {"production"};
  EXPECT_EQ(why(rule, event), Why::matched);
  event.body["labels"].erase("environment");
  EXPECT_EQ(why(rule, event), Why::other_environment);
}

TEST(Match, the_environment_is_looked_for_in_four_places) {
  Event event;
  event.body = Json::parse(
      R"({"env": "d", "environment": "c", "labels": {"env": "b", "environment": "a"}})");
  EXPECT_EQ(Environments::of(event), "a");
  event.body["labels"].erase("environment");
  EXPECT_EQ(Environments::of(event), "b");
  event.body["labels"] = 7;
  EXPECT_EQ(Environments::of(event), "c");
  event.body.erase("environment");
  EXPECT_EQ(Environments::of(event), "d");
  event.body = Json::parse("[1]");
  EXPECT_EQ(Environments::of(event), "");
}

TEST(Match, templated_patterns_keep_their_type) {
  Rule rule = disk_rule();
  Event event = disk_event();
  event.body["a"] = 5;
  event.body["b"] = 5;
  rule.criteria = {{"trigger.a", "equals", "{{ trigger.b }}"}};
  EXPECT_EQ(why(rule, event), Why::matched);
}

TEST(Match, a_payload_is_never_a_template) {  // T23
  Rule rule = disk_rule();
  Event event = disk_event();
  event.body["labels"]["instance"] = "{{ trigger.labels.severity }}";
  EXPECT_EQ(*rule_parameters(rule, event),
            Json::parse(R"({"host": "{{ trigger.labels.severity }}"})"));
}

TEST(Match, missing_labels_make_an_error_of_the_parameters) {
  Event event = disk_event();
  event.body["labels"].erase("instance");
  EXPECT_FALSE(rule_parameters(disk_rule(), event));
}

TEST(Match, results_survive_being_stored) {
  const CriterionResult before{"trigger.n", "gt", 5, nullptr, false, "cannot compare"};
  const CriterionResult after = Json(before).get<CriterionResult>();
  EXPECT_EQ(Json(after), Json(before));
  EXPECT_EQ(after.error, "cannot compare");
}

}  // namespace
}  // namespace countersign::core
