// Patterns over text with Python's rules: regular expressions on RE2, so in linear time (T22), and
// shell wildcards.
#pragma once
#include <string_view>

#include "bot/core/result.h"

namespace countersign::core {

struct RegexMode {
  bool ignore_case = false;
  bool dot_matches_newline = false;
  bool at_start = false;  // the match must begin where the text begins
};

// Python's `re` flavour. Look-around, back-references and possessive or atomic groups are errors:
// they cannot be done in linear time. Differences left: \b knows ASCII letters only, as do \W and
// \S inside brackets.
Result<bool> regex_search(std::string_view pattern, std::string_view text, RegexMode mode);

// Would regex_search take this pattern?
Result<void> check_regex(std::string_view pattern);

// *, ?, [seq], [!seq] over the whole text, case-sensitive.
bool wildcard_match(std::string_view pattern, std::string_view text);

}  // namespace countersign::core
