// Patterns over text with Python's rules, used once: regular expressions (regex.h keeps a compiled
// one) and shell wildcards.
#pragma once
#include <string_view>

#include "bot/core/result.h"

namespace countersign::core {

struct RegexMode {
  bool ignore_case = false;
  bool dot_matches_newline = false;
  bool at_start = false;  // the match must begin where the text begins
};

// Python's `re` flavour; see Regex.
Result<bool> regex_search(std::string_view pattern, std::string_view text, RegexMode mode);

// *, ?, [seq], [!seq] over the whole text, case-sensitive.
bool wildcard_match(std::string_view pattern, std::string_view text);

}  // namespace countersign::core
