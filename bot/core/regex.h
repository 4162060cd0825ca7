// A regular expression with Python's meaning, compiled once. RE2 does the work, in linear time;
// what RE2 cannot do (look-around, back-references, atomic groups) is done by PCRE2 within limits
// (docs/decisions/0027).
#pragma once
#include <memory>
#include <string>
#include <string_view>

#include "bot/core/result.h"
#include "bot/core/text_match.h"

namespace re2 {
class RE2;
}

namespace countersign::core {

class BacktrackingRegex;

// Cheap to copy; any number of threads may search at once.
class Regex {
 public:
  // The Error says what Python would not take either, or that the pattern is too large.
  static Result<Regex> compile(std::string_view pattern, RegexMode mode);

  // An Error if the text is too long, or takes more steps than a backtracking pattern may have.
  Result<bool> search(std::string_view text) const;

  // Why nobody can tell what a search costs ("look-ahead"); empty if it is linear.
  const std::string& backtracks() const { return backtracks_; }

 private:
  Regex() = default;

  std::shared_ptr<const re2::RE2> linear_;  // null if the pattern backtracks
  // For such a pattern, and for text that RE2 sees differently.
  std::shared_ptr<const BacktrackingRegex> backtracking_;
  std::string backtracks_;
  bool at_start_ = false;
};

}  // namespace countersign::core
