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
  // {"match": ..., "parameters": {...}}, of the parameters only those that the example names.
  Json expected;
  Json actual;
};
std::vector<RuleTestResult> run_rule_tests(const core::Rule& rule);

// What differs, a line for each: "- parameters.host: "web-4"" is expected, "+ ..." is there.
std::vector<std::string> difference(const Json& expected, const Json& actual);

// All examples of one rule.
struct RuleReport {
  std::string rule;  // ref
  std::string file;
  std::vector<RuleTestResult> tests;
  std::size_t failed() const;
};

// As CI servers read it (JUnit's XML): a suite for each rule file, a case for each example.
std::string junit(const std::vector<RuleReport>& reports);

}  // namespace countersign::app
