// Expressions out of tokens, by recursive descent with Jinja's precedence.
#pragma once
#include "bot/core/jinja/lexer.h"
#include "bot/core/jinja/syntax.h"

namespace countersign::core::jinja {

// Walks over the tokens of one tag. The first failure is kept; after it every token is `end`.
class ExpressionParser {
 public:
  static constexpr int kHeight = 64;  // of expressions in each other

  explicit ExpressionParser(const std::vector<Token>& tokens) : tokens_(tokens) {}

  Expression expression(bool with_choice = true);
  // "a, b" is a tuple without parentheses.
  Expression tuple(bool with_choice = true);
  Expression filters_of_block(bool starts_with_pipe);  // {% filter upper | trim %}
  Target target(bool members);
  void arguments(Expression& call);

  bool at_sign(std::string_view sign) const;
  bool at_name(std::string_view name) const;
  bool at_end() const { return token().kind == Token::Kind::end; }
  bool take_sign(std::string_view sign);
  bool take_name(std::string_view name);
  void expect_sign(std::string_view sign);
  void expect_name(std::string_view name);
  std::string name();
  // Fails for whatever stands here.
  void unexpected();
  void fail(std::string message);
  bool failed() const { return error_.has_value(); }
  const Error& error() const { return *error_; }
  const Token& token(std::size_t ahead = 0) const;

 private:
  Expression either();
  Expression both();
  Expression negation();
  Expression comparison();
  Expression sum();
  Expression concatenation();
  Expression product();
  Expression power();
  Expression sign(bool with_filters);
  Expression primary();
  Expression named();
  Expression text();
  Expression group();
  Expression list();
  Expression dict();
  Expression postfix(Expression base);
  Expression filters(Expression base);
  Expression filter(Expression input);
  Expression test(Expression input);
  Expression called(Expression base);
  Expression attribute(Expression base);
  Expression subscript(Expression base);
  Expression subscript_part();
  bool starts_expression() const;
  bool take_comparison(Operator& op);
  void argument(Expression& call);
  Expression chain(Expression (ExpressionParser::*operand)(),
                   std::initializer_list<std::pair<std::string_view, Operator>> signs);
  Expression node(Expression::Kind kind, std::vector<Expression> children);
  void advance();

  const std::vector<Token>& tokens_;
  std::size_t position_ = 0;
  int depth_ = 0;
  std::optional<Error> error_;
};

}  // namespace countersign::core::jinja
