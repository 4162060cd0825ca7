// The kinds of vector files this program can run, one source file per kind.
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "bot/core/json.h"

namespace countersign::conformance {

// What became of the cases of one file. A case that cannot be run yet is skipped for a reason that
// is counted; it never counts as passed.
struct Tally {
  int passed = 0;
  int failed = 0;
  std::map<std::string, int> skipped;  // reason to number

  // Counts a case; one that fails is printed with both sides.
  void check(const Json& test_case, const Json& expected, const Json& actual);
  void skip(const std::string& reason) { ++skipped[reason]; }
};

// A kind is told by the first letters of a file's name; the longest prefix that fits wins.
struct Kind {
  std::string_view prefix;
  Tally (*run)(const Json& file);
  // Instead of run, for kinds in which the order of an object's keys matters (Json sorts them).
  Tally (*run_text)(std::string_view text) = nullptr;
};

Tally run_operators(const Json& file);
Tally run_rules(std::string_view text);
Tally run_jinja(const Json& file);
Tally run_params(const Json& file);
Tally run_senders(const Json& file);
Tally run_dedup(const Json& file);

}  // namespace countersign::conformance
