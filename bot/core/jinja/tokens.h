// The inside of one tag as tokens.
#pragma once
#include "bot/core/jinja/lexer.h"

namespace countersign::core::jinja {

class TokenReader {
 public:
  // `rest` is the part of `source` behind the opening of a tag that `end` closes.
  TokenReader(std::string_view source, std::string_view rest, std::string_view end)
      : source_(source), rest_(rest), end_(end) {}

  Result<void> read(std::vector<Token>& tokens);
  std::string_view rest() const { return rest_; }  // behind the tag
  char sign() const { return sign_; }              // before its end: '-', '+', or ' '

 private:
  bool take_end();
  Result<Token> next();
  Result<Token> number();
  Token whole(std::string digits, int base);
  Result<void> balance(char c);
  void skip_blanks();

  std::string_view source_, rest_, end_;
  char sign_ = ' ';
  bool after_dot_ = false;
  std::string open_;  // the closing signs that are still to come
};

}  // namespace countersign::core::jinja
