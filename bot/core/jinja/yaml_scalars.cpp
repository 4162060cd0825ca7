#include "bot/core/jinja/yaml_scalars.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <limits>

#include "bot/core/python_value.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

constexpr std::int64_t kWidth = 80;

enum class Meaning { text, null, yes, no, whole, real, other };

Meaning meaning_of(const std::string& word) {
  static const re2::RE2 kNull("~|null|Null|NULL|");
  static const re2::RE2 kYes("yes|Yes|YES|true|True|TRUE|on|On|ON");
  static const re2::RE2 kNo("no|No|NO|false|False|FALSE|off|Off|OFF");
  static const re2::RE2 kWhole(
      "[-+]?(?:0b[01_]+|0[0-7_]+|0|[1-9][0-9_]*|0x[0-9a-fA-F_]+|[1-9][0-9_]*(?::[0-5]?[0-9])+)");
  static const re2::RE2 kReal(
      "[-+]?[0-9][0-9_]*\\.[0-9_]*(?:[eE][-+][0-9]+)?|\\.[0-9][0-9_]*(?:[eE][-+][0-9]+)?|"
      "[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+\\.[0-9_]*|[-+]?\\.(?:inf|Inf|INF)|\\.(?:nan|NaN|NAN)");
  static const re2::RE2 kOther(
      "\\d{4}-\\d\\d-\\d\\d|\\d{4}-\\d\\d?-\\d\\d?(?:[Tt]|[ \\t]+)\\d\\d?:\\d\\d:\\d\\d(?:\\.\\d*)?"
      "(?:[ \\t]*(?:Z|[-+]\\d\\d?(?::\\d\\d)?))?|=|<<");
  const std::pair<const re2::RE2*, Meaning> kAll[] = {
      {&kNull, Meaning::null},   {&kYes, Meaning::yes},   {&kNo, Meaning::no},
      {&kWhole, Meaning::whole}, {&kReal, Meaning::real}, {&kOther, Meaning::other}};
  for (const auto& [pattern, meaning] : kAll)
    if (re2::RE2::FullMatch(word, *pattern)) return meaning;
  return Meaning::text;
}

// 1:30 is 90: digits to the base of sixty.
Value sexagesimal(Rendering& r, const std::string& word) {
  double out = 0;
  std::string rest = word.substr(word.starts_with('-') || word.starts_with('+') ? 1 : 0);
  std::erase(rest, '_');
  for (std::size_t at = 0; at != std::string::npos;) {
    const std::size_t colon = rest.find(':', at);
    out = out * 60 + python::parse_float(rest.substr(at, colon - at)).value_or(0);
    at = colon == std::string::npos ? colon : colon + 1;
  }
  if (word.starts_with('-')) out = -out;
  return rest.find('.') == std::string::npos ? r.whole(BigInteger::truncate(out)) : Value::of(out);
}

Value whole_number(Rendering& r, std::string word) {
  if (word.find(':') != std::string::npos) return sexagesimal(r, word);
  std::erase(word, '_');
  const std::size_t start = word.starts_with('-') || word.starts_with('+') ? 1 : 0;
  unsigned base = 10;
  std::size_t prefix = 0;
  if (word.size() > start + 1 && word[start] == '0') {
    base = word[start + 1] == 'x' ? 16 : word[start + 1] == 'b' ? 2 : 8;
    prefix = base == 8 ? 1 : 2;
  }
  word.erase(start, prefix);
  return r.whole(BigInteger::parse(word, base));
}

Value real_number(Rendering& r, std::string word) {
  if (word.find(':') != std::string::npos) return sexagesimal(r, word);
  std::erase(word, '_');
  const std::string lower = to_lower(word);
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  if (lower.ends_with(".inf")) return Value::of(lower.starts_with('-') ? -kInfinity : kInfinity);
  if (lower == ".nan") return Value::of(std::numeric_limits<double>::quiet_NaN());
  if (word.ends_with('.')) word += '0';
  return Value::of(python::parse_float(word).value_or(0));
}

bool needs_escapes(char32_t c) {
  return (c < 0x20 && c != U'\n') || c == 0x7F || (c >= 0x80 && c < 0xA0 && c != 0x85) ||
         c == 0xFEFF || (c >= 0xD800 && c < 0xE000);
}

