#include "config/lint/regex_shape.h"

#include <re2/re2.h>

#include <algorithm>
#include <charconv>

namespace countersign::config {
namespace {

using Kind = RegexPart::Kind;

constexpr int kDeepest = 50;
constexpr long kEnough = 1'000'000;

class ShapeParser {
 public:
  explicit ShapeParser(std::string_view pattern) : rest_(pattern) {}

  std::optional<std::vector<RegexBranch>> parse() {
    auto branches = alternatives(0);
    if (!branches || !rest_.empty()) return std::nullopt;
    return branches;
  }

 private:
  std::optional<std::vector<RegexBranch>> alternatives(int depth) {
    if (depth > kDeepest) return std::nullopt;
    std::vector<RegexBranch> out(1);
    while (!rest_.empty() && rest_.front() != ')') {
      if (take_if("|")) {
        out.emplace_back();
        continue;
      }
      auto part = one(depth);
      if (!part) return std::nullopt;
      if (!repetition(*part)) return std::nullopt;
      out.back().push_back(std::move(*part));
    }
    return out;
  }

  std::optional<RegexPart> one(int depth) {
    const char c = take();
    if (c == '(') return group(depth);
    if (c == '[') return set();
    if (c == '\\') return escape();
    if (c == '.') return RegexPart{Kind::any, "x"};
    if (c == '^' || c == '$') return RegexPart{Kind::place, std::string(1, c)};
    if (c == '*' || c == '+' || c == '?') return std::nullopt;
    return RegexPart{Kind::character, std::string(1, c)};
  }

  std::optional<RegexPart> group(int depth) {
    RegexPart part{Kind::group};
    if (take_if("?P<")) {
      const auto end = rest_.find('>');
      if (end == std::string_view::npos) return std::nullopt;
      rest_.remove_prefix(end + 1);
    } else if (take_if("?") && !take_if(":")) {
      const auto end = rest_.find_first_not_of("aiLmsux-");
      if (end == std::string_view::npos || end == 0) return skip_group(depth);
      rest_.remove_prefix(end);
      if (take_if(")")) return RegexPart{Kind::place};
      if (!take_if(":")) return std::nullopt;
    }
    auto branches = alternatives(depth + 1);
    if (!branches || !take_if(")")) return std::nullopt;
    part.branches = std::move(*branches);
    return part;
  }

  // Look-around and the like.
  std::optional<RegexPart> skip_group(int depth) {
    rest_.remove_prefix(std::min(rest_.find_first_not_of("=!<>P"), rest_.size()));
    if (!alternatives(depth + 1) || !take_if(")")) return std::nullopt;
    return RegexPart{Kind::other};
  }

  std::optional<RegexPart> set() {
    const std::string_view from = rest_;
    const bool negated = take_if("^");
    std::string members;
    if (take_if("]")) members = "]";
    while (!rest_.empty() && rest_.front() != ']') {
      if (take() == '\\') {
        if (const auto part = escape()) members += part->example;
      } else {
        members += last_;
      }
    }
    if (!take_if("]")) return std::nullopt;
    if (!negated) return RegexPart{Kind::character, members.substr(0, 1)};
    return outside("[" + std::string(from.substr(0, from.size() - rest_.size())));
  }

  static RegexPart outside(const std::string& set) {
    const re2::RE2 compiled(set, re2::RE2::Quiet);
    for (const char* candidate : {"x", "0", "A", " ", "-", ".", "_", "/"}) {
      if (compiled.ok() && re2::RE2::FullMatch(candidate, compiled))
        return RegexPart{Kind::character, candidate};
    }
    return RegexPart{Kind::other};
  }

  std::optional<RegexPart> escape() {
    if (rest_.empty()) return std::nullopt;
    const char c = take();
    constexpr std::string_view kClasses = "dDwWsStnrfv";
    constexpr std::string_view kMembers[] = {"0",  "x",  "x",  " ",  " ", "x",
                                             "\t", "\n", "\r", "\f", "\v"};
    if (const auto at = kClasses.find(c); at != std::string_view::npos)
      return RegexPart{Kind::character, std::string(kMembers[at])};
    if (c == 'b' || c == 'B' || c == 'A' || c == 'Z') return RegexPart{Kind::place};
    const bool alphanumeric = std::isalnum(static_cast<unsigned char>(c)) != 0;
    return alphanumeric ? RegexPart{Kind::other} : RegexPart{Kind::character, std::string(1, c)};
  }

