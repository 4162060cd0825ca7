#include <algorithm>
#include <charconv>
#include <cmath>

#include "bot/core/python_value.h"
#include "bot/core/unicode.h"

namespace countersign::core::python {
namespace {

constexpr int kDepthLimit = 64;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Removes underscores between digits; nothing if one stands elsewhere.
std::optional<std::string> without_underscores(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '_') {
      out += text[i];
      continue;
    }
    const bool between = i > 0 && i + 1 < text.size() &&
                         std::isxdigit(static_cast<unsigned char>(text[i - 1])) &&
                         std::isxdigit(static_cast<unsigned char>(text[i + 1]));
    if (!between) return std::nullopt;
  }
  return out;
}

// The escapes that stand for another character, in pairs.
constexpr std::string_view kEscapes = "n\nr\rt\ta\ab\bf\fv\v\\\\'\'\"\"";

// \x41, \u2603, \U0001f680: `text` stands behind the letter.
bool take_coded(std::string_view& text, std::size_t digits, std::string& out) {
  std::uint32_t code = 0;
  const std::string_view number = text.substr(0, digits);
  const auto read = std::from_chars(number.data(), number.data() + number.size(), code, 16);
  if (number.size() != digits || read.ptr != number.data() + digits || code > 0x10FFFF)
    return false;
  append_utf8(out, code);
  text.remove_prefix(digits);
  return true;
}

// `text` stands behind the backslash. An unknown escape keeps its backslash, as in Python.
bool take_escape(std::string_view& text, std::string& out) {
  if (text.empty()) return false;
  const char c = text.front();
  text.remove_prefix(1);
  if (c == 'x') return take_coded(text, 2, out);
  if (c == 'u') return take_coded(text, 4, out);
  if (c == 'U') return take_coded(text, 8, out);
  if (c == '\n') return true;
  for (std::size_t i = 0; i < kEscapes.size(); i += 2) {
    if (kEscapes[i] == c) {
      out += kEscapes[i + 1];
      return true;
    }
  }
  out += '\\';
  out += c;
  return true;
}

// A recursive reader of literals: one function for each shape.
class LiteralReader {
 public:
  explicit LiteralReader(std::string_view text) : rest_(text) {}

  std::optional<Json> whole() {
    std::optional<Json> value = any(0);
    skip_blanks();
    return rest_.empty() ? value : std::nullopt;
  }

 private:
  std::optional<Json> any(int depth) {
    skip_blanks();
    if (rest_.empty() || depth > kDepthLimit) return std::nullopt;
    const char c = rest_.front();
    if (c == '\'' || c == '"') return text();
    if (take("[")) return list("]", depth);
    if (take("(")) return list(")", depth);
    if (take("{")) return object(depth);
    if (take("True")) return Json(true);
    if (take("False")) return Json(false);
    if (take("None")) return Json(nullptr);
    return number();
  }

  std::optional<Json> text() {
    Result<std::string> read = take_string(rest_);
    if (!read) return std::nullopt;
    return Json(std::move(*read));
  }

  std::optional<Json> number() {
    const bool negative = take("-");
    if (rest_.empty() || !is_digit(rest_.front())) return std::nullopt;
    Result<Json> read = take_number(rest_);
    if (!read) return std::nullopt;
    if (!negative) return std::move(*read);
    if (read->is_number_float()) return Json(-read->get<double>());
    return Json(-read->get<std::int64_t>());
  }

  std::optional<Json> list(std::string_view end, int depth) {
    Json out = Json::array();
    while (!take(end)) {
      std::optional<Json> item = any(depth + 1);
      if (!item) return std::nullopt;
      out.push_back(std::move(*item));
      if (!take(",") && !rest_.starts_with(end)) return std::nullopt;
    }
    return out;
  }

  std::optional<Json> object(int depth) {
    Json out = Json::object();
    while (!take("}")) {
      const std::optional<Json> key = any(depth + 1);
      if (!key || !key->is_string() || !take(":")) return std::nullopt;
      std::optional<Json> value = any(depth + 1);
      if (!value) return std::nullopt;
      out[key->get<std::string>()] = std::move(*value);
      if (!take(",") && !rest_.starts_with('}')) return std::nullopt;
    }
    return out;
  }

  bool take(std::string_view word) {
    skip_blanks();
    if (!rest_.starts_with(word)) return false;
    rest_.remove_prefix(word.size());
    return true;
  }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(static_cast<unsigned char>(rest_.front())))
      rest_.remove_prefix(1);
  }

  std::string_view rest_;
};

}  // namespace

std::optional<std::int64_t> parse_int(std::string_view text, int base) {
  std::optional<std::string> digits = without_underscores(trim(text));
  if (!digits || digits->empty()) return std::nullopt;
  const bool negative = digits->front() == '-';
  if (negative || digits->front() == '+') digits->erase(0, 1);
  constexpr std::pair<int, std::string_view> kPrefixes[] = {{16, "0x"}, {8, "0o"}, {2, "0b"}};
  for (const auto& [prefix_base, prefix] : kPrefixes)
    if (base == prefix_base && to_lower(*digits).starts_with(prefix)) digits->erase(0, 2);
  std::int64_t value = 0;
  const char* const end = digits->data() + digits->size();
  const auto read = std::from_chars(digits->data(), end, value, base);
  if (digits->empty() || digits->front() == '-' || read.ec != std::errc() || read.ptr != end)
    return std::nullopt;
  return negative ? -value : value;
}

std::optional<double> parse_float(std::string_view text) {
  std::optional<std::string> digits = without_underscores(trim(text));
  if (!digits || digits->empty()) return std::nullopt;
  if (digits->front() == '+') digits->erase(0, 1);
  // from_chars takes "nan(...)" too; Python does not.
  if (digits->empty() || digits->front() == '+' || digits->find('(') != std::string::npos)
    return std::nullopt;
  double value = 0;
  const char* const end = digits->data() + digits->size();
  const auto read = std::from_chars(digits->data(), end, value);
  if (read.ec != std::errc() || read.ptr != end) return std::nullopt;
  return value;
}

Result<std::string> take_string(std::string_view& text) {
  const char quote = text.front();
  text.remove_prefix(1);
  std::string out;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == quote) return out;
    if (c != '\\') {
      out += c;
    } else if (!take_escape(text, out)) {
      return invalid("bad escape in a string");
    }
  }
  return invalid("unclosed string");
}

Result<Json> take_number(std::string_view& text) {
  std::size_t end = 0;
  bool is_float = false;
  const auto digits = [&] {
    while (end < text.size() && (is_digit(text[end]) || text[end] == '_')) ++end;
  };
  digits();
  if (end + 1 < text.size() && text[end] == '.' && is_digit(text[end + 1])) {
    is_float = true;
    ++end;
    digits();
  }
  if (end < text.size() && (text[end] == 'e' || text[end] == 'E')) {
    std::size_t exponent = end + 1;
    if (exponent < text.size() && (text[exponent] == '+' || text[exponent] == '-')) ++exponent;
    if (exponent < text.size() && is_digit(text[exponent])) {
      is_float = true;
      end = exponent;
      digits();
    }
  }
  const std::string_view number = text.substr(0, end);
  text.remove_prefix(end);
  if (is_float) {
    const std::optional<double> value = parse_float(number);
    if (value && std::isfinite(*value)) return Json(*value);
  } else if (const std::optional<std::int64_t> value = parse_int(number)) {
    return Json(*value);
  }
  return invalid("the number " + std::string(number) + " is not supported");
}

std::optional<Json> parse_literal(std::string_view text) { return LiteralReader(text).whole(); }

}  // namespace countersign::core::python
