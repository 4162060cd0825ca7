// Methods of text that cut, join and search.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/formatting.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/jinja/texts.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

Value texts(Rendering& r, std::vector<std::string> parts, Kind kind = Kind::list) {
  std::vector<Value> out;
  for (std::string& part : parts) out.push_back(r.text(std::move(part)));
  return r.sequence(kind, std::move(out));
}

std::string text_argument(Rendering& r, const Value& v) {
  if (!v.is_text()) {
    r.fail(v.defined() ? fmt::format("an argument of type {} must be text", type_name(v))
                       : why_undefined(v));
    return {};
  }
  return *v.text;
}

Value split(Rendering& r, Call& c) {
  const bool blanks = !c[0].given() || c[0].is(Kind::none);
  const std::int64_t most = whole(r, c[1], -1);
  if (blanks) return texts(r, split_at_blanks(*c.self.text, most));
  const std::string separator = text_argument(r, c[0]);
  if (separator.empty()) return r.fail("a text cannot be split at an empty one");
  return texts(r, split_at(*c.self.text, separator, most));
}

Value rsplit(Rendering& r, Call& c) {
  const bool blanks = !c[0].given() || c[0].is(Kind::none);
  const std::int64_t most = whole(r, c[1], -1);
  // From the right: the text, the separator and the parts turned around.
  const auto turned = [](std::string_view text) {
    std::u32string letters = to_code_points(text);
    std::ranges::reverse(letters);
    return to_utf8(letters);
  };
  const std::string separator = blanks ? std::string() : text_argument(r, c[0]);
  if (!blanks && separator.empty()) return r.fail("a text cannot be split at an empty one");
  std::vector<std::string> parts = blanks ? split_at_blanks(turned(*c.self.text), most)
                                          : split_at(turned(*c.self.text), turned(separator), most);
  std::ranges::reverse(parts);
  for (std::string& part : parts) part = turned(part);
  return texts(r, std::move(parts));
}

Value splitlines(Rendering& r, Call& c) {
  return texts(r, split_lines(*c.self.text, flag(r, c[0])));
}

Value strip_with(Rendering& r, Call& c, bool left, bool right) {
  const bool given = c[0].given() && !c[0].is(Kind::none);
  const std::string letters = given ? text_argument(r, c[0]) : std::string();
  return r.text(stripped(*c.self.text, given ? &letters : nullptr, left, right), c.self.kind);
}
Value strip(Rendering& r, Call& c) { return strip_with(r, c, true, true); }
Value lstrip(Rendering& r, Call& c) { return strip_with(r, c, true, false); }
Value rstrip(Rendering& r, Call& c) { return strip_with(r, c, false, true); }

Value replace(Rendering& r, Call& c) {
  return r.text(replaced(r, *c.self.text, text_argument(r, c[0]), text_argument(r, c[1]),
                         whole(r, c[2], -1)));
}

Value join(Rendering& r, Call& c) {
  std::string out;
  bool first = true;
  for (const Value& part : elements(r, c[0])) {
    if (!first) out += *c.self.text;
    first = false;
    out += text_argument(r, part);
    if (r.failed() || out.size() > Rendering::kTextLimit) break;
  }
  return r.text(std::move(out));
}

// The part of the text that "start" and "end" leave, and where it begins.
std::pair<std::u32string, std::int64_t> window(Rendering& r, Call& c, std::size_t first) {
  const std::u32string all = to_code_points(*c.self.text);
  const auto size = static_cast<std::int64_t>(all.size());
  const auto bound = [&](const Value& v, std::int64_t otherwise) {
    const std::int64_t n = v.is(Kind::none) ? otherwise : whole(r, v, otherwise);
    return std::clamp<std::int64_t>(n < 0 ? n + size : n, 0, size);
  };
  const std::int64_t from = bound(c[first], 0);
  const std::int64_t to = std::max(bound(c[first + 1], size), from);
  r.spend(all.size() / 64);
  return {all.substr(static_cast<std::size_t>(from), static_cast<std::size_t>(to - from)), from};
}

std::int64_t found(Rendering& r, Call& c, bool last) {
  const auto [part, from] = window(r, c, 1);
  const std::string text = to_utf8(part);
  const std::string wanted = text_argument(r, c[0]);
  const std::size_t at = last ? find_last(r, text, wanted) : find_first(r, text, wanted, 0);
  if (at == std::string::npos) return -1;
  return from + static_cast<std::int64_t>(to_code_points(text.substr(0, at)).size());
}

