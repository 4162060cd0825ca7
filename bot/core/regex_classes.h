// What \d \D \s \S \w \W stand for in Python, written so that RE2 and PCRE2 read it alike, between
// the brackets of a set. Exact but for code points that Unicode has not assigned.
#pragma once
#include <string_view>

namespace countersign::core {

struct RegexClass {
  char32_t letter;
  std::string_view unicode;
  std::string_view ascii;  // under the flag 'a'
};

inline constexpr RegexClass kRegexClasses[] = {
    {U'd', "\\p{Nd}", "0-9"},
    {U'D', "\\P{Nd}", "\\x{0}-\\x{2f}\\x{3a}-\\x{10ffff}"},
    {U's',
     "\\x{9}-\\x{d}\\x{1c}-\\x{20}\\x{85}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"
     "\\x{202f}\\x{205f}\\x{3000}",
     "\\x{9}-\\x{d}\\x{20}"},
    {U'S',
     "\\x{0}-\\x{8}\\x{e}-\\x{1b}\\x{21}-\\x{84}\\x{86}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"
     "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"
     "\\x{3001}-\\x{10ffff}",
     "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{10ffff}"},
    {U'w', "\\p{L}\\p{N}_", "0-9A-Za-z_"},
    // Every category but letters and numbers; of the connecting punctuation all but '_'.
    {U'W',
     "\\p{M}\\p{S}\\p{Z}\\p{C}\\p{Pd}\\p{Ps}\\p{Pe}\\p{Pi}\\p{Pf}\\p{Po}\\x{203f}\\x{2040}"
     "\\x{2054}\\x{fe33}\\x{fe34}\\x{fe4d}-\\x{fe4f}\\x{ff3f}",
     "\\x{0}-\\x{2f}\\x{3a}-\\x{40}\\x{5b}-\\x{5e}\\x{60}\\x{7b}-\\x{10ffff}"},
};

// Empty if the letter names no class.
inline std::string_view char_class(char32_t letter, bool ascii) {
  for (const RegexClass& known : kRegexClasses)
    if (known.letter == letter) return ascii ? known.ascii : known.unicode;
  return {};
}

}  // namespace countersign::core
