#include "bot/core/json_guard.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

constexpr std::int64_t kExactInteger = std::int64_t{1} << 53;

// Well-formed UTF-8 by its first two bytes (RFC 3629, section 4); later bytes are always 80..BF.
struct Utf8Row {
  std::uint8_t first_low, first_high, second_low, second_high;
  std::size_t length;
};
constexpr std::array<Utf8Row, 8> kUtf8{{{0xC2, 0xDF, 0x80, 0xBF, 2},
                                        {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                        {0xE1, 0xEC, 0x80, 0xBF, 3},
                                        {0xED, 0xED, 0x80, 0x9F, 3},
                                        {0xEE, 0xEF, 0x80, 0xBF, 3},
                                        {0xF0, 0xF0, 0x90, 0xBF, 4},
                                        {0xF1, 0xF3, 0x80, 0xBF, 4},
                                        {0xF4, 0xF4, 0x80, 0x8F, 4}}};

// Length of the sequence of several bytes that `text` begins with; 0 if it is not well formed.
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  for (const Utf8Row& row : kUtf8) {
    if (byte(0) < row.first_low || byte(0) > row.first_high) continue;
    if (text.size() < row.length || byte(1) < row.second_low || byte(1) > row.second_high) return 0;
    for (std::size_t i = 2; i < row.length; ++i) {
      if ((byte(i) & 0xC0) != 0x80) return 0;
    }
    return row.length;
  }
  return 0;
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  JsonReading read() {
    if (text_.starts_with("\xEF\xBB\xBF")) {
      at_ = 3;
      refuse("byte order mark");
    }
    do {
      skip_blanks();
      if (!step()) return malformed();
    } while (expect_ != Expect::nothing);
    skip_blanks();
    if (at_ != text_.size()) return malformed();
    if (!building()) return {JsonReading::Kind::unparsable, {}, "unparsable: " + refusal_};
    return {JsonReading::Kind::value, std::move(root_), {}};
  }

 private:
  enum class Expect { value, value_or_end, key, key_or_end, comma_or_end, nothing };

  JsonReading malformed() const {
    return {JsonReading::Kind::malformed, {}, "malformed JSON at byte " + std::to_string(at_)};
  }

  // The first refusal stays; from here on only the syntax is followed, nothing is built any more.
  void refuse(const char* why) {
    if (!building()) return;
    refusal_ = why;
    open_.clear();
    places_.clear();
    root_ = nullptr;
  }
  bool building() const { return refusal_.empty(); }

  bool at_end() const { return at_ == text_.size(); }
  char peek() const { return text_[at_]; }
  bool take(char c) {
    if (at_end() || peek() != c) return false;
    ++at_;
    return true;
  }

  // A raw U+0000 between tokens comes from senders that count the end of a C string: kept, not
  // understood.
  void skip_blanks() {
    for (; !at_end(); ++at_) {
      const char c = peek();
      if (c == '\0') refuse("U+0000");
      if (c != ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\0') return;
    }
  }

  bool step() {
    switch (expect_) {
      case Expect::value_or_end:
        return take(']') ? close() : value();
      case Expect::value:
        return value();
      case Expect::key_or_end:
        return take('}') ? close() : key();
      case Expect::key:
        return key();
      case Expect::comma_or_end:
        if (!take(',')) return take(in_object() ? '}' : ']') && close();
        expect_ = in_object() ? Expect::key : Expect::value;
        return true;
      case Expect::nothing:
        break;
    }
    return false;
  }

  bool in_object() const { return brackets_.back() == '{'; }

  bool value() {
    if (at_end()) return false;
    const char c = peek();
    if (c == '{' || c == '[') return open(c);
    if (c == '"') return string_value();
    if (c == '-' || is_digit(c)) return number();
    return word("true", true) || word("false", false) || word("null", nullptr);
  }

  bool open(char bracket) {
    ++at_;
    brackets_ += bracket;
    if (brackets_.size() > kJsonDepth) refuse("nested too deeply");
    if (building()) open_.push_back(bracket == '{' ? Json::object() : Json::array());
    expect_ = bracket == '{' ? Expect::key_or_end : Expect::value_or_end;
    return true;
  }

  bool close() {
    brackets_.pop_back();
    Json done;
    if (building()) {
      done = std::move(open_.back());
      open_.pop_back();
    }
    put(std::move(done));
    return true;
  }

  // A complete value goes where it belongs.
  void put(Json v) {
    expect_ = brackets_.empty() ? Expect::nothing : Expect::comma_or_end;
    if (!building()) return;
    if (open_.empty()) {
      root_ = std::move(v);
    } else if (open_.back().is_array()) {
      open_.back().push_back(std::move(v));
    } else {
      *places_.back() = std::move(v);
      places_.pop_back();
    }
  }

  bool key() {
    std::string name;
    if (!string(name)) return false;
    skip_blanks();
    if (!take(':')) return false;
    if (building()) {
      const auto [place, fresh] = open_.back().emplace(std::move(name), nullptr);
      places_.push_back(&*place);
      if (!fresh) refuse("duplicate key");
    }
    expect_ = Expect::value;
    return true;
  }

  bool word(std::string_view text, Json meaning) {
    if (!text_.substr(at_).starts_with(text)) return false;
    at_ += text.size();
    put(std::move(meaning));
    return true;
  }

  bool string_value() {
    std::string text;
    if (!string(text)) return false;
    put(std::move(text));
    return true;
  }

  bool string(std::string& out) {
    if (!take('"')) return false;
    while (!at_end()) {
      const auto c = static_cast<std::uint8_t>(peek());
      if (take('"')) return true;
      if (take('\\')) {
        if (!escape(out)) return false;
      } else if (c >= 0x80) {
        several_bytes(out);
      } else if (c >= 0x20) {
        plain(out);
      } else if (take('\0')) {
        refuse("U+0000");
      } else {
        return false;
      }
    }
    return false;
  }

  // What means itself, in one piece.
  void plain(std::string& out) {
    const std::size_t start = at_;
    while (!at_end() && peek() >= 0x20 && peek() != '"' && peek() != '\\') ++at_;
    out += text_.substr(start, at_ - start);
  }

  void several_bytes(std::string& out) {
    const std::size_t length = utf8_length(text_.substr(at_));
    if (length == 0) refuse("invalid UTF-8");
    out += text_.substr(at_, length);
    at_ += length == 0 ? 1 : length;
  }

  bool escape(std::string& out) {
    constexpr std::string_view kLetters = "\"\\/bfnrt";
    constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (take('u')) return unicode_escape(out);
    const auto i = at_end() ? std::string_view::npos : kLetters.find(peek());
    if (i == std::string_view::npos) return false;
    out += kMeanings[i];
    ++at_;
    return true;
  }

  bool unicode_escape(std::string& out) {
    const auto unit = four_digits();
    if (!unit) return false;
    char32_t c = *unit;
    const bool high = c >= 0xD800 && c < 0xDC00;
    if (high && text_.substr(at_).starts_with("\\u")) {
      const std::size_t back = at_;
      at_ += 2;
      const auto low = four_digits();
      if (!low) return false;
      if (*low >= 0xDC00 && *low < 0xE000) {
        core::append_utf8(out, 0x10000 + ((c - 0xD800) << 10) + (*low - 0xDC00));
        return true;
      }
      at_ = back;  // an escape of its own
    }
    if (c == 0) refuse("U+0000");
    if (c >= 0xD800 && c < 0xE000) {
      refuse("lone surrogate");
      c = 0xFFFD;
    }
    core::append_utf8(out, c);
    return true;
  }

  std::optional<char32_t> four_digits() {
    const std::string_view digits = text_.substr(at_, 4);
    unsigned unit = 0;
    const auto end = std::from_chars(digits.data(), digits.data() + digits.size(), unit, 16).ptr;
    if (end != digits.data() + 4) return std::nullopt;
    at_ += 4;
    return unit;
  }

  bool digits() {
    if (at_end() || !is_digit(peek())) return false;
    while (!at_end() && is_digit(peek())) ++at_;
    return true;
  }

  bool number() {
    const std::size_t start = at_;
    take('-');
    if (!take('0') && !digits()) return false;
    bool whole = true;
    if (take('.')) {
      whole = false;
      if (!digits()) return false;
    }
    if (take('e') || take('E')) {
      whole = false;
      if (!take('+')) take('-');
      if (!digits()) return false;
    }
    const std::string_view literal = text_.substr(start, at_ - start);
    if (literal.size() > kNumberLength) refuse("number too long");
    put(whole ? integer(literal) : real(literal));
    return true;
  }

  static Json integer(std::string_view literal) {
    std::int64_t n = 0;
    const auto parsed = std::from_chars(literal.data(), literal.data() + literal.size(), n);
    if (parsed.ec != std::errc() || n > kExactInteger || n < -kExactInteger)
      return std::string(literal);
    return n;
  }

  Json real(std::string_view literal) {
    double n = 0;
    const auto parsed = std::from_chars(literal.data(), literal.data() + literal.size(), n);
    if (parsed.ec != std::errc()) refuse("number out of range");
    return n;
  }

  std::string_view text_;
  std::size_t at_ = 0;
  Expect expect_ = Expect::value;
  std::string brackets_;  // of the containers around `at_`
  std::string refusal_;
  Json root_;
  std::vector<Json> open_;     // the same containers as values, while building
  std::vector<Json*> places_;  // in them, of the values under way
};

}  // namespace

JsonReading read_json(std::string_view bytes) { return Scanner(bytes).read(); }

}  // namespace countersign::core
