// rules*.json: a rule's criteria against a payload. "exception" and a recorded failure are one
// thing to us: Why::criterion_error.
#include "bot/core/match.h"
#include "bot/core/unicode.h"
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
    rule.criteria.push_back(
        {key, criterion.value("type", ""), Json(criterion.value("pattern", Ordered()))});
  return rule;
}

// Why a case cannot be run; empty if it can.
std::string not_runnable(const Ordered& c, const core::Rule& rule) {
  if (c.contains("quirk")) return "a quirk of the original";
  for (const core::Criterion& criterion : rule.criteria) {
    if (core::to_lower(criterion.op) == "search") return "operator search";
    const std::string pattern = criterion.pattern.dump();
    if (pattern.find("st2kv") != std::string::npos ||
        criterion.key.find("system") != std::string::npos)
      return "the datastore";
  }
  return "";
}

}  // namespace

Tally run_rules(std::string_view text) {
  const core::Environments no_production{{}};
  Tally tally;
  const Ordered file = Ordered::parse(text);
  for (const Ordered& c : file.at("cases")) {
    const core::Rule rule = rule_of(c.at("rule"));
    std::string reason = not_runnable(c, rule);
    core::Event event;
    event.trigger = rule.trigger;
    event.body = Json(c.at("payload"));
    const auto now = core::parse_instant(c.value("now", "2026-01-15T12:00:00Z"));
    const core::Verdict verdict = core::match(rule, event, no_production, now.value());
    const bool error = verdict.why == core::Why::criterion_error;
    if (error && verdict.criteria.back().error.find("not supported yet") != std::string::npos)
      reason = "template language beyond the supported part";
    if (!reason.empty()) {
      tally.skip(reason);
      continue;
    }
    const bool raised = c.at("expected_match") == "exception";
    const Json expected = {{"match", raised ? Json(false) : Json(c.at("expected_match"))},
                           {"error", raised || c.value("failure_recorded", false)}};
    tally.check(Json(c), expected, {{"match", verdict.matched()}, {"error", error}});
  }
  return tally;
}

}  // namespace countersign::conformance
