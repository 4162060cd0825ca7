// Runs the examples in a rule file. Pure.
#pragma once
#include <string>
#include <vector>

#include "bot/core/rule.h"

namespace countersign::app {

struct RuleTestResult {
  std::string name;
  int line = 0;
  std::vector<std::string> failures;  // empty: it passed
};
std::vector<RuleTestResult> run_rule_tests(const core::Rule& rule);

}  // namespace countersign::app
