#include <optional>

#include "bot/core/text_match.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

// The index of the ']' that closes the set opened at `open`, or nothing: then '[' is itself.
std::optional<std::size_t> set_end(const std::u32string& pattern, std::size_t open) {
  std::size_t at = open + 1;
  if (at < pattern.size() && pattern[at] == U'!') ++at;
  if (at < pattern.size() && pattern[at] == U']') ++at;
  at = pattern.find(U']', at);
  if (at == std::u32string::npos) return std::nullopt;
  return at;
}

// Does the set between the brackets hold c?
bool set_holds(std::u32string_view set, char32_t c) {
  const bool negated = set.starts_with(U'!');
  if (negated) set.remove_prefix(1);
  bool held = false;
  while (!set.empty() && !held) {
    const bool is_range = set.size() >= 3 && set[1] == U'-';
    held = is_range ? set[0] <= c && c <= set[2] : set[0] == c;
    set.remove_prefix(is_range ? 3 : 1);
  }
  return held != negated;
}

// Matches one character at pattern[at]; moves `at` behind what was used of the pattern.
bool match_one(const std::u32string& pattern, std::size_t& at, char32_t c) {
  if (pattern[at] == U'[') {
    if (const auto end = set_end(pattern, at)) {
      const bool holds = set_holds(std::u32string_view(pattern).substr(at + 1, *end - at - 1), c);
      at = *end + 1;
      return holds;
    }
  }
  const char32_t wanted = pattern[at++];
  return wanted == U'?' || wanted == c;
}

}  // namespace

bool wildcard_match(std::string_view pattern_text, std::string_view text) {
  const std::u32string pattern = to_code_points(pattern_text);
  const std::u32string letters = to_code_points(text);
  std::size_t p = 0;
  std::size_t t = 0;
  // Where to go on after a mismatch: the last '*' takes one more character.
  std::optional<std::size_t> star;
  std::size_t star_taken = 0;
  while (t < letters.size() || p < pattern.size()) {
    if (p < pattern.size() && pattern[p] == U'*') {
      star = ++p;
      star_taken = t;
      continue;
    }
    if (p < pattern.size() && t < letters.size() && match_one(pattern, p, letters[t])) {
      ++t;
      continue;
    }
    if (!star || star_taken >= letters.size()) return false;
    p = *star;
    t = ++star_taken;
  }
  return true;
}

}  // namespace countersign::core
