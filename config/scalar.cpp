#include "config/scalar.h"

#include <re2/re2.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <string_view>

namespace countersign::config {
namespace {

constexpr std::string_view kTrue[] = {"true", "True", "TRUE", "yes", "Yes",
                                      "YES",  "on",   "On",   "ON"};
constexpr std::string_view kFalse[] = {"false", "False", "FALSE", "no", "No",
                                       "NO",    "off",   "Off",   "OFF"};
constexpr std::string_view kNull[] = {"", "~", "null", "Null", "NULL"};

template <std::size_t N>
bool one_of(const std::string& text, const std::string_view (&words)[N]) {
  for (const std::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

struct Notation {
  const char* pattern;  // one group: the digits
  int base;
};
constexpr Notation kIntegers[] = {
    {"[-+]?(0|[1-9][0-9_]*)", 10},
    {"[-+]?0[xX]([0-9a-fA-F_]+)", 16},
    {"[-+]?0b([01_]+)", 2},
    {"[-+]?0([0-7_]+)", 8},
};

std::string without_underscores(std::string text) {
  std::erase(text, '_');
  return text;
}

std::optional<Json> integer(const std::string& text) {
  for (const auto& [pattern, base] : kIntegers) {
    std::string digits;
    if (!re2::RE2::FullMatch(text, pattern, &digits)) continue;
    digits = without_underscores(digits);
    std::uint64_t value = 0;
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), value, base);
    if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return {};
    if (text[0] != '-') return Json(value);
    constexpr auto kLowest = std::uint64_t{1} << 63;
    if (value > kLowest) return {};
    if (value == kLowest) return Json(std::numeric_limits<std::int64_t>::min());
    return Json(-static_cast<std::int64_t>(value));
  }
  return {};
}

std::optional<Json> real(const std::string& text) {
  static const re2::RE2 notation(
      R"([-+]?(?:[0-9][0-9_]*\.[0-9_]*|\.[0-9][0-9_]*|[0-9]+[eE][-+]?[0-9]+)(?:[eE][-+]?[0-9]+)?)");
  if (!re2::RE2::FullMatch(text, notation)) return {};
  const std::string digits = without_underscores(text);
  const char* first = digits.data() + (digits[0] == '+' ? 1 : 0);
  double value = 0;
  const auto [end, error] = std::from_chars(first, digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size()) return {};
  return Json(value);
}

}  // namespace

Json plain_scalar(const std::string& text) {
  if (one_of(text, kNull)) return nullptr;
  if (one_of(text, kTrue)) return true;
  if (one_of(text, kFalse)) return false;
  if (std::string_view("+-.0123456789").find(text[0]) == std::string_view::npos) return text;
  if (auto number = integer(text)) return *number;
  if (auto number = real(text)) return *number;
  return text;
}

}  // namespace countersign::config
