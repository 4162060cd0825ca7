#include "bot/core/jinja/tokens.h"

#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/big_integer.h"
#include "bot/core/python_value.h"

namespace countersign::core::jinja {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

constexpr std::string_view kSigns[] = {"//", "**", "==", "!=", ">=", "<=", "+", "-", "/",
                                       "*",  "%",  "~",  "[",  "]",  "(",  ")", "{", "}",
                                       ">",  "<",  "=",  ".",  ":",  "|",  ",", ";"};

}  // namespace

Result<void> TokenReader::read(std::vector<Token>& tokens) {
  while (!take_end()) {
    if (rest_.empty()) return invalid(fmt::format("unclosed '{}'", end_ == "}}" ? "{{" : "{%"));
    Result<Token> token = next();
    if (!token) return token.error();
    after_dot_ = token->kind == Token::Kind::sign && token->text == ".";
    tokens.push_back(std::move(*token));
  }
  Token end;
  end.at = static_cast<std::size_t>(rest_.data() - source_.data());
  tokens.push_back(end);
  return {};
}

bool TokenReader::take_end() {
  skip_blanks();
  if (!open_.empty()) return false;
  std::string_view ahead = rest_;
  const bool signs = end_ == "%}" && ahead.starts_with('+');
  if (ahead.starts_with('-') || signs) ahead.remove_prefix(1);
  if (!ahead.starts_with(end_)) return false;
  if (ahead.size() < rest_.size()) sign_ = rest_.front();
  rest_ = ahead.substr(end_.size());
  return true;
}

Result<Token> TokenReader::next() {
  Token token;
  token.at = static_cast<std::size_t>(rest_.data() - source_.data());
  const char c = rest_.front();
  if (is_digit(c)) return number();
  if (c == '\'' || c == '"') {
    Result<std::string> text = python::take_string(rest_);
    if (!text) return text.error();
    token.kind = Token::Kind::text;
    token.text = std::move(*text);
    return token;
  }
  if (starts_name(c)) {
    const auto end =
        std::ranges::find_if(rest_, [](char n) { return !starts_name(n) && !is_digit(n); });
    token.kind = Token::Kind::name;
    token.text = rest_.substr(0, static_cast<std::size_t>(end - rest_.begin()));
    rest_.remove_prefix(token.text.size());
    return token;
  }
  for (const std::string_view sign : kSigns) {
    if (!rest_.starts_with(sign)) continue;
    if (Result<void> balanced = balance(c); !balanced) return balanced.error();
    token.kind = Token::Kind::sign;
    token.text = sign;
    rest_.remove_prefix(sign.size());
    return token;
  }
  return invalid(fmt::format("unexpected '{}'", c));
}

Result<Token> TokenReader::number() {
  constexpr std::pair<std::string_view, int> kBases[] = {{"0x", 16}, {"0o", 8}, {"0b", 2}};
  const std::string_view all = rest_;
  for (const auto& [prefix, base] : kBases) {
    const bool fits = rest_.size() > 2 && rest_[0] == '0' && (rest_[1] | 0x20) == prefix[1];
    if (!fits) continue;
    const auto end = std::ranges::find_if(rest_.substr(2), [](char c) {
      return std::isxdigit(static_cast<unsigned char>(c)) == 0 && c != '_';
    });
    rest_ = rest_.substr(static_cast<std::size_t>(end - rest_.begin()));
    return whole(std::string(all.substr(2, all.size() - rest_.size() - 2)), base);
  }
  const std::size_t end = std::min(all.find_first_not_of("0123456789_"), all.size());
  std::string_view real = all;
  const Result<Json> value = python::take_number(real);
  if (!after_dot_ && value && value->is_number_float()) {
    Token token{Token::Kind::real, std::string(all.substr(0, all.size() - real.size())), *value, 0};
    rest_ = real;
    return token;
  }
  if (all.substr(0, end).find_first_not_of("0_") != all.npos && all[0] == '0' && end > 1)
    return invalid(fmt::format("unexpected '{}'", all.substr(0, end)));
  rest_ = all.substr(end);
  return whole(std::string(all.substr(0, end)), 10);
}

Token TokenReader::whole(std::string digits, int base) {
  std::erase(digits, '_');
  Token token{Token::Kind::whole, std::move(digits), nullptr, 0};
  if (const auto small = python::parse_int(token.text, base)) token.number = *small;
  const auto number = BigInteger::parse(token.text, static_cast<unsigned>(base));
  if (base != 10 && number) token.text = number->digits();
  return token;
}

Result<void> TokenReader::balance(char c) {
  constexpr std::string_view kPairs = "()[]{}";
  const std::size_t at = kPairs.find(c);
  if (at == std::string_view::npos) return {};
  if (at % 2 == 0) {
    open_ += kPairs[at + 1];
    return {};
  }
  if (open_.empty() || open_.back() != c) return invalid(fmt::format("unexpected '{}'", c));
  open_.pop_back();
  return {};
}

void TokenReader::skip_blanks() {
  rest_.remove_prefix(std::min(rest_.find_first_not_of(" \t\n\r\f\v"), rest_.size()));
}

}  // namespace countersign::core::jinja
