#include "bot/core/python_regex.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>
#include <vector>

#include "bot/core/regex_classes.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

constexpr std::size_t kMostDepth = 200;  // groups within groups

bool is_letter(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char32_t c) { return c >= '0' && c <= '9'; }
bool is_octal(char32_t c) { return c >= '0' && c <= '7'; }

Error bad(std::string_view what) {
  return invalid(fmt::format("bad regular expression: {}", what));
}

std::string coded(char32_t c) { return fmt::format("\\x{{{:x}}}", static_cast<unsigned>(c)); }

// The flags that change how a pattern is read; 'i' and 's' are the engine's alone.
struct Flags {
  bool multiline = false;
  bool verbose = false;
  bool ascii = false;
};

// One pass over the pattern; `at_` is what is to be read next.
class Translator {
 public:
  Translator(std::string_view pattern, RegexEngine engine)
      : pattern_(to_code_points(pattern)), engine_(engine) {}

  Result<TranslatedRegex> translate() {
    if (Result<void> flags = leading_flags(); !flags) return flags.error();
    while (!at_end()) {
      if (Result<void> done = next(); !done) return done.error();
    }
    if (!groups_.empty()) return bad("missing ), unterminated subpattern");
    return std::move(out_);
  }

 private:
  // What was read last, for a repetition that follows it.
  enum class Last { nothing, item, repetition };
  struct Group {
    Flags outside;
    std::string closing;
    int number = 0;  // 0: captures nothing
  };

  Result<void> next() {
    const char32_t c = take();
    if (flags_.verbose && skip_verbose(c)) return {};
    switch (c) {
      case U'\\':
        return escape();
      case U'[':
        return set();
      case U'(':
        return group();
      case U')':
        return close_group();
      case U'*':
      case U'+':
      case U'?':
        return repetition(std::string(1, static_cast<char>(c)));
      case U'{':
        return braces();
      case U'|':
      case U'^':
        return put(std::string(1, static_cast<char>(c)), Last::nothing);
      case U'$':
        return put(end_of_text(), Last::nothing);
      case U'.':
        return put(".");
      default:
        return put(is_letter(c) || is_digit(c) ? std::string(1, static_cast<char>(c)) : coded(c));
    }
  }

  // Without (?m) it also stands before a newline that ends the text.
  std::string end_of_text() const {
    return flags_.multiline || engine_ == RegexEngine::backtracking ? "$" : "(?:\\n?\\z)";
  }

  bool skip_verbose(char32_t c) {
    if (c == U'#') {
      while (!at_end() && take() != U'\n') {
      }
      return true;
    }
    return c == U' ' || (c >= U'\t' && c <= U'\r');
  }

  // (?i)(?s)...: for the whole pattern, so only at its start.
  Result<void> leading_flags() {
    while (starts_with(U"(?")) {
      const std::size_t end = pattern_.find_first_not_of(U"aiLmsux", at_ + 2);
      if (end == std::u32string::npos || end == at_ + 2 || pattern_[end] != U')') return {};
      const auto known = switch_flags(pattern_.substr(at_ + 2, end - at_ - 2), true);
      if (!known) return known.error();
      if (!known->empty()) out_.text += "(?" + *known + ")";
      at_ = end + 1;
    }
    return {};
  }

  // Those of the letters that the engine has to know; 'u' is Python's default.
  Result<std::string> switch_flags(std::u32string_view letters, bool on) {
    std::string known;
    for (const char32_t c : letters) {
      if (c == U'L') return bad("cannot use 'L' flag with text");
      if (!on && (c == U'a' || c == U'u')) return bad("'a' and 'u' cannot be turned off");
      if (c == U'm') flags_.multiline = on;
      if (c == U'x') flags_.verbose = on;
      if (c == U'a') flags_.ascii = on;
      if (c == U'i' || c == U'm' || c == U's') known += static_cast<char>(c);
    }
    return known;
  }

