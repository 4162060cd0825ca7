// Regular expressions as Python's `re` writes them, put into the words of an engine. Facts:
// protocols/stackstorm.md, "Operators".
#pragma once
#include <map>
#include <string>
#include <string_view>

#include "bot/core/result.h"

namespace countersign::core {

enum class RegexEngine {
  linear,        // RE2
  backtracking,  // PCRE2
};

struct TranslatedRegex {
  std::string text;
  // The first thing that only a backtracking engine can do ("look-ahead"). If there is one, a text
  // for the linear engine is of no use.
  std::string backtracks;
  // The linear engine is right about ASCII text only: its \b knows no other letters.
  bool ascii_only = false;
  std::map<int, std::string> names;  // of capturing groups, by their numbers
};

// The Error is what Python would raise at compile time, or a pattern beyond what both engines know
// (\N{...}). Capturing groups keep their numbers; their names are in `names` only.
Result<TranslatedRegex> translate_regex(std::string_view pattern, RegexEngine engine);

}  // namespace countersign::core
