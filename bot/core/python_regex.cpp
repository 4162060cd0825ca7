#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <memory>

#include "bot/core/regex_find.h"

namespace countersign::core {
namespace {

constexpr std::size_t kPatternLimit = 8 * 1024;
constexpr std::size_t kTextLimit = 1024 * 1024;
constexpr std::int64_t kMemoryLimit = 8 << 20;  // of a compiled pattern

// The classes Python takes from Unicode and RE2 from ASCII; for inside brackets without the
// brackets.
constexpr std::string_view kWord = "\\p{L}\\p{N}_";
constexpr std::string_view kDigit = "\\p{Nd}";
constexpr std::string_view kSpace = "\\s\\x0b\\x1c-\\x1f\\x{85}\\p{Z}";

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error not_linear(std::string_view what) {
  return invalid(fmt::format(
      "{} in a regular expression cannot be done in linear time and is not supported", what));
}

// Rewrites a pattern of Python's `re` for RE2. One pass; `rest_` is what is still to be read.
class Translator {
 public:
  explicit Translator(std::string_view pattern) : rest_(pattern) {}

  Result<std::string> translate() {
    if (Result<void> flags = leading_flags(); !flags) return flags.error();
    while (!rest_.empty()) {
      if (Result<void> done = next(); !done) return done.error();
    }
    return out_;
  }

 private:
  Result<void> next() {
    const char c = take();
    const bool after_repetition = repeated_;
    repeated_ = false;
    if (c == '\\') return escape(false);
    if (c == '[') return set();
    if (c == '(' && rest_.starts_with('?')) return group();
    if (c == '{') {
      repetition();
    } else if (c == '$' && !multiline_) {
      out_ += "(?:\\n?\\z)";  // Python's $ also stands before a newline that ends the text
    } else {
      if (c == '+' && after_repetition) return not_linear("a possessive repetition");
      repeated_ = c == '*' || c == '+' || (c == '?' && !after_repetition);
      out_ += c;
    }
    return {};
  }

  // (?i)(?s)...: for the whole pattern, so only at its start.
  Result<void> leading_flags() {
    while (rest_.starts_with("(?")) {
      const std::size_t end = rest_.find_first_not_of("aiLmsux", 2);
      if (end == std::string_view::npos || end == 2 || rest_[end] != ')') return {};
      const Result<std::string> known = flags(rest_.substr(2, end - 2));
      if (!known) return known.error();
      if (!known->empty()) out_ += "(?" + *known + ")";
      rest_.remove_prefix(end + 1);
    }
    return {};
  }

  // Those of the flags that RE2 needs to know; 'u' is Python's default.
  Result<std::string> flags(std::string_view letters) {
    std::string known;
    for (const char c : letters) {
      if (c == 'a' || c == 'L' || c == 'x')
        return invalid(fmt::format("the flag '{}' is not supported in regular expressions", c));
      if (c == 'm') multiline_ = true;
      if (c != 'u') known += c;
    }
    return known;
  }

  // Behind "(", at "?".
  Result<void> group() {
    if (rest_.starts_with("?:") || rest_.starts_with("?P<")) {
      out_ += '(';
      return {};
    }
    if (rest_.starts_with("?#")) {
      const std::size_t end = rest_.find(')');
      if (end == std::string_view::npos) return invalid("unclosed comment in a regular expression");
      rest_.remove_prefix(end + 1);
      return {};
    }
    constexpr std::pair<std::string_view, std::string_view> kRefused[] = {
        {"?=", "look-ahead"},         {"?!", "look-ahead"},        {"?<=", "look-behind"},
        {"?<!", "look-behind"},       {"?P=", "a back-reference"}, {"?>", "an atomic group"},
        {"?(", "a conditional group"}};
    for (const auto& [start, what] : kRefused)
      if (rest_.starts_with(start)) return not_linear(what);
    const std::size_t end = rest_.find_first_not_of("iLmsuax-", 1);
    if (end == std::string_view::npos || end == 1 || rest_[end] != ':')
      return invalid("unknown kind of group in a regular expression");
    const std::string_view letters = rest_.substr(1, end - 1);
    rest_.remove_prefix(end);
    const Result<std::string> known = flags(letters);
    if (!known) return known.error();
    out_ += "(?" + *known;
    return {};
  }

  // Behind "{": a repetition, or the character itself.
  void repetition() {
    const std::size_t end = rest_.find_first_not_of("0123456789,");
    const std::string_view inner = rest_.substr(0, end == std::string_view::npos ? 0 : end);
    const std::size_t commas =
        static_cast<std::size_t>(std::count(inner.begin(), inner.end(), ','));
    if (inner.empty() || commas > 1 || rest_[end] != '}') {
      out_ += "\\{";
      return;
    }
    out_ += inner.front() == ',' ? "{0" : "{";
    out_ += inner;
    out_ += '}';
    repeated_ = true;
    rest_.remove_prefix(end + 1);
  }

