#include "bot/core/jinja/lexer.h"

#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/tokens.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

constexpr std::string_view kBlanks = " \t\n\r\f\v";

std::string with_plain_newlines(std::string_view source) {
  std::string out;
  for (std::size_t i = 0; i < source.size(); ++i) {
    const bool pair = source[i] == '\r' && i + 1 < source.size() && source[i + 1] == '\n';
    if (!pair) out += source[i] == '\r' ? '\n' : source[i];
  }
  if (out.ends_with('\n')) out.pop_back();
  return out;
}

std::size_t find_tag(std::string_view text) {
  std::size_t open = text.find('{');
  while (open != std::string_view::npos && text.find_first_of("{%#", open + 1) != open + 1)
    open = text.find('{', open + 1);
  return open;
}

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)), rest_(source_) {}

  Result<Pieces> split() {
    while (!rest_.empty()) {
      if (Result<void> done = next(); !done) return done.error();
    }
    return Pieces{source_, std::move(pieces_)};
  }

 private:
  Result<void> next() {
    const std::size_t open = find_tag(rest_);
    const std::string_view before = rest_.substr(0, open);
    if (open == std::string_view::npos) {
      add_text(rest_);
      rest_ = {};
      return {};
    }
    at_ = static_cast<std::size_t>(rest_.data() - source_.data()) + open;
    const char kind = rest_[open + 1];
    rest_.remove_prefix(open + 2);
    add_text(text_before(before, kind == '{'));
    if (kind == '#') return comment();
    if (kind == '%' && take_word_tag("raw", false)) return raw();
    return tag(kind == '{' ? Piece::Kind::output : Piece::Kind::block);
  }

  // What is left of the text before a tag. Takes the tag's sign for white space.
  std::string_view text_before(std::string_view text, bool output) {
    if (take("-")) return text.substr(0, text.find_last_not_of(kBlanks) + 1);
    if (take("+") || output) return text;
    const std::size_t line = text.rfind('\n') + 1;
    if (line == 0 && !fresh_line_) return text;
    const bool blank = text.find_first_not_of(kBlanks, line) == std::string_view::npos;
    return blank ? text.substr(0, line) : text;
  }

  Result<void> comment() {
    const std::size_t close = rest_.find("#}");
    if (close == std::string_view::npos) return error("unclosed '{#'");
    const char sign = close > 0 ? rest_[close - 1] : ' ';
    rest_.remove_prefix(close + 2);
    after_tag(sign, true);
    return {};
  }

  // Behind "{% raw %}".
  Result<void> raw() {
    const std::string_view all = rest_;
    for (std::size_t open = all.find("{%"); open != all.npos; open = all.find("{%", open + 2)) {
      rest_ = all.substr(open + 2);
      const std::string_view text = text_before(all.substr(0, open), false);
      if (!take_word_tag("endraw", true)) continue;
      add_text(text);
      return {};
    }
    return error("unclosed '{% raw %}'");
  }

  // {% raw %} and {% endraw %}, behind the "{%"; false if it is another tag.
  bool take_word_tag(std::string_view word, bool trims) {
    const std::string_view start = rest_;
    skip_blanks();
    if (take(word)) {
      skip_blanks();
      const char sign = rest_.empty() ? ' ' : rest_.front();
      if (sign == '-' || (sign == '+' && trims)) rest_.remove_prefix(1);
      if (take("%}")) {
        after_tag(sign, trims);
        return true;
      }
    }
    rest_ = start;
    return false;
  }

  Result<void> tag(Piece::Kind kind) {
    Piece piece{kind, {}, {}, at_};
    const std::string_view end = kind == Piece::Kind::output ? "}}" : "%}";
    TokenReader reader(source_, rest_, end);
    if (Result<void> read = reader.read(piece.tokens); !read) return error(read.error().message);
    rest_ = reader.rest();
    pieces_.push_back(std::move(piece));
    after_tag(reader.sign(), kind == Piece::Kind::block);
    return {};
  }

  // Behind a tag that was closed with this sign, or with none.
  void after_tag(char sign, bool trims) {
    const std::size_t size = rest_.size();
    if (sign == '-') {
      skip_blanks();
    } else if (trims && sign != '+') {
      take("\n");
    }
    fresh_line_ = rest_.size() < size && *(rest_.data() - 1) == '\n';
  }

  void add_text(std::string_view text) {
    if (!text.empty()) pieces_.push_back({Piece::Kind::text, std::string(text), {}, 0});
  }

  bool take(std::string_view sign) {
    if (!rest_.starts_with(sign)) return false;
    rest_.remove_prefix(sign.size());
    return true;
  }

  void skip_blanks() {
    rest_.remove_prefix(std::min(rest_.find_first_not_of(kBlanks), rest_.size()));
  }

  Error error(const std::string& message) const { return error_at(source_, at_, message); }

  const std::string source_;
  std::string_view rest_;
  std::size_t at_ = 0;
  bool fresh_line_ = true;  // what comes next stands at the start of a line
  std::vector<Piece> pieces_;
};

}  // namespace

Error error_at(std::string_view source, std::size_t at, const std::string& message) {
  const std::size_t character = to_code_points(source.substr(0, at)).size() + 1;
  if (message.starts_with("unclosed '"))
    return invalid(fmt::format("{} at character {}", message, character));
  return invalid(
      fmt::format("{}, in the '{}' at character {}", message, source.substr(at, 2), character));
}

Result<Pieces> split_template(std::string_view source) {
  if (find_tag(source) == std::string_view::npos) {
    if (source.empty()) return Pieces{};
    return Pieces{std::string(source), {{Piece::Kind::text, std::string(source), {}, 0}}};
  }
  return Lexer(with_plain_newlines(source)).split();
}

}  // namespace countersign::core::jinja