// Signs that mean something at the start of a plain text, and inside of one.
bool stays_plain(const std::u32string& text, bool several_lines) {
  if (text.empty() || several_lines) return false;
  const std::u32string_view all = text;
  if (all.starts_with(U"---") || all.starts_with(U"...")) return false;
  if (all.front() == U' ' || all.back() == U' ') return false;
  constexpr std::u32string_view kStart = U"#,[]{}&*!|>'\"%@`";
  const auto blank_after = [&](std::size_t i) { return i + 1 >= all.size() || all[i + 1] == U' '; };
  if (kStart.find(all.front()) != kStart.npos) return false;
  if ((all.front() == U'-' || all.front() == U'?') && blank_after(0)) return false;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i] == U':' && blank_after(i)) return false;
    if (all[i] == U'#' && i > 0 && all[i - 1] == U' ') return false;
  }
  return true;
}

// Breaks lines at single blanks beyond the width, and doubles newlines, as PyYAML does.
std::string folded(const std::u32string& text, bool quotes, std::int64_t indent,
                   std::int64_t column) {
  const std::string margin =
      "\n" + std::string(static_cast<std::size_t>(std::max<std::int64_t>(indent, 0)), ' ');
  std::string out = quotes ? "'" : "";
  column += quotes ? 1 : 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool inside = i > 0 && i + 1 < text.size();
    const bool lone = text[i] == U' ' && inside && text[i - 1] != U' ' && text[i + 1] != U' ' &&
                      text[i - 1] != U'\n' && text[i + 1] != U'\n';
    if (text[i] == U'\n') {
      if (i == 0 || text[i - 1] != U'\n') out += '\n';
      const bool more = i + 1 < text.size() && text[i + 1] == U'\n';
      out += more ? "\n" : margin;
      column = indent;
    } else if (lone && column > kWidth && indent >= 0) {
      out += margin;
      column = indent;
    } else {
      append_utf8(out, text[i]);
      if (quotes && text[i] == U'\'') out += '\'';
      ++column;
    }
  }
  return quotes ? out + "'" : out;
}

std::string escaped(const std::u32string& text) {
  std::string out = "\"";
  // In pairs: the sign and the letter behind the backslash.
  constexpr std::string_view kEscapes("\0000\007a\010b\011t\012n\013v\014f\015r\033e\"\"\\\\", 22);
  for (const char32_t c : text) {
    std::size_t at = std::string_view::npos;
    for (std::size_t i = 0; i + 1 < kEscapes.size(); i += 2)
      if (static_cast<char32_t>(kEscapes[i]) == c) at = i;
    if (at != std::string_view::npos) {
      out += {'\\', kEscapes[at + 1]};
    } else if (c >= 0x20 && !needs_escapes(c)) {
      append_utf8(out, c);
    } else {
      out += c < 0x100 ? fmt::format("\\x{:02X}", static_cast<unsigned>(c))
                       : fmt::format("\\u{:04X}", static_cast<unsigned>(c));
    }
  }
  return out + "\"";
}

}  // namespace

Value plain_scalar(Rendering& r, const std::string& word) {
  switch (meaning_of(word)) {
    case Meaning::null:
      return Value::none();
    case Meaning::yes:
      return Value::of(true);
    case Meaning::no:
      return Value::of(false);
    case Meaning::whole:
      return whole_number(r, word);
    case Meaning::real:
      return real_number(r, word);
    default:
      return r.text(word);
  }
}

std::string yaml_scalar(const std::string& text, std::int64_t indent, std::int64_t column) {
  const std::u32string letters = to_code_points(text);
  const bool several_lines = letters.find(U'\n') != letters.npos;
  const bool blank_at_break =
      letters.find(U" \n") != letters.npos || letters.find(U'\t') != letters.npos;
  bool escapes = blank_at_break || (several_lines && indent < 0);
  for (const char32_t c : letters) escapes = escapes || needs_escapes(c);
  if (escapes) return escaped(letters);
  const bool plain = stays_plain(letters, several_lines) && meaning_of(text) == Meaning::text;
  return folded(letters, !plain, indent, column);
}

}  // namespace countersign::core::jinja
