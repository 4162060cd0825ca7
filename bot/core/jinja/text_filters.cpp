// Filters on text.
#include <fmt/format.h>
#include <re2/re2.h>

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

Kind kind_of(const Value& v) { return v.is(Kind::markup) ? Kind::markup : Kind::text; }

Value lower(Rendering& r, Call& c) { return r.text(to_lower(str(r, c.self)), kind_of(c.self)); }
Value upper(Rendering& r, Call& c) { return r.text(to_upper(str(r, c.self)), kind_of(c.self)); }
Value capitalize(Rendering& r, Call& c) {
  return r.text(capitalized(str(r, c.self)), kind_of(c.self));
}
Value string(Rendering& r, Call& c) { return r.text(str(r, c.self), kind_of(c.self)); }

// Words begin behind blanks, '-' and opening brackets.
Value title(Rendering& r, Call& c) {
  std::string out, word;
  const auto flush = [&] {
    out += capitalized(word);
    word.clear();
  };
  for (const char32_t letter : to_code_points(str(r, c.self))) {
    const bool ends = letter == U'-' || letter == U'(' || letter == U'{' || letter == U'[' ||
                      letter == U'<' || is_blank(letter);
    if (ends) {
      flush();
      append_utf8(out, letter);
    } else {
      append_utf8(word, letter);
    }
  }
  flush();
  return r.text(std::move(out));
}

Value trim(Rendering& r, Call& c) {
  const bool given = c[0].given() && !c[0].is(Kind::none);
  const std::string letters = given ? str(r, c[0]) : std::string();
  return r.text(stripped(str(r, c.self), given ? &letters : nullptr, true, true), kind_of(c.self));
}

Value replace(Rendering& r, Call& c) {
  const std::int64_t most = c[2].is(Kind::none) ? -1 : whole(r, c[2], -1);
  return r.text(replaced(r, str(r, c.self), str(r, c[0]), str(r, c[1]), most));
}

Value center(Rendering& r, Call& c) {
  return r.text(padded(r, str(r, c.self), whole(r, c[0], 80), 'c'));
}

Value truncate(Rendering& r, Call& c) {
  const std::string end = words(r, c[2], "...");
  const auto size = static_cast<std::int64_t>(to_code_points(end).size());
  constexpr std::int64_t kMost = 1 << 30;
  const std::int64_t length = std::min(whole(r, c[0], 255), kMost);
  const std::int64_t leeway = std::min(c[3].is(Kind::none) ? 5 : whole(r, c[3], 5), kMost);
  if (length < size) return r.fail("'truncate' needs a length that leaves room for the end");
  if (leeway < 0) return r.fail("'truncate' needs a leeway that is not negative");
  if (!c.self.is_text())
    return size_of(r, c.self) <= length + leeway ? c.self : r.fail("'truncate' needs text");
  const std::u32string letters = to_code_points(*c.self.text);
  if (static_cast<std::int64_t>(letters.size()) <= length + leeway) return c.self;
  std::u32string_view kept(letters.data(), static_cast<std::size_t>(length - size));
  if (!flag(r, c[1])) {
    const std::size_t blank = kept.rfind(U' ');
    kept = kept.substr(0, blank);
  }
  return r.text(to_utf8(kept) + end);
}

Value wordcount(Rendering& r, Call& c) {
  static const re2::RE2 kWord("[\\p{L}\\p{N}_]+");
  const std::string text = str(r, c.self);
  re2::StringPiece rest(text);
  std::int64_t out = 0;
  while (re2::RE2::FindAndConsume(&rest, kWord)) ++out;
  r.spend(text.size() / 16);
  return Value::of(out);
}

