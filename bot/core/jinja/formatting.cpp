#include "bot/core/jinja/formatting.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

constexpr int kPrecision = 300;  // digits

std::string grouped(std::string digits, char group, std::size_t size) {
  const std::size_t end =
      std::min(digits.find_first_not_of("0123456789abcdefABCDEF"), digits.size());
  for (std::size_t at = end; at > size;) digits.insert(at -= size, 1, group);
  return digits;
}

std::string real_digits(Rendering& r, double value, const Format& f) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : "inf";
  if (f.precision > kPrecision) r.fail("a format has a precision of more than 300 digits");
  if (r.failed()) return {};
  if (f.type == 0 && f.precision < 0) return repr(r, Value::of(value));
  const int precision = f.precision < 0 ? 6 : f.precision;
  switch (f.type) {
    case 'e':
    case 'E':
      return fmt::format("{:.{}e}", value, precision);
    case 'f':
    case 'F':
      return fmt::format("{:.{}f}", value, precision);
    case '%':
      return fmt::format("{:.{}f}%", value * 100, precision);
    default:
      return fmt::format("{:.{}g}", value, std::max(precision, 1));
  }
}

std::string whole_digits(const BigInteger& value, const Format& f) {
  const unsigned base = f.type == 'x' || f.type == 'X' ? 16
                        : f.type == 'o'                ? 8
                        : f.type == 'b'                ? 2
                                                       : 10;
  std::string digits = value.digits(base);
  if (digits.starts_with('-')) digits.erase(0, 1);
  if (f.group != 0) digits = grouped(digits, f.group, base == 10 ? 3 : 4);
  if (f.alternate && base != 10) digits = fmt::format("0{}{}", f.type, digits);
  return digits;
}

std::string number(Rendering& r, const Value& value, const Format& f) {
  constexpr std::string_view kReal = "eEfFgG%";
  const bool real = value.is(Kind::real) || kReal.find(f.type) != std::string_view::npos;
  const bool negative = real ? std::signbit(as_double(value)) : as_big(value).negative();
  std::string digits;
  if (real && (f.type == 0 || kReal.find(f.type) != std::string_view::npos)) {
    digits = real_digits(r, std::abs(as_double(value)), f);
    if (f.group != 0) digits = grouped(digits, f.group, 3);
  } else if (real) {
    r.fail("a format for whole numbers got another one");
  } else {
    digits = whole_digits(as_big(value), f);
  }
  if (f.type == 'X' || f.type == 'E' || f.type == 'G' || f.type == 'F')
    std::ranges::transform(digits, digits.begin(),
                           [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const std::string sign = negative ? "-" : f.sign == '-' ? "" : std::string(1, f.sign);
  const std::string all = sign + digits;
  const auto missing = f.width - static_cast<int>(all.size());
  if (f.align != '=' || missing <= 0 || f.width > 100'000) return all;
  const std::size_t prefix = f.alternate && digits.starts_with('0') && digits.size() > 2 ? 2 : 0;
  std::string fill;
  for (int i = 0; i < missing; ++i) append_utf8(fill, f.fill);
  return sign + digits.substr(0, prefix) + fill + digits.substr(prefix);
}

}  // namespace

std::string escape(std::string_view text) {
  constexpr std::pair<char, std::string_view> kSigns[] = {
      {'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'\'', "&#39;"}, {'"', "&#34;"}};
  std::string out;
  for (const char c : text) {
    const auto* const found =
        std::ranges::find(kSigns, c, &std::pair<char, std::string_view>::first);
    if (found == std::end(kSigns)) {
      out += c;
    } else {
      out += found->second;
    }
  }
  return out;
}

std::string padded(Rendering& r, const std::string& text, std::int64_t width, char align,
                   char32_t fill) {
  const auto size = static_cast<std::int64_t>(to_code_points(text).size());
  if (width <= size) return text;
  const std::int64_t missing = width - size;
  if (missing > static_cast<std::int64_t>(Rendering::kTextLimit)) {
    r.fail("a text of the template is longer than 256 KiB");
    return {};
  }
  // Python's center() puts the odd blank to the left if the width is odd; a format to the right.
  const std::int64_t centred = missing / 2 + (align == 'c' ? (missing & width & 1) : 0);
  const std::int64_t left = align == '<' ? 0 : align == '>' ? missing : centred;
  std::u32string out(static_cast<std::size_t>(left), fill);
  out += to_code_points(text);
  out.append(static_cast<std::size_t>(missing - left), fill);
  return to_utf8(out);
}

std::string formatted(Rendering& r, const Value& value, const Format& f) {
  const bool plain_truth = value.is(Kind::boolean) && f.type == 0 && f.width == 0;
  const bool is_number = value.is_number() && !plain_truth;
  if (is_number ? f.type == 's' : f.type != 0 && f.type != 's')
    r.fail(fmt::format("the format '{}' does not go with a value of type {}", f.type,
                       type_name(value)));
  if (r.failed()) return {};
  std::string text = is_number ? number(r, value, f) : str(r, value);
  if (!is_number && f.precision >= 0)
    text = to_utf8(to_code_points(text).substr(0, static_cast<std::size_t>(f.precision)));
  const char align = f.align != 0 ? f.align : is_number ? '>' : '<';
  return padded(r, text, f.width, align == '=' ? '>' : align, f.fill);
}

}  // namespace countersign::core::jinja
