#include "bot/core/jinja/expression_parser.h"

#include <fmt/format.h>

#include <algorithm>

namespace countersign::core::jinja {
namespace {

using Form = Expression::Kind;

Expression literal(Json value) {
  Expression out;
  out.kind = Form::literal;
  out.literal = std::move(value);
  return out;
}

}  // namespace

Expression ExpressionParser::expression(bool with_choice) {
  if (++depth_ > kHeight) fail("the expression is nested too deeply: more than 64 levels");
  // Most expressions are a path with filters: no need to go down all levels of precedence. Tried
  // on the outermost level only, so that nothing is read more than twice.
  if (const std::size_t start = position_; depth_ == 1) {
    Expression simple = sign(true);
    if (failed() || at_end()) {
      --depth_;
      return simple;
    }
    position_ = start;
  }
  Expression out = either();
  while (with_choice && take_name("if")) {
    Expression condition = either();
    Expression other = take_name("else") ? expression() : Expression();
    std::vector<Expression> parts;
    parts.push_back(std::move(out));
    parts.push_back(std::move(condition));
    parts.push_back(std::move(other));
    out = node(Form::choice, std::move(parts));
  }
  --depth_;
  return out;
}

Expression ExpressionParser::tuple(bool with_choice) {
  Expression first = expression(with_choice);
  if (!at_sign(",")) return first;
  std::vector<Expression> parts;
  parts.push_back(std::move(first));
  while (take_sign(",") && starts_expression()) parts.push_back(expression(with_choice));
  return node(Form::tuple, std::move(parts));
}

bool ExpressionParser::starts_expression() const {
  if (token().kind == Token::Kind::end) return false;
  if (token().kind != Token::Kind::sign)
    return !at_name("in") && !at_name("if") && !at_name("recursive");
  constexpr std::string_view kOpening[] = {"(", "[", "{", "-", "+"};
  return std::ranges::find(kOpening, token().text) != std::end(kOpening);
}

Expression ExpressionParser::either() {
  Expression left = both();
  while (take_name("or")) {
    std::vector<Expression> parts;
    parts.push_back(std::move(left));
    parts.push_back(both());
    left = node(Form::either, std::move(parts));
  }
  return left;
}

Expression ExpressionParser::both() {
  Expression left = negation();
  while (take_name("and")) {
    std::vector<Expression> parts;
    parts.push_back(std::move(left));
    parts.push_back(negation());
    left = node(Form::both, std::move(parts));
  }
  return left;
}

Expression ExpressionParser::negation() {
  if (!take_name("not")) return comparison();
  if (++depth_ > kHeight) fail("the expression is nested too deeply: more than 64 levels");
  std::vector<Expression> parts;
  parts.push_back(negation());
  --depth_;
  return node(Form::negation, std::move(parts));
}

bool ExpressionParser::take_comparison(Operator& op) {
  constexpr std::pair<std::string_view, Operator> kSigns[] = {
      {"==", Operator::equal},      {"!=", Operator::not_equal}, {"<", Operator::less},
      {"<=", Operator::less_equal}, {">", Operator::greater},    {">=", Operator::greater_equal}};
  for (const auto& [sign, meaning] : kSigns) {
    if (!take_sign(sign)) continue;
    op = meaning;
    return true;
  }
  op = Operator::in;
  if (take_name("in")) return true;
  op = Operator::not_in;
  const Token& next = token(1);
  if (!at_name("not") || next.kind != Token::Kind::name || next.text != "in") return false;
  advance();
  advance();
  return true;
}

Expression ExpressionParser::comparison() {
  std::vector<Expression> operands;
  std::vector<Operator> operators;
  operands.push_back(sum());
  for (Operator op = Operator::equal; !failed() && take_comparison(op);) {
    operators.push_back(op);
    operands.push_back(sum());
  }
  if (operators.empty()) return std::move(operands.front());
  Expression out = node(Form::compare, std::move(operands));
  out.operators = std::move(operators);
  return out;
}

Expression ExpressionParser::chain(
    Expression (ExpressionParser::*operand)(),
    std::initializer_list<std::pair<std::string_view, Operator>> signs) {
  Expression left = (this->*operand)();
  while (!failed()) {
    const auto* const found =
        std::ranges::find_if(signs, [this](const auto& sign) { return at_sign(sign.first); });
    if (found == signs.end()) break;
    advance();
    std::vector<Expression> parts;
    parts.push_back(std::move(left));
    parts.push_back((this->*operand)());
    left = node(Form::math, std::move(parts));
    left.op = found->second;
  }
  return left;
}

Expression ExpressionParser::sum() {
  return chain(&ExpressionParser::concatenation, {{"+", Operator::add}, {"-", Operator::subtract}});
}

Expression ExpressionParser::concatenation() {
  std::vector<Expression> parts;
  do {
    parts.push_back(product());
  } while (take_sign("~"));
  if (parts.size() == 1) return std::move(parts.front());
  return node(Form::concat, std::move(parts));
}

Expression ExpressionParser::product() {
  return chain(&ExpressionParser::power, {{"*", Operator::multiply},
                                          {"/", Operator::divide},
                                          {"//", Operator::floor_divide},
                                          {"%", Operator::modulo}});
}

Expression ExpressionParser::power() {
  Expression left = sign(true);
  while (take_sign("**")) {
    std::vector<Expression> parts;
    parts.push_back(std::move(left));
    parts.push_back(sign(true));
    left = node(Form::math, std::move(parts));
    left.op = Operator::power;
  }
  return left;
}

Expression ExpressionParser::sign(bool with_filters) {
  if (++depth_ > kHeight) fail("the expression is nested too deeply: more than 64 levels");
  Expression out;
  const bool minus = at_sign("-");
  if (take_sign("-") || take_sign("+")) {
    std::vector<Expression> parts;
    parts.push_back(sign(false));
    out = node(Form::sign, std::move(parts));
    out.op = minus ? Operator::subtract : Operator::add;
  } else {
    out = primary();
  }
  out = postfix(std::move(out));
  --depth_;
  return with_filters ? filters(std::move(out)) : out;
}

Expression ExpressionParser::primary() {
  const Token& here = token();
  Expression out;
  switch (here.kind) {
    case Token::Kind::name:
      return named();
    case Token::Kind::text:
      return text();
    case Token::Kind::whole:
    case Token::Kind::real:
      out = literal(here.number);
      if (here.number.is_null()) out.kind = Form::big_literal;
      out.text = here.text;
      advance();
      return out;
    case Token::Kind::sign:
      if (take_sign("(")) return group();
      if (take_sign("[")) return list();
      if (take_sign("{")) return dict();
      break;
    case Token::Kind::end:
      break;
  }
  unexpected();
  return out;
}

Expression ExpressionParser::named() {
  constexpr std::pair<std::string_view, int> kConstants[] = {
      {"true", 1}, {"True", 1}, {"false", 0}, {"False", 0}, {"none", -1}, {"None", -1}};
  Expression out;
  out.kind = Form::name;
  out.text = name();
  for (const auto& [word, value] : kConstants)
    if (out.text == word) return literal(value < 0 ? Json(nullptr) : Json(value == 1));
  return out;
}

Expression ExpressionParser::text() {
  std::string all;
  for (; token().kind == Token::Kind::text; advance()) all += token().text;
  return literal(Json(std::move(all)));
}

Expression ExpressionParser::group() {
  if (take_sign(")")) return node(Form::tuple, {});
  Expression inner = tuple();
  expect_sign(")");
  return inner;
}

Expression ExpressionParser::list() {
  std::vector<Expression> parts;
  while (!failed() && !at_sign("]")) {
    parts.push_back(expression());
    if (!take_sign(",")) break;
  }
  expect_sign("]");
  return node(Form::list, std::move(parts));
}

Expression ExpressionParser::dict() {
  std::vector<Expression> parts;
  while (!failed() && !at_sign("}")) {
    parts.push_back(expression());
    expect_sign(":");
    parts.push_back(expression());
    if (!take_sign(",")) break;
  }
  expect_sign("}");
  return node(Form::dict, std::move(parts));
}

Expression ExpressionParser::node(Expression::Kind kind, std::vector<Expression> children) {
  Expression out;
  out.kind = kind;
  for (const Expression& child : children) out.height = std::max(out.height, child.height + 1);
  out.children = std::move(children);
  if (out.height > kHeight) fail("the expression is nested too deeply: more than 64 levels");
  return out;
}

const Token& ExpressionParser::token(std::size_t ahead) const {
  return tokens_[std::min(position_ + ahead, tokens_.size() - 1)];
}

void ExpressionParser::advance() { position_ = std::min(position_ + 1, tokens_.size() - 1); }

bool ExpressionParser::at_sign(std::string_view sign) const {
  return token().kind == Token::Kind::sign && token().text == sign;
}

bool ExpressionParser::at_name(std::string_view name) const {
  return token().kind == Token::Kind::name && token().text == name;
}

bool ExpressionParser::take_sign(std::string_view sign) {
  if (!at_sign(sign)) return false;
  advance();
  return true;
}

bool ExpressionParser::take_name(std::string_view name) {
  if (!at_name(name)) return false;
  advance();
  return true;
}

void ExpressionParser::expect_sign(std::string_view sign) {
  if (!take_sign(sign)) unexpected();
}

void ExpressionParser::expect_name(std::string_view name) {
  if (!take_name(name)) unexpected();
}

std::string ExpressionParser::name() {
  if (token().kind != Token::Kind::name) {
    unexpected();
    return {};
  }
  std::string out = token().text;
  advance();
  return out;
}

void ExpressionParser::unexpected() {
  if (at_end()) {
    fail("an expression is missing");
  } else {
    fail(fmt::format("unexpected '{}'", token().text));
  }
}

void ExpressionParser::fail(std::string message) {
  if (!error_) error_ = invalid(std::move(message));
  position_ = tokens_.size() - 1;
}

}  // namespace countersign::core::jinja
