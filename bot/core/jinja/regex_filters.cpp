// StackStorm's filters on regular expressions of Python's flavour.
#include <fmt/format.h>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/regex_find.h"

namespace countersign::core::jinja {
namespace {

constexpr std::size_t kMatches = 10'000;

std::string subject(Rendering& r, const Value& v) {
  std::string out = str(r, v);
  r.spend(out.size() / 16);
  return out;
}

Value searched(Rendering& r, Call& c, bool at_start) {
  const Result<bool> found =
      regex_search(words(r, c[0]), subject(r, c.self), {flag(r, c[1]), false, at_start});
  return found ? Value::of(*found) : r.fail(found.error().message);
}
Value regex_match(Rendering& r, Call& c) { return searched(r, c, true); }
Value regex_search_filter(Rendering& r, Call& c) { return searched(r, c, false); }

std::vector<RegexMatch> found_in(Rendering& r, const std::string& pattern, const std::string& text,
                                 bool ignore_case) {
  Result<std::vector<RegexMatch>> found =
      regex_find_all(pattern, text, {ignore_case, false, false}, kMatches);
  if (found && r.spend(found->size())) return std::move(*found);
  if (!found) r.fail(found.error().message);
  return {};
}

// \1, \g<1>, \g<name>, \\, \n: what stands for one match.
std::string expanded(Rendering& r, std::string_view form, const RegexMatch& match) {
  const auto group = [&](std::string_view name) -> std::string {
    for (std::size_t i = 0; i < match.groups.size(); ++i)
      if (name == std::to_string(i) || (!match.names[i].empty() && name == match.names[i]))
        return match.groups[i].value_or("");
    r.fail(fmt::format("the replacement names the group '{}', which does not exist", name));
    return {};
  };
  constexpr std::string_view kEscapes = "n\nr\rt\ta\af\fv\v\\\\";
  std::string out;
  for (std::size_t i = 0; i < form.size(); ++i) {
    if (form[i] != '\\' || i + 1 == form.size()) {
      out += form[i];
      continue;
    }
    const char c = form[++i];
    const std::size_t escape = kEscapes.find(c);
    if (c >= '1' && c <= '9') {
      const bool two = i + 1 < form.size() && form[i + 1] >= '0' && form[i + 1] <= '9';
      out += group(form.substr(i, two ? 2 : 1));
      i += two ? 1 : 0;
    } else if (c == 'g' && form.substr(i + 1).starts_with('<') && form.find('>', i) != form.npos) {
      const std::size_t end = form.find('>', i);
      out += group(form.substr(i + 2, end - i - 2));
      i = end;
    } else if (escape != std::string_view::npos && escape % 2 == 0) {
      out += kEscapes[escape + 1];
    } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') {
      r.fail(fmt::format("bad escape \\{} in a replacement", c));
    } else {
      out += fmt::format("\\{}", c);
    }
  }
  return out;
}

Value regex_replace(Rendering& r, Call& c) {
  const std::string text = subject(r, c.self);
  const std::string form = words(r, c[1]);
  std::string out;
  std::size_t at = 0;
  for (const RegexMatch& match : found_in(r, words(r, c[0]), text, flag(r, c[2]))) {
    out.append(text, at, match.begin - at);
    out += expanded(r, form, match);
    at = match.end;
    if (!r.spend(1 + form.size() / 64) || out.size() > Rendering::kTextLimit) break;
  }
  return r.text(out.append(text, std::min(at, text.size())));
}

// One of findall(): the match, its only group, or all of its groups.
Value regex_substring(Rendering& r, Call& c) {
  const auto all = found_in(r, words(r, c[0]), subject(r, c.self), flag(r, c[2]));
  const auto size = static_cast<std::int64_t>(all.size());
  const std::int64_t given = whole(r, c[1], 0);
  const std::int64_t at = given < 0 ? given + size : given;
  if (r.failed()) return {};
  if (at < 0 || at >= size) return r.fail("'regex_substring' finds no such match");
  const auto& groups = all[static_cast<std::size_t>(at)].groups;
  if (groups.size() <= 2) return r.text(groups.back().value_or(""));
  std::vector<Value> parts;
  for (std::size_t i = 1; i < groups.size(); ++i) parts.push_back(r.text(groups[i].value_or("")));
  return r.sequence(Kind::tuple, std::move(parts));
}

const Method kFilters[] = {
    {"regex_match", "pattern! ignorecase", regex_match},
    {"regex_search", "pattern! ignorecase", regex_search_filter},
    {"regex_replace", "pattern! replacement! ignorecase", regex_replace},
    {"regex_substring", "pattern! result_index ignorecase", regex_substring},
};

}  // namespace

Methods regex_filters() { return kFilters; }

}  // namespace countersign::core::jinja
