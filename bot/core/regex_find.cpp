#include "bot/core/regex_find.h"

#include <re2/re2.h>

#include "bot/core/python_regex.h"
#include "bot/core/regex_limits.h"

namespace countersign::core {
namespace {

re2::RE2::Options options_for(RegexMode mode) {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryLimit);
  options.set_case_sensitive(!mode.ignore_case);
  options.set_dot_nl(mode.dot_matches_newline);
  return options;
}

}  // namespace

Result<std::vector<RegexMatch>> regex_find_all(std::string_view pattern, std::string_view text,
                                               RegexMode mode, std::size_t most) {
  if (text.size() > kTextLimit) return invalid("the text is too long for a regular expression");
  if (pattern.size() > kPatternLimit) return invalid("the regular expression is too long");
  const auto translated = translate_regex(pattern, RegexEngine::linear);
  if (!translated) return translated.error();
  if (!translated->backtracks.empty())
    return invalid("a " + translated->backtracks + " cannot be used here");
  const re2::RE2 regex(translated->text, options_for(mode));
  if (!regex.ok()) return invalid("bad regular expression: " + regex.error());
  const int groups = regex.NumberOfCapturingGroups() + 1;
  std::vector<std::string> names(static_cast<std::size_t>(groups));
  for (const auto& [number, name] : translated->names)
    names.at(static_cast<std::size_t>(number)) = name;
  std::vector<RegexMatch> out;
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups));
  const auto anchor = mode.at_start ? re2::RE2::ANCHOR_START : re2::RE2::UNANCHORED;
  const re2::StringPiece all(text.data(), text.size());
  for (std::size_t at = 0; at <= text.size();) {
    if (!regex.Match(all, at, text.size(), anchor, found.data(), groups)) break;
    RegexMatch match;
    match.begin = static_cast<std::size_t>(found[0].data() - text.data());
    match.end = match.begin + found[0].size();
    for (const re2::StringPiece& group : found)
      match.groups.push_back(group.data() == nullptr
                                 ? std::optional<std::string>()
                                 : std::string(group.data(), group.size()));
    match.names = names;
    // Behind an empty match the search goes on one letter further.
    at = match.end;
    if (match.end == match.begin)
      do ++at;
      while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80);
    if (out.size() == most) return invalid("the regular expression matches too often");
    out.push_back(std::move(match));
  }
  return out;
}

}  // namespace countersign::core
