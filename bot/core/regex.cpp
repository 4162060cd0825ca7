#include "bot/core/regex.h"

#include <re2/re2.h>

#include <algorithm>

#include "bot/core/backtracking_regex.h"
#include "bot/core/python_regex.h"
#include "bot/core/regex_limits.h"

namespace countersign::core {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::none_of(text, [](char c) { return (c & '\x80') != 0; });
}

std::shared_ptr<const re2::RE2> compile_linear(const std::string& text, RegexMode mode) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryLimit);
  options.set_case_sensitive(!mode.ignore_case);
  options.set_dot_nl(mode.dot_matches_newline);
  options.set_never_capture(true);
  return std::make_shared<const re2::RE2>(text, options);
}

// What Python takes and RE2 finds too large.
bool too_large(re2::RE2::ErrorCode code) {
  return code == re2::RE2::ErrorRepeatSize || code == re2::RE2::ErrorPatternTooLarge;
}

}  // namespace

Result<Regex> Regex::compile(std::string_view pattern, RegexMode mode) {
  if (pattern.size() > kPatternLimit) return invalid("the regular expression is too long");
  const auto linear = translate_regex(pattern, RegexEngine::linear);
  if (!linear) return linear.error();
  Regex regex;
  regex.at_start_ = mode.at_start;
  regex.backtracks_ = linear->backtracks;
  if (regex.backtracks_.empty()) {
    regex.linear_ = compile_linear(linear->text, mode);
    if (!regex.linear_->ok()) {
      if (!too_large(regex.linear_->error_code()))
        return invalid("bad regular expression: " + regex.linear_->error());
      regex.linear_.reset();
      regex.backtracks_ = "a repetition that is too large";
    } else if (!linear->ascii_only) {
      return regex;
    }
  }
  const auto translated = translate_regex(pattern, RegexEngine::backtracking);
  if (!translated) return translated.error();
  auto backtracking = BacktrackingRegex::compile(translated->text, mode);
  if (!backtracking) return backtracking.error();
  regex.backtracking_ = std::move(*backtracking);
  return regex;
}

Result<bool> Regex::search(std::string_view text) const {
  if (text.size() > kTextLimit) return invalid("the text is too long for a regular expression");
  if (!linear_ || (backtracking_ && !is_ascii(text))) return backtracking_->search(text);
  const auto anchor = at_start_ ? re2::RE2::ANCHOR_START : re2::RE2::UNANCHORED;
  return linear_->Match({text.data(), text.size()}, 0, text.size(), anchor, nullptr, 0);
}

Result<bool> regex_search(std::string_view pattern, std::string_view text, RegexMode mode) {
  const Result<Regex> regex = Regex::compile(pattern, mode);
  if (!regex) return regex.error();
  return regex->search(text);
}

}  // namespace countersign::core