  // Behind "[".
  Result<void> set() {
    out_ += '[';
    if (rest_.starts_with('^')) out_ += take();
    if (rest_.starts_with(']')) {
      take();
      out_ += "\\]";
    }
    while (!rest_.empty()) {
      const char c = take();
      if (c == ']') {
        out_ += ']';
        return {};
      }
      if (c == '\\') {
        if (Result<void> done = escape(true); !done) return done;
      } else {
        if (c == '[') out_ += '\\';  // no POSIX classes in Python
        out_ += c;
      }
    }
    return invalid("unclosed '[' in a regular expression");
  }

  // Behind "\".
  Result<void> escape(bool in_set) {
    if (rest_.empty()) return invalid("a regular expression ends in a backslash");
    const char c = take();
    switch (c) {
      case 'w':
        return char_class(kWord, in_set, false);
      case 'd':
        return char_class(kDigit, in_set, false);
      case 's':
        return char_class(kSpace, in_set, false);
      case 'D':
        if (in_set) return literal("\\P{Nd}");
        return char_class(kDigit, in_set, true);
      case 'W':
        if (in_set) return literal("\\W");
        return char_class(kWord, in_set, true);
      case 'S':
        if (in_set) return literal("\\S");
        return char_class(kSpace, in_set, true);
      case 'b':
        return literal(in_set ? "\\x08" : "\\b");
      case 'x':
        return coded(2);
      case 'u':
        return coded(4);
      case 'U':
        return coded(8);
      default:
        return plain_escape(c, in_set);
    }
  }

  Result<void> plain_escape(char c, bool in_set) {
    constexpr std::string_view kSame = "afnrtv";
    if (kSame.find(c) != std::string_view::npos) return literal({'\\', c});
    if (!in_set && (c == 'A' || c == 'B')) return literal({'\\', c});
    if (!in_set && c == 'Z') return literal("\\z");
    if (c == '0') return literal("\\x00");
    if (is_digit(c)) return not_linear("a back-reference");
    if (is_letter(c)) return invalid(fmt::format("bad escape \\{} in a regular expression", c));
    return literal(static_cast<unsigned char>(c) < 0x80 ? re2::RE2::QuoteMeta({&c, 1})
                                                        : std::string(1, c));
  }

  Result<void> coded(std::size_t digits) {
    const std::string_view number = rest_.substr(0, digits);
    if (number.size() != digits ||
        number.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos)
      return invalid("incomplete escape in a regular expression");
    rest_.remove_prefix(digits);
    return literal(fmt::format("\\x{{{}}}", number));
  }

  Result<void> char_class(std::string_view members, bool in_set, bool negated) {
    if (in_set) return literal(std::string(members));
    return literal(fmt::format("[{}{}]", negated ? "^" : "", members));
  }

  Result<void> literal(std::string text) {
    out_ += text;
    return {};
  }

  char take() {
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  std::string_view rest_;
  std::string out_;
  bool multiline_ = false;
  bool repeated_ = false;  // a repetition was read just now
};

Result<std::unique_ptr<re2::RE2>> compile(std::string_view pattern, RegexMode mode) {
  if (pattern.size() > kPatternLimit) return invalid("the regular expression is too long");
  const Result<std::string> translated = Translator(pattern).translate();
  if (!translated) return translated.error();
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kMemoryLimit);
  options.set_case_sensitive(!mode.ignore_case);
  options.set_dot_nl(mode.dot_matches_newline);
  auto regex = std::make_unique<re2::RE2>(*translated, options);
  if (!regex->ok()) return invalid("bad regular expression: " + regex->error());
  return regex;
}

}  // namespace

Result<bool> regex_search(std::string_view pattern, std::string_view text, RegexMode mode) {
  if (text.size() > kTextLimit) return invalid("the text is too long for a regular expression");
  const Result<std::unique_ptr<re2::RE2>> regex = compile(pattern, mode);
  if (!regex) return regex.error();
  const auto anchor = mode.at_start ? re2::RE2::ANCHOR_START : re2::RE2::UNANCHORED;
  return (*regex)->Match({text.data(), text.size()}, 0, text.size(), anchor, nullptr, 0);
}

Result<void> check_regex(std::string_view pattern) {
  if (const auto regex = compile(pattern, {}); !regex) return regex.error();
  return {};
}

Result<std::vector<RegexMatch>> regex_find_all(std::string_view pattern, std::string_view text,
                                               RegexMode mode, std::size_t most) {
  if (text.size() > kTextLimit) return invalid("the text is too long for a regular expression");
  const Result<std::unique_ptr<re2::RE2>> regex = compile(pattern, mode);
  if (!regex) return regex.error();
  const int groups = (*regex)->NumberOfCapturingGroups() + 1;
  std::vector<std::string> names(static_cast<std::size_t>(groups));
  for (const auto& [number, name] : (*regex)->CapturingGroupNames())
    names[static_cast<std::size_t>(number)] = name;
  std::vector<RegexMatch> out;
  std::vector<re2::StringPiece> found(static_cast<std::size_t>(groups));
  const auto anchor = mode.at_start ? re2::RE2::ANCHOR_START : re2::RE2::UNANCHORED;
  const re2::StringPiece all(text.data(), text.size());
  for (std::size_t at = 0; at <= text.size();) {
    if (!(*regex)->Match(all, at, text.size(), anchor, found.data(), groups)) break;
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
