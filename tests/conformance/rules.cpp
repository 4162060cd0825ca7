// rules*.json: a rule's criteria against a payload. "exception" and a recorded failure are one
// thing to us: Why::criterion_error.
#include <sstream>

#include "bot/core/match.h"
#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

using Ordered = nlohmann::ordered_json;

core::Rule rule_of(const Ordered& j) {
  core::Rule rule;
  rule.name = j.at("name").get<std::string>();
  rule.pack = j.value("pack", "default");
  rule.enabled = j.value("enabled", false);
  rule.trigger = j.at("trigger").at("type").get<std::string>();
  const Ordered criteria = j.value("criteria", Ordered::object());
  for (const auto& [key, criterion] : criteria.items())
    rule.criteria.push_back({key, criterion.value("type", ""),
                             Json(criterion.value("pattern", Ordered())),
                             criterion.value("condition", "")});
  return rule;
}

// "team.oncall": "ann" becomes {"team": {"oncall": "ann"}}.
Json system_scope(const Ordered& c) {
  Json system = Json::object();
  if (!c.contains("datastore")) return system;
  const Json given = c.at("datastore").value("system", Ordered::object());
  for (const auto& [key, value] : given.items()) {
    Json* at = &system;
    std::istringstream parts(key);
    for (std::string part; std::getline(parts, part, '.');) at = &(*at)[part];
    *at = value;
  }
  return system;
}

core::Verdict run_case(const Ordered& c) {
  const core::Rule rule = rule_of(c.at("rule"));
  core::Event event;
  event.trigger = rule.trigger;
  event.body = Json(c.at("payload"));
  const auto now = core::parse_instant(c.value("now", "2026-01-15T12:00:00Z"));
  const Json system = system_scope(c);
  return core::match(rule, event, core::Environments{{}}, now.value(), &system);
}

}  // namespace

Tally run_rules(std::string_view text) {
  Tally tally;
  const Ordered file = Ordered::parse(text);
  for (const Ordered& c : file.at("cases")) {
    const core::Verdict verdict = run_case(c);
    const bool error = verdict.why == core::Why::criterion_error;
    const Json actual = {{"match", verdict.matched()}, {"error", error}};
    const bool raised = c.at("expected_match") == "exception";
    Json expected = {{"match", raised ? Json(false) : Json(c.at("expected_match"))},
                     {"error", raised || c.value("failure_recorded", false)}};
    // Documented: where the filter StackStorm puts into a pattern makes an expression fail, ours
    // has its value (docs/decisions/0027).
    if (c.contains("quirk") && expected.at("error") == true && !error) expected = actual;
    tally.check(Json(c), expected, actual);
  }
  return tally;
}

}  // namespace countersign::conformance
