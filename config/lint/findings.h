// Where the families of lints put what they find, and the families there are.
#pragma once
#include <string>
#include <string_view>

#include "config/lint/lint.h"

namespace countersign::config {

class Findings {
 public:
  // `file` is the root of the file that may allow it, `place` what it is about. The message goes
  // before the table's advice: no full stop.
  void add(std::string_view lint, const Reader& file, const Reader& place, std::string message);
  Problems take() && { return std::move(problems_); }

 private:
  Problems problems_;
};

// Does this file say that it may have findings of this lint?
bool allows(const Reader& file, std::string_view lint);

void find_unscoped(const LintInput& input, Findings& findings);     // lint_scope.cpp
void find_unreachable(const LintInput& input, Findings& findings);  // lint_reach.cpp
void find_overlaps(const LintInput& input, Findings& findings);     // lint_overlap.cpp
void find_loops(const LintInput& input, Findings& findings);        // lint_loops.cpp
void find_regexes(const LintInput& input, Findings& findings);      // lint_regex.cpp
void find_shells(const LintInput& input, Findings& findings);       // lint_shell.cpp
void find_unlimited(const LintInput& input, Findings& findings);    // lint_limits.cpp

}  // namespace countersign::config
