// Regular expressions that say less than they cost.
#include <fmt/format.h>

#include <algorithm>

#include "config/lint/findings.h"
#include "config/lint/regex_shape.h"

namespace countersign::config {
namespace {

constexpr long kManyRepeats = 256;

bool takes_nothing(const RegexPart& part) { return part.kind == RegexPart::Kind::place; }

// '', '^', '.*', '^.*$': no line fails it. '^$' does make a demand.
bool demands_nothing(const RegexBranch& branch) {
  bool start = false, end = false, any = false;
  for (const RegexPart& part : branch) {
    if (is_any_text(part) && part.least == 0) {
      any = true;
    } else if (part.kind == RegexPart::Kind::place && !part.example.empty()) {
      (part.example == "^" ? start : end) = true;
    } else {
      return false;
    }
  }
  return any || !(start && end);
}

bool begins_with_anything(const RegexBranch& branch) {
  const auto first = std::ranges::find_if_not(branch, takes_nothing);
  return first != branch.end() && is_any_text(*first);
}

// What is doubtful about it; empty: nothing.
std::string doubt(const std::vector<RegexBranch>& branches) {
  if (std::ranges::any_of(branches, demands_nothing))
    return "matches every text: it is no criterion";
  if (repeats_a_repetition(branches))
    return "repeats a repetition: an engine that goes back would try every way to cut a text";
  if (const long n = most_repeats(branches); n >= kManyRepeats)
    return fmt::format("repeats {} times", n);
  if (std::ranges::any_of(branches, begins_with_anything))
    return "begins with '.*': every text is read to its end and back";
  return "";
}

}  // namespace

void find_regexes(const LintInput& input, Findings& findings) {
  for (const LintedRule& rule : input.rules) {
    for (const auto& [key, criterion] : rule.root.at("criteria").members()) {
      const Reader pattern = criterion.at("pattern");
      const Reader type = criterion.at("type");
      if (!type.is_text() || type.text().find("regex") == std::string::npos) continue;
      const auto shape = pattern.is_text() ? parse_regex(pattern.text()) : std::nullopt;
      const std::string words = shape ? doubt(*shape) : "";
      if (!words.empty()) findings.add("unbounded-regex", rule.root, pattern, words);
    }
  }
}

}  // namespace countersign::config