  // Behind "(".
  Result<void> group() {
    if (groups_.size() >= kMostDepth) return bad("too many groups within groups");
    if (!accept(U"?")) return open(Group{flags_, ")", ++captures_}, "(");
    if (accept(U"P")) return python_group();
    if (accept(U"#")) return comment();
    if (accept(U"(")) return conditional();
    struct Kind {
      std::u32string_view start;
      const char* open;
      const char* close;
      const char* backtracks;
    };
    // All that a look-behind holds is one branch, so that its branches have to be equally long.
    constexpr Kind kKinds[] = {{U":", "(?:", ")", ""},
                               {U"=", "(?=", ")", "look-ahead"},
                               {U"!", "(?!", ")", "look-ahead"},
                               {U"<=", "(?<=(?:", "))", "look-behind"},
                               {U"<!", "(?<!(?:", "))", "look-behind"},
                               {U">", "(?>", ")", "an atomic group"}};
    for (const Kind& kind : kKinds) {
      if (!accept(kind.start)) continue;
      backtracks(kind.backtracks);
      return open(Group{flags_, kind.close}, kind.open);
    }
    return flag_group();
  }

  // (?i-s:...)
  Result<void> flag_group() {
    const Flags outside = flags_;
    const std::size_t colon = pattern_.find_first_not_of(U"aiLmsux-", at_);
    if (colon == std::u32string::npos || colon == at_ || pattern_[colon] != U':')
      return bad("unknown kind of group, or flags that are not at the start");
    const std::u32string_view all = std::u32string_view(pattern_).substr(at_, colon - at_);
    const std::size_t minus = all.find(U'-');
    const auto on = switch_flags(all.substr(0, minus), true);
    if (!on) return on.error();
    std::string off;
    if (minus != std::u32string_view::npos) {
      if (minus + 1 == all.size() || all.find(U'-', minus + 1) != std::u32string_view::npos)
        return bad("missing flag");
      const auto known = switch_flags(all.substr(minus + 1), false);
      if (!known) return known.error();
      if (on->find_first_of(*known) != std::string::npos) return bad("a flag turned on and off");
      if (!known->empty()) off = "-" + *known;
    }
    at_ = colon + 1;
    return open(Group{outside, ")"}, "(?" + *on + off + ":");
  }

  // Behind "(?P".
  Result<void> python_group() {
    const bool defines = accept(U"<");
    if (!defines && !accept(U"=")) return bad("unknown kind of group");
    const auto name = name_until(defines ? U'>' : U')');
    if (!name) return name.error();
    const auto known = names_.find(*name);
    if (defines) {
      if (known != names_.end()) return bad("a group's name comes twice");
      names_[*name] = ++captures_;
      out_.names.emplace(captures_, to_utf8(*name));
      return open(Group{flags_, ")", captures_}, "(");
    }
    if (known == names_.end()) return bad("unknown group name");
    return back_reference(known->second);
  }

  Result<std::u32string> name_until(char32_t close) {
    const std::size_t end = pattern_.find(close, at_);
    if (end == std::u32string::npos || end == at_) return bad("missing group name");
    const std::u32string name = pattern_.substr(at_, end - at_);
    const auto fits = [](char32_t c) {
      return is_letter(c) || is_digit(c) || c == U'_' || c >= 0x80;
    };
    if (is_digit(name[0]) || !std::ranges::all_of(name, fits)) return bad("bad group name");
    at_ = end + 1;
    return name;
  }

  // Behind "(?(".
  Result<void> conditional() {
    backtracks("a conditional group");
    int number = 0;
    if (is_digit(peek())) {
      number = decimal(5).value_or(0);
      if (number == 0 || !accept(U")")) return bad("bad group number");
    } else {
      const auto name = name_until(U')');
      if (!name) return name.error();
      const auto known = names_.find(*name);
      if (known == names_.end()) return bad("unknown group name");
      number = known->second;
    }
    return open(Group{flags_, ")"}, fmt::format("(?({})", number));
  }