Value find(Rendering& r, Call& c) { return Value::of(found(r, c, false)); }
Value rfind(Rendering& r, Call& c) { return Value::of(found(r, c, true)); }
Value index(Rendering& r, Call& c) {
  const std::int64_t at = found(r, c, false);
  return at < 0 ? r.fail("the text does not contain what 'index' looks for") : Value::of(at);
}
Value rindex(Rendering& r, Call& c) {
  const std::int64_t at = found(r, c, true);
  return at < 0 ? r.fail("the text does not contain what 'rindex' looks for") : Value::of(at);
}

Value count(Rendering& r, Call& c) {
  const std::string text = to_utf8(window(r, c, 1).first);
  const std::string wanted = text_argument(r, c[0]);
  if (wanted.empty()) return Value::of(static_cast<std::int64_t>(to_code_points(text).size()) + 1);
  std::int64_t out = 0;
  for (std::size_t at = find_first(r, text, wanted, 0); at != text.npos;
       at = find_first(r, text, wanted, at + wanted.size()))
    ++out;
  return Value::of(out);
}

template <class Fits>
Value with_any(Rendering& r, Call& c, Fits fits) {
  const std::string text = to_utf8(window(r, c, 1).first);
  if (!c[0].is(Kind::tuple)) return Value::of(fits(text, text_argument(r, c[0])));
  for (const Value& part : elements(r, c[0]))
    if (fits(text, text_argument(r, part))) return Value::of(true);
  return Value::of(false);
}
Value startswith(Rendering& r, Call& c) {
  return with_any(r, c,
                  [](const std::string& t, const std::string& p) { return t.starts_with(p); });
}
Value endswith(Rendering& r, Call& c) {
  return with_any(r, c, [](const std::string& t, const std::string& p) { return t.ends_with(p); });
}

Value removeprefix(Rendering& r, Call& c) {
  const std::string prefix = text_argument(r, c[0]);
  return r.text(c.self.text->starts_with(prefix) ? c.self.text->substr(prefix.size())
                                                 : *c.self.text);
}
Value removesuffix(Rendering& r, Call& c) {
  const std::string suffix = text_argument(r, c[0]);
  const std::string& text = *c.self.text;
  return r.text(text.ends_with(suffix) ? text.substr(0, text.size() - suffix.size()) : text);
}

Value partition(Rendering& r, Call& c) {
  const std::string separator = text_argument(r, c[0]);
  if (separator.empty()) return r.fail("a text cannot be split at an empty one");
  const std::size_t at = find_first(r, *c.self.text, separator, 0);
  if (at == std::string::npos) return texts(r, {*c.self.text, "", ""}, Kind::tuple);
  return texts(r,
               {c.self.text->substr(0, at), separator, c.self.text->substr(at + separator.size())},
               Kind::tuple);
}
Value rpartition(Rendering& r, Call& c) {
  const std::string separator = text_argument(r, c[0]);
  if (separator.empty()) return r.fail("a text cannot be split at an empty one");
  const std::size_t at = find_last(r, *c.self.text, separator);
  if (at == std::string::npos) return texts(r, {"", "", *c.self.text}, Kind::tuple);
  return texts(r,
               {c.self.text->substr(0, at), separator, c.self.text->substr(at + separator.size())},
               Kind::tuple);
}

Value format(Rendering& r, Call& c) { return format_braces(r, *c.self.text, c); }

Value format_map(Rendering& r, Call& c) {
  Call call;
  if (!c[0].is(Kind::dict)) return r.fail("'format_map' needs a dict");
  for (const auto& [key, value] : entries(r, c[0]))
    call.more_named.emplace_back(str(r, key), value);
  return format_braces(r, *c.self.text, call);
}

Value bytes(Rendering& r, Call& c) { return r.text(*c.self.text, Kind::bytes); }
Value decode(Rendering& r, Call& c) { return r.text(*c.self.text); }

const Method kMethods[] = {
    {"split", "sep maxsplit", split},
    {"rsplit", "sep maxsplit", rsplit},
    {"splitlines", "keepends", splitlines},
    {"strip", "chars", strip},
    {"lstrip", "chars", lstrip},
    {"rstrip", "chars", rstrip},
    {"replace", "old! new! count", replace},
    {"join", "iterable!", join},
    {"find", "sub! start end", find},
    {"rfind", "sub! start end", rfind},
    {"index", "sub! start end", index},
    {"rindex", "sub! start end", rindex},
    {"count", "sub! start end", count},
    {"startswith", "prefix! start end", startswith},
    {"endswith", "suffix! start end", endswith},
    {"removeprefix", "prefix!", removeprefix},
    {"removesuffix", "suffix!", removesuffix},
    {"partition", "sep!", partition},
    {"rpartition", "sep!", rpartition},
    {"format", "* **", format},
    {"format_map", "mapping!", format_map},
    {"encode", "encoding errors", bytes},
    {"decode", "encoding errors", decode},
};

}  // namespace

Methods text_methods() { return kMethods; }

}  // namespace countersign::core::jinja
