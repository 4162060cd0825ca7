#include "bot/app/rule_tests.h"

#include "bot/core/match.h"
#include "bot/core/schedule.h"

namespace countersign::app {
namespace {

// An example is about the criteria: it matches whatever environment it names, and whether or not
// the rule is switched on.
core::Rule as_tested(const core::Rule& rule) {
  core::Rule tested = rule;
  tested.enabled = true;
  return tested;
}

std::string why_not(const core::Verdict& verdict) {
  if (verdict.criteria.empty())
    return std::string(core::name(verdict.why)) +
           (verdict.detail.empty() ? "" : " (" + verdict.detail + ")");
  const auto& c = verdict.criteria.back();
  return c.key + " " + c.op + " " + c.expected.dump() + ", but the event has " + c.actual.dump() +
         (c.error.empty() ? "" : " (" + c.error + ")");
}

void compare_parameters(const Json& expected, const Json& actual,
                        std::vector<std::string>& failures) {
  for (const auto& [key, value] : expected.items()) {
    const Json got = actual.value(key, Json());
    if (got != value)
      failures.push_back("parameter " + key + ": expected " + value.dump() + ", got " + got.dump());
  }
}

RuleTestResult run(const core::Rule& rule, const core::RuleTest& test) {
  RuleTestResult result{test.name, test.line, {}};
  core::Event event;
  event.trigger = rule.trigger;
  event.body = test.event;
  // An example of a timer need not repeat the schedule.
  if (core::is_timer(rule.trigger) && event.body.is_object())
    event.body.emplace("schedule", rule.trigger_parameters);
  if (test.event.is_object() && test.event.contains("status") && test.event["status"].is_string())
    event.status = test.event["status"].get<std::string>();
  const auto verdict = core::match(rule, event, {}, {});
  if (verdict.matched() != test.match) {
    result.failures.push_back(test.match ? "expected a match, but " + why_not(verdict)
                                         : "expected no match, but every criterion holds");
    return result;
  }
  if (!test.parameters || !test.match) return result;
  const auto parameters = core::rule_parameters(rule, event);
  if (!parameters) {
    result.failures.push_back("parameters: " + parameters.error().message);
  } else {
    compare_parameters(*test.parameters, *parameters, result.failures);
  }
  return result;
}

}  // namespace

std::vector<RuleTestResult> run_rule_tests(const core::Rule& rule) {
  std::vector<RuleTestResult> out;
  for (const auto& test : rule.tests) out.push_back(run(as_tested(rule), test));
  return out;
}

}  // namespace countersign::app
