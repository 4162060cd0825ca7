// All places where a pattern of Python's flavour matches, with its groups. The same patterns and
// limits as regex_search (core/text_match.h).
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/text_match.h"

namespace countersign::core {

struct RegexMatch {
  std::size_t begin = 0, end = 0;                  // in bytes
  std::vector<std::optional<std::string>> groups;  // the first is the match itself
  std::vector<std::string> names;                  // of the groups; empty where there is none
};

// In order and without overlap, as re.finditer(); an Error if there are more than `most`.
Result<std::vector<RegexMatch>> regex_find_all(std::string_view pattern, std::string_view text,
                                               RegexMode mode, std::size_t most);

}  // namespace countersign::core
