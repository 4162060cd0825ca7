// Lints: what is wrong with rules that load. What is dangerous is an error and refused at load;
// what is doubtful is a warning of `countersign check`, and a file may allow it for itself:
//
//   lint: {allow: [overlap]}
//
// A finding is made only of what can be shown from the files: undecidable means silence, or a
// lint of its own that says "may". Pure. docs/rules/lint.md is written from the table.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/packs.h"
#include "config/reader.h"

namespace countersign::config {

struct Lint {
  std::string_view name;
  Problem::Severity level;
  std::string_view finds;
  std::string_view why;
  std::string_view mend;
};
const std::vector<Lint>& lints();
const Lint* find_lint(std::string_view name);

// `lint:` of a file: only lints that exist, and none that is an error.
void check_allowed_lints(const Reader& lint);

// One rule as the lints see it. All of it belongs to somebody else.
struct LintedRule {
  const core::Rule* rule;
  const core::Action* action;  // null: there is none, or its file has errors
  Reader root;
  bool sound;  // its file has no errors: what it means is known
};

struct LintInput {
  const Settings& settings;
  const Scrutiny& scrutiny;
  std::vector<LintedRule> rules;               // by ref
  std::map<std::string, Reader> action_files;  // by ref
};

// Everything that is found and not allowed; without the doubts if nobody asked for them.
Problems find_lints(const LintInput& input);

}  // namespace countersign::config
