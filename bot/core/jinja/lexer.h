// Splits a template into text and tags, with Jinja's rules for white space: '-' inside a tag eats
// all of it outside; a block or comment alone on its line takes the blanks before it and the
// newline after it along (lstrip_blocks and trim_blocks, as StackStorm sets them); one newline at
// the very end does not count. A text without any tag stays as it is.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core::jinja {

struct Token {
  enum class Kind { name, text, whole, real, sign, end } kind = Kind::end;
  std::string text;  // a string's content; a number's digits
  Json number;       // null if a whole number needs more than 64 bits
  std::size_t at = 0;
};

struct Piece {
  enum class Kind { text, output, block } kind = Kind::text;
  std::string text;
  std::vector<Token> tokens;  // of a tag; the last one is `end`
  std::size_t at = 0;         // where the tag opens, in bytes
};

struct Pieces {
  std::string source;  // with '\n' as the only end of line
  std::vector<Piece> pieces;
};
Result<Pieces> split_template(std::string_view source);

// "unclosed '{{' at character 12", or "..., in the '{{' at character 12".
Error error_at(std::string_view source, std::size_t at, const std::string& message);

}  // namespace countersign::core::jinja