  Result<void> comment() {
    const std::size_t end = pattern_.find(U')', at_);
    if (end == std::u32string::npos) return bad("missing ), unterminated comment");
    at_ = end + 1;
    return {};
  }

  Result<void> open(Group group, const std::string& text) {
    groups_.push_back(std::move(group));
    return put(text, Last::nothing);
  }

  Result<void> close_group() {
    if (groups_.empty()) return bad("unbalanced parenthesis");
    const Group group = std::move(groups_.back());
    groups_.pop_back();
    flags_ = group.outside;
    return put(group.closing);
  }

  Result<void> repetition(const std::string& text) {
    if (last_ == Last::nothing) return bad("nothing to repeat");
    if (last_ == Last::repetition) return bad("multiple repeat");
    out_.text += text;
    if (accept(U"?")) {
      out_.text += '?';
    } else if (accept(U"+")) {
      backtracks("a possessive repetition");
      out_.text += '+';
    }
    last_ = Last::repetition;
    return {};
  }

  // Behind "{": a repetition, or the character itself.
  Result<void> braces() {
    const std::size_t start = at_;
    const std::optional<int> least = decimal(9);
    const bool comma = accept(U",");
    const std::optional<int> most = comma ? decimal(9) : least;
    if (!accept(U"}") || (!least && !comma)) {
      at_ = start;
      return put(coded(U'{'));
    }
    if (most && *most < least.value_or(0)) return bad("min repeat greater than max repeat");
    std::string text = fmt::format("{{{}", least.value_or(0));
    if (comma) text += most ? fmt::format(",{}", *most) : ",";
    return repetition(text + "}");
  }

  // Behind "\", outside of a set.
  Result<void> escape() {
    if (at_end()) return bad("bad escape (end of pattern)");
    const char32_t c = peek();
    if (const std::string_view members = char_class(c, flags_.ascii); !members.empty()) {
      take();
      return put(fmt::format("[{}]", members));
    }
    if (c == U'A' || c == U'Z') {
      take();
      return put(c == U'A' ? "\\A" : "\\z", Last::nothing);
    }
    if (c == U'b' || c == U'B') return word_border();
    if (c >= U'1' && c <= U'9') return numbered();
    const auto literal = escaped_character(false);
    if (!literal) return literal.error();
    return put(coded(*literal));
  }

  Result<void> word_border() {
    const bool negated = take() == U'B';
    if (engine_ == RegexEngine::linear || !flags_.ascii) {
      out_.ascii_only |= !flags_.ascii;
      return put(negated ? "\\B" : "\\b", Last::nothing);
    }
    const std::string_view w = char_class(U'w', true);
    const std::string text = negated
                                 ? fmt::format("(?:(?<=[{0}])(?=[{0}])|(?<![{0}])(?![{0}]))", w)
                                 : fmt::format("(?:(?<=[{0}])(?![{0}])|(?<![{0}])(?=[{0}]))", w);
    return put(text, Last::nothing);
  }

  // \1 to \99, unless three digits make an octal number.
  Result<void> numbered() {
    const auto rest = std::u32string_view(pattern_).substr(at_, 3);
    if (rest.size() == 3 && std::ranges::all_of(rest, is_octal)) {
      const auto literal = octal(3);
      if (!literal) return literal.error();
      return put(coded(*literal));
    }
    return back_reference(decimal(2).value_or(0));
  }

  Result<void> back_reference(int number) {
    backtracks("a back-reference");
    if (number > captures_) return bad("invalid group reference");
    if (std::ranges::find(groups_, number, &Group::number) != groups_.end())
      return bad("cannot refer to an open group");
    return put(fmt::format("\\g{{{}}}", number));
  }

