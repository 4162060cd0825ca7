// operators*.json: one comparison each. `expected` is true, false or "error".
#include "bot/core/operators.h"
#include "bot/core/loose_date.h"
#include "bot/core/match.h"
#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

// For a value without a date the original took the day from the real clock, the day the cases were
// made, and not from the case's. Such a value is given with the date the original saw.
Json as_recorded(const Json& value, core::Instant now) {
  if (!value.is_string()) return value;
  const auto& text = value.get_ref<const std::string&>();
  const auto then = core::parse_loose_date(text, *core::parse_instant("2026-07-15T00:00:00Z"));
  if (!then || then == core::parse_loose_date(text, now)) return value;
  return core::format_instant(*then);
}

Result<bool> run_case(const Json& c) {
  const core::Instant now = core::parse_instant(c.value("now", "2026-01-15T12:00:00Z")).value();
  const Json value = c.contains("now") ? as_recorded(c.at("value"), now) : c.at("value");
  const std::string op = c.at("operator").get<std::string>();
  if (op != "search") return core::compare(op, value, c.at("pattern"), now);
  // Only a criterion has a condition; the value stands where its path leads.
  const core::Criterion criterion{"trigger.value", op, c.at("pattern"), c.value("condition", "")};
  const auto result = core::evaluate(criterion, {{"trigger", {{"value", value}}}}, now);
  if (!result.error.empty()) return invalid(result.error);
  return result.matched;
}

}  // namespace

Tally run_operators(const Json& file) {
  Tally tally;
  for (const Json& c : file.at("cases")) {
    const Result<bool> answer = run_case(c);
    tally.check(c, c.at("expected"), answer ? Json(*answer) : Json("error"));
  }
  return tally;
}

}  // namespace countersign::conformance
