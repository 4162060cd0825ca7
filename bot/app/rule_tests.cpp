#include "bot/app/rule_tests.h"

#include <algorithm>

#include "bot/core/match.h"
#include "bot/core/schedule.h"

namespace countersign::app {
namespace {

// An example is about the criteria: it matches whatever environment it names, or does not name,
// and whether or not the rule is switched on.
core::Rule as_tested(const core::Rule& rule, const core::Event& event) {
  core::Rule tested = rule;
  tested.enabled = true;
  tested.environments = {core::Environments::of(event)};
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

core::Event event_of(const core::Rule& rule, const core::RuleTest& test) {
  core::Event event;
  event.trigger = rule.trigger;
  event.body = test.event;
  // An example of a timer need not repeat the schedule.
  if (core::is_timer(rule.trigger) && event.body.is_object())
    event.body.emplace("schedule", rule.trigger_parameters);
  if (test.event.is_object() && test.event.contains("status") && test.event["status"].is_string())
    event.status = test.event["status"].get<std::string>();
  return event;
}

// Of what the rule gives its action, the parameters that the example names.
void run_parameters(const core::Rule& rule, const core::Event& event, const Json& expected,
                    RuleTestResult& result) {
  result.expected["parameters"] = expected;
  result.actual["parameters"] = Json::object();
  const auto parameters = core::rule_parameters(rule, event);
  if (!parameters) {
    result.failures.push_back("parameters: " + parameters.error().message);
    return;
  }
  for (const auto& [key, value] : expected.items()) {
    if (parameters->contains(key)) result.actual["parameters"][key] = parameters->at(key);
  }
  compare_parameters(expected, *parameters, result.failures);
}

RuleTestResult run(const core::Rule& rule, const core::RuleTest& test) {
  RuleTestResult result{test.name, test.line, {}, {{"match", test.match}}, {}};
  const core::Event event = event_of(rule, test);
  const auto verdict = core::match(as_tested(rule, event), event, {}, {});
  result.actual["match"] = verdict.matched();
  if (verdict.matched() != test.match) {
    result.failures.push_back(test.match ? "expected a match, but " + why_not(verdict)
                                         : "expected no match, but every criterion holds");
  } else if (test.parameters && test.match) {
    run_parameters(rule, event, *test.parameters, result);
  }
  return result;
}

void differ(const std::string& place, const Json& expected, const Json& actual,
            std::vector<std::string>& out) {
  if (expected == actual) return;
  if (expected.is_object() && actual.is_object()) {
    const auto inside = [&](const std::string& key) {
      return place.empty() ? key : place + "." + key;
    };
    for (const auto& [key, value] : expected.items())
      differ(inside(key), value, actual.value(key, Json()), out);
    for (const auto& [key, value] : actual.items()) {
      if (!expected.contains(key)) differ(inside(key), Json(), value, out);
    }
    return;
  }
  if (!expected.is_null()) out.push_back("- " + place + ": " + expected.dump());
  if (!actual.is_null()) out.push_back("+ " + place + ": " + actual.dump());
}

}  // namespace

std::vector<RuleTestResult> run_rule_tests(const core::Rule& rule) {
  std::vector<RuleTestResult> out;
  for (const auto& test : rule.tests) out.push_back(run(rule, test));
  return out;
}

std::vector<std::string> difference(const Json& expected, const Json& actual) {
  std::vector<std::string> out;
  differ("", expected, actual, out);
  return out;
}

std::size_t RuleReport::failed() const {
  return static_cast<std::size_t>(std::ranges::count_if(
      tests, [](const RuleTestResult& test) { return !test.failures.empty(); }));
}

}  // namespace countersign::app
