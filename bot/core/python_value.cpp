#include "bot/core/python_value.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "bot/core/unicode.h"

namespace countersign::core::python {
namespace {

// As Python decides in repr(): what cannot be seen is written as an escape.
bool printable(char32_t c) {
  const bool hidden = c < 0x20 || (c >= 0x7F && c <= 0xA0) || c == 0xAD ||
                      (c >= 0x200B && c <= 0x200F) || (c >= 0x2028 && c <= 0x202F) ||
                      (c >= 0x205F && c <= 0x206F) || (c >= 0xE000 && c <= 0xF8FF) || c == 0xFEFF;
  return !hidden && (c == ' ' || !is_blank(c));
}

std::string quoted(const std::string& text) {
  const bool has_single = text.find('\'') != std::string::npos;
  const bool has_double = text.find('"') != std::string::npos;
  const char32_t quote = has_single && !has_double ? U'"' : U'\'';
  std::string out;
  append_utf8(out, quote);
  for (const char32_t c : to_code_points(text)) {
    if (c == quote || c == U'\\') {
      out += '\\';
      append_utf8(out, c);
    } else if (c == U'\n') {
      out += "\\n";
    } else if (c == U'\r') {
      out += "\\r";
    } else if (c == U'\t') {
      out += "\\t";
    } else if (printable(c)) {
      append_utf8(out, c);
    } else if (c < 0x100) {
      out += fmt::format("\\x{:02x}", static_cast<unsigned>(c));
    } else {
      out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  append_utf8(out, quote);
  return out;
}

std::string print_float(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "nan" : value < 0 ? "-inf" : "inf";
  std::array<char, 512> buffer{};
  char* const end = buffer.data() + buffer.size();
  const auto scientific = std::to_chars(buffer.data(), end, value, std::chars_format::scientific);
  const std::string text(buffer.data(), scientific.ptr);
  const int exponent = std::stoi(text.substr(text.find('e') + 1));
  if (exponent < -4 || exponent >= 16) return text;
  const auto fixed = std::to_chars(buffer.data(), end, value, std::chars_format::fixed);
  const std::string plain(buffer.data(), fixed.ptr);
  return plain.find('.') == std::string::npos ? plain + ".0" : plain;
}

std::string print_list(const Json& list) {
  std::string out = "[";
  for (const Json& item : list) out += (out.size() > 1 ? ", " : "") + repr(item);
  return out + "]";
}

std::string print_object(const Json& object) {
  std::string out = "{";
  for (const auto& [key, value] : object.items())
    out += (out.size() > 1 ? ", " : "") + quoted(key) + ": " + repr(value);
  return out + "}";
}

std::optional<bool> less_list(const Json& a, const Json& b) {
  for (std::size_t i = 0; i < std::min(a.size(), b.size()); ++i)
    if (!equal(a[i], b[i])) return less(a[i], b[i]);
  return a.size() < b.size();
}

}  // namespace

bool is_number(const Json& value) { return value.is_number() || value.is_boolean(); }

// long double holds every 64-bit integer and every double exactly, so mixed comparisons are right.
long double as_number(const Json& value) {
  if (value.is_boolean()) return value.get<bool>() ? 1 : 0;
  if (value.is_number_unsigned()) return static_cast<long double>(value.get<std::uint64_t>());
  if (value.is_number_integer()) return static_cast<long double>(value.get<std::int64_t>());
  return static_cast<long double>(value.get<double>());
}

bool equal(const Json& a, const Json& b) {
  if (is_number(a) && is_number(b)) return as_number(a) == as_number(b);
  if (a.type() != b.type()) return false;
  if (a.is_array()) return a.size() == b.size() && std::equal(a.begin(), a.end(), b.begin(), equal);
  if (!a.is_object()) return a == b;
  if (a.size() != b.size()) return false;
  return std::ranges::all_of(a.items(), [&b](const auto& item) {
    const auto other = b.find(item.key());
    return other != b.end() && equal(item.value(), *other);
  });
}

std::optional<bool> less(const Json& a, const Json& b) {
  if (is_number(a) && is_number(b)) return as_number(a) < as_number(b);
  // The order of UTF-8 bytes is the order of code points.
  if (a.is_string() && b.is_string())
    return a.get_ref<const std::string&>() < b.get_ref<const std::string&>();
  if (a.is_array() && b.is_array()) return less_list(a, b);
  return std::nullopt;
}

bool truthy(const Json& value) {
  if (is_number(value)) return as_number(value) != 0;
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  return !value.empty();
}

std::string str(const Json& value) {
  return value.is_string() ? value.get<std::string>() : repr(value);
}

std::string repr(const Json& value) {
  switch (value.type()) {
    case Json::value_t::string:
      return quoted(value.get_ref<const std::string&>());
    case Json::value_t::boolean:
      return value.get<bool>() ? "True" : "False";
    case Json::value_t::number_float:
      return print_float(value.get<double>());
    case Json::value_t::array:
      return print_list(value);
    case Json::value_t::object:
      return print_object(value);
    case Json::value_t::number_integer:
    case Json::value_t::number_unsigned:
      return value.dump();
    default:
      return "None";
  }
}

}  // namespace countersign::core::python