  bool repetition(RegexPart& part) {
    if (take_if("*")) {
      part.least = 0;
      part.most = RegexPart::kForever;
    } else if (take_if("+")) {
      part.most = RegexPart::kForever;
    } else if (take_if("?")) {
      part.least = 0;
    } else if (!rest_.starts_with("{") || !bounds(part)) {
      return true;
    }
    if (!take_if("?")) take_if("+");  // lazy and possessive
    return true;
  }

  // "{2}", "{2,}", "{2,5}"; anything else is text in braces.
  bool bounds(RegexPart& part) {
    const auto end = rest_.find('}');
    if (end == std::string_view::npos) return false;
    const std::string_view inside = rest_.substr(1, end - 1);
    const auto comma = std::min(inside.find(','), inside.size());
    int least = 0;
    if (comma > 0 && !number(inside.substr(0, comma), least)) return false;
    int most = least;
    if (comma < inside.size()) {
      most = RegexPart::kForever;
      if (comma + 1 < inside.size() && !number(inside.substr(comma + 1), most)) return false;
    } else if (comma == 0) {
      return false;
    }
    part.least = least;
    part.most = most;
    rest_.remove_prefix(end + 1);
    return true;
  }

  static bool number(std::string_view text, int& out) {
    const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), out);
    return failed == std::errc() && end == text.data() + text.size();
  }

  char take() {
    last_ = rest_.front();
    rest_.remove_prefix(1);
    return last_;
  }
  bool take_if(std::string_view text) {
    if (!rest_.starts_with(text)) return false;
    rest_.remove_prefix(text.size());
    return true;
  }

  std::string_view rest_;
  char last_ = '\0';
};

bool can_be_nothing(const RegexPart& part) { return part.least == 0 || part.kind == Kind::place; }

// One round of what repeats could as well be two of it: an endless part with nothing that must
// stand beside it.
bool is_elastic(const RegexBranch& branch) {
  const auto needed =
      std::ranges::count_if(branch, [](const RegexPart& p) { return !can_be_nothing(p); });
  const bool endless_needed =
      std::ranges::any_of(branch, [](const RegexPart& p) { return p.endless() && p.least > 0; });
  const bool endless = std::ranges::any_of(branch, &RegexPart::endless);
  return (needed == 0 && endless) || (needed == 1 && endless_needed);
}

}  // namespace

std::optional<std::vector<RegexBranch>> parse_regex(std::string_view pattern) {
  return ShapeParser(pattern).parse();
}

std::optional<std::string> example_of(const std::vector<RegexBranch>& branches) {
  std::string out;
  for (const RegexPart& part : branches.front()) {
    if (part.kind == Kind::place || part.least == 0) continue;
    if (part.kind == Kind::other || part.least > 1000) return std::nullopt;
    std::optional<std::string> once = part.example;
    if (part.kind == Kind::group) once = example_of(part.branches);
    if (!once) return std::nullopt;
    for (int i = 0; i < part.least; ++i) out += *once;
    if (out.size() > 10'000) return std::nullopt;
  }
  return out;
}

bool is_any_text(const RegexPart& part) { return part.kind == Kind::any && part.endless(); }

bool repeats_a_repetition(const std::vector<RegexBranch>& branches) {
  return std::ranges::any_of(branches, [](const RegexBranch& branch) {
    return std::ranges::any_of(branch, [](const RegexPart& part) {
      if (part.kind != Kind::group) return false;
      return (part.endless() && std::ranges::any_of(part.branches, is_elastic)) ||
             repeats_a_repetition(part.branches);
    });
  });
}

long most_repeats(const std::vector<RegexBranch>& branches) {
  long most = 1;
  for (const RegexBranch& branch : branches) {
    for (const RegexPart& part : branch) {
      const long inner = part.kind == Kind::group ? most_repeats(part.branches) : 1;
      most = std::max(most, std::min(kEnough, inner * std::max({part.least, part.most, 1})));
    }
  }
  return most;
}

}  // namespace countersign::config