// The words of a line in lines of at most this width.
std::vector<std::string> wrapped(std::string_view line, std::size_t width, bool break_long) {
  std::vector<std::u32string> lines;
  std::u32string now;
  const std::u32string letters = to_code_points(line);
  std::u32string_view rest = letters;
  while (!rest.empty()) {
    const bool blank = rest.front() == U' ';
    const auto same = [&](char32_t c) { return (c == U' ') == blank; };
    auto size = static_cast<std::size_t>(std::ranges::find_if_not(rest, same) - rest.begin());
    const std::size_t hyphen =
        blank ? std::u32string_view::npos : rest.substr(0, size).find(U'-', 1);
    if (hyphen != std::u32string_view::npos && hyphen + 1 < size) size = hyphen + 1;
    if (now.size() + size > width && break_long && size > width && !blank)
      size = std::max<std::size_t>(width - std::min(now.size(), width), now.empty() ? 1 : 0);
    if (size == 0 || (now.size() + size > width && !now.empty())) {
      while (now.ends_with(U' ')) now.pop_back();
      lines.push_back(std::move(now));
      now.clear();
      if (blank) rest.remove_prefix(size);
      continue;
    }
    if (!blank || !now.empty() || lines.empty()) now += rest.substr(0, size);
    rest.remove_prefix(size);
  }
  while (now.ends_with(U' ')) now.pop_back();
  if (!now.empty()) lines.push_back(std::move(now));
  std::vector<std::string> out;
  for (const std::u32string& one : lines) out.push_back(to_utf8(one));
  return out;
}

Value wordwrap(Rendering& r, Call& c) {
  const std::int64_t width = whole(r, c[0], 79);
  if (!c.self.is_text()) return r.fail("'wordwrap' needs text");
  if (width <= 0) return r.fail("'wordwrap' needs a width above 0");
  const std::string separator = c[2].is(Kind::none) ? "\n" : words(r, c[2], "\n");
  std::string out;
  bool first = true;
  for (const std::string& line : split_lines(str(r, c.self))) {
    const std::vector<std::string> parts =
        wrapped(line, static_cast<std::size_t>(width), flag(r, c[1], true));
    out += (first ? "" : separator) + fmt::format("{}", fmt::join(parts, separator));
    first = false;
    if (out.size() > Rendering::kTextLimit) break;
  }
  return r.text(std::move(out));
}

Value indent(Rendering& r, Call& c) {
  const std::int64_t width = c[0].is_text() ? 0 : whole(r, c[0], 4);
  if (width > 1000) return r.fail("'indent' takes at most 1000 blanks");
  const std::string blanks =
      c[0].is_text() ? *c[0].text
                     : std::string(static_cast<std::size_t>(std::max<std::int64_t>(width, 0)), ' ');
  if (!c.self.is_text()) return r.fail("'indent' needs text");
  const bool blank = flag(r, c[2]);
  std::string out = flag(r, c[1]) ? blanks : std::string();
  bool first = true;
  for (const std::string& line : split_lines(*c.self.text + "\n")) {
    if (!first) out += "\n" + (line.empty() && !blank ? std::string() : blanks);
    first = false;
    out += line;
    if (out.size() > Rendering::kTextLimit) break;
  }
  return r.text(std::move(out));
}

Value format(Rendering& r, Call& c) {
  const Value text = r.text(str(r, c.self));
  if (c.more_named.empty()) return format_percent(r, text, r.sequence(Kind::tuple, c.more));
  if (!c.more.empty()) return r.fail("'format' takes values by position or by name, not both");
  std::vector<std::pair<Value, Value>> named;
  for (const auto& [name, value] : c.more_named) named.emplace_back(r.text(name), value);
  return format_percent(r, text, make_dict(r, named));
}

Value basename(Rendering& r, Call& c) {
  if (!c.self.is_text()) return r.fail("'basename' needs text");
  const std::string path = str(r, c.self);
  return r.text(path.substr(path.rfind('/') + 1));
}

// As Python's: trailing slashes of the folder go, unless it is nothing but slashes.
Value dirname(Rendering& r, Call& c) {
  if (!c.self.is_text()) return r.fail("'dirname' needs text");
  const std::string path = str(r, c.self);
  const std::string head = path.substr(0, path.rfind('/') + 1);
  const std::size_t end = head.find_last_not_of('/');
  return r.text(end == std::string::npos ? head : head.substr(0, end + 1));
}

const Method kFilters[] = {
    {"lower", "", lower},
    {"upper", "", upper},
    {"capitalize", "", capitalize},
    {"title", "", title},
    {"string", "", string},
    {"trim", "chars", trim},
    {"replace", "old! new! count", replace},
    {"center", "width", center},
    {"truncate", "length killwords end leeway", truncate},
    {"wordcount", "", wordcount},
    {"wordwrap", "width break_long_words wrapstring break_on_hyphens", wordwrap},
    {"indent", "width first blank", indent},
    {"format", "* **", format},
    {"basename", "", basename},
    {"dirname", "", dirname},
};

}  // namespace

Methods text_filters() { return kFilters; }

}  // namespace countersign::core::jinja
