// The shape of a regular expression of Python's kind: enough to judge how it repeats, and to write
// down a text that it matches. Not to match with.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::config {

struct RegexPart;
using RegexBranch = std::vector<RegexPart>;

struct RegexPart {
  enum class Kind {
    character,  // a letter, an escape, a set: one character
    any,        // '.'
    place,      // ^ $ \b: takes nothing
    group,
    other,  // look-around, back-references: nothing is known
  } kind = Kind::character;
  std::string example;                // of a character: one that fits; '^' and '$' themselves
  std::vector<RegexBranch> branches;  // of a group
  static constexpr int kForever = -1;
  int least = 1;
  int most = 1;  // or kForever
  bool endless() const { return most == kForever; }
};

// Nothing if it is no regular expression that is understood here.
std::optional<std::vector<RegexBranch>> parse_regex(std::string_view pattern);

// The text with the fewest repetitions; nothing if parts are not known. Places are not looked at.
std::optional<std::string> example_of(const std::vector<RegexBranch>& branches);

// '.*' or '.+': any text at all.
bool is_any_text(const RegexPart& part);
// Something that repeats without end repeats something that does: (a+)+, (\w+\s?)*. What stands
// between two rounds, as in (\d+\.)+, makes it harmless.
bool repeats_a_repetition(const std::vector<RegexBranch>& branches);
// The largest number in {n,m}, multiplied where such repetitions lie in each other.
long most_repeats(const std::vector<RegexBranch>& branches);

}  // namespace countersign::config