  // Behind "\": one character.
  Result<char32_t> escaped_character(bool in_set) {
    constexpr std::u32string_view kNames = U"afnrtv", kMeant = U"\a\f\n\r\t\v";
    const char32_t c = take();
    if (const auto at = kNames.find(c); at != std::u32string_view::npos) return kMeant[at];
    if (in_set && c == U'b') return U'\b';
    if (c == U'x') return hexadecimal(2);
    if (c == U'u') return hexadecimal(4);
    if (c == U'U') return hexadecimal(8);
    if (c == U'0' || (in_set && is_octal(c))) {
      --at_;
      return octal(3);
    }
    if (is_letter(c) || is_digit(c))
      return bad(fmt::format("bad escape \\{}", static_cast<char>(c)));
    return c;
  }

  Result<char32_t> hexadecimal(std::size_t digits) {
    const std::string number = to_utf8(std::u32string_view(pattern_).substr(at_, digits));
    unsigned long value = 0;
    const char* const end = number.data() + number.size();
    const auto read = std::from_chars(number.data(), end, value, 16);
    if (number.size() != digits || read.ptr != end || value > 0x10FFFF)
      return bad("incomplete escape");
    at_ += digits;
    return static_cast<char32_t>(value);
  }

  Result<char32_t> octal(std::size_t most) {
    char32_t value = 0;
    for (std::size_t i = 0; i < most && is_octal(peek()); ++i) value = value * 8 + (take() - U'0');
    if (value > 0377) return bad("octal escape value outside of range 0-0o377");
    return value;
  }

  std::optional<int> decimal(std::size_t most) {
    std::optional<int> value;
    for (std::size_t i = 0; i < most && is_digit(peek()); ++i)
      value = value.value_or(0) * 10 + static_cast<int>(take() - U'0');
    return value;
  }

  // Behind "[".
  Result<void> set() {
    std::string text = accept(U"^") ? "[^" : "[";
    for (bool first = true;; first = false) {
      if (at_end()) return bad("unterminated character set");
      if (!first && accept(U"]")) return put(text + "]");
      const auto member = set_member();
      if (!member) return member.error();
      if (!starts_with(U"-") || starts_with(U"-]")) {
        text += member->text;
        continue;
      }
      take();
      if (at_end()) return bad("unterminated character set");
      const auto last = set_member();
      if (!last) return last.error();
      if (!member->character || !last->character || *last->character < *member->character)
        return bad("bad character range");
      text += member->text + "-" + last->text;
    }
  }

  struct Member {
    std::string text;
    std::optional<char32_t> character;  // nothing: a class
  };
  Result<Member> set_member() {
    const char32_t c = take();
    if (c != U'\\') return Member{coded(c), c};
    if (at_end()) return bad("unterminated character set");
    if (const std::string_view members = char_class(peek(), flags_.ascii); !members.empty()) {
      take();
      return Member{std::string(members), {}};
    }
    const auto literal = escaped_character(true);
    if (!literal) return literal.error();
    return Member{coded(*literal), *literal};
  }

  void backtracks(std::string_view what) {
    if (out_.backtracks.empty()) out_.backtracks = what;
  }

  Result<void> put(std::string_view text, Last last = Last::item) {
    out_.text += text;
    last_ = last;
    return {};
  }

  bool at_end() const { return at_ >= pattern_.size(); }
  char32_t peek() const { return at_end() ? U'\0' : pattern_[at_]; }
  char32_t take() { return pattern_[at_++]; }
  bool starts_with(std::u32string_view text) const {
    return std::u32string_view(pattern_).substr(at_).starts_with(text);
  }
  bool accept(std::u32string_view text) {
    if (!starts_with(text)) return false;
    at_ += text.size();
    return true;
  }

  const std::u32string pattern_;
  const RegexEngine engine_;
  std::size_t at_ = 0;
  TranslatedRegex out_;
  Flags flags_;
  Last last_ = Last::nothing;
  int captures_ = 0;
  std::map<std::u32string, int> names_;
  std::vector<Group> groups_;  // that are open
};

}  // namespace

Result<TranslatedRegex> translate_regex(std::string_view pattern, RegexEngine engine) {
  return Translator(pattern, engine).translate();
}

}  // namespace countersign::core
