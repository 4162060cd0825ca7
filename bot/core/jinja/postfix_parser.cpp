// What stands behind a value: .name, [index], (arguments), | filter, is test; and targets.
#include <fmt/format.h>

#include "bot/core/jinja/expression_parser.h"

namespace countersign::core::jinja {
namespace {

using Form = Expression::Kind;

std::vector<Expression> one(Expression e) {
  std::vector<Expression> out;
  out.push_back(std::move(e));
  return out;
}

}  // namespace

Expression ExpressionParser::postfix(Expression base) {
  while (!failed()) {
    if (take_sign(".")) {
      base = attribute(std::move(base));
    } else if (take_sign("[")) {
      base = subscript(std::move(base));
    } else if (at_sign("(")) {
      base = called(std::move(base));
    } else {
      break;
    }
  }
  return base;
}

Expression ExpressionParser::called(Expression base) {
  Expression call = node(Form::call, one(std::move(base)));
  arguments(call);
  return call;
}

Expression ExpressionParser::attribute(Expression base) {
  std::vector<Expression> parts = one(std::move(base));
  if (token().kind == Token::Kind::whole) {  // names.0 is names[0]
    parts.push_back(primary());
    return node(Form::item, std::move(parts));
  }
  Expression out = node(Form::attribute, std::move(parts));
  out.text = name();
  return out;
}

Expression ExpressionParser::subscript(Expression base) {
  std::vector<Expression> keys;
  while (!failed() && !at_sign("]")) {
    if (!keys.empty()) expect_sign(",");
    keys.push_back(subscript_part());
  }
  expect_sign("]");
  Expression key = keys.size() == 1 ? std::move(keys.front()) : node(Form::tuple, std::move(keys));
  if (key.kind == Form::slice && key.children.front().kind == Form::absent) {
    key.children.front() = std::move(base);
    return node(Form::slice, std::move(key.children));
  }
  std::vector<Expression> parts = one(std::move(base));
  parts.push_back(std::move(key));
  return node(Form::item, std::move(parts));
}

// An index, or a slice whose base is put in later.
Expression ExpressionParser::subscript_part() {
  Expression first = at_sign(":") ? Expression() : expression();
  if (!at_sign(":")) return first;
  std::vector<Expression> parts(1);
  parts.push_back(std::move(first));
  for (int i = 0; i < 2; ++i) {
    const bool given = take_sign(":") && !at_sign(":") && !at_sign("]") && !at_sign(",");
    parts.push_back(given ? expression() : Expression());
  }
  return node(Form::slice, std::move(parts));
}

void ExpressionParser::arguments(Expression& call) {
  expect_sign("(");
  while (!failed() && !at_sign(")")) {
    argument(call);
    if (!take_sign(",")) break;
  }
  expect_sign(")");
}

void ExpressionParser::argument(Expression& call) {
  std::string keyword;
  const Token& next = token(1);
  if (take_sign("**")) {
    keyword = "**";
  } else if (take_sign("*")) {
    keyword = "*";
  } else if (token().kind == Token::Kind::name && next.kind == Token::Kind::sign &&
             next.text == "=") {
    keyword = name();
    advance();
  } else if (!call.keywords.empty()) {
    fail("an argument by position stands behind one by name");
  }
  call.children.push_back(expression());
  call.height = std::max(call.height, call.children.back().height + 1);
  if (call.height > kHeight) fail("the expression is nested too deeply: more than 64 levels");
  if (!keyword.empty()) call.keywords.push_back(std::move(keyword));
}

Expression ExpressionParser::filters(Expression base) {
  while (!failed()) {
    if (take_sign("|")) {
      base = filter(std::move(base));
    } else if (take_name("is")) {
      base = test(std::move(base));
    } else if (at_sign("(")) {
      base = called(std::move(base));
    } else {
      break;
    }
  }
  return base;
}

Expression ExpressionParser::filter(Expression input) {
  Expression out = node(Form::filter, one(std::move(input)));
  out.text = name();
  while (take_sign(".")) out.text += "." + name();
  out.method = find_filter(out.text);
  if (out.method == nullptr && !failed()) fail(fmt::format("there is no filter '{}'", out.text));
  if (at_sign("(")) arguments(out);
  return out;
}

Expression ExpressionParser::filters_of_block(bool starts_with_pipe) {
  Expression out;
  if (!starts_with_pipe) out = filter(std::move(out));
  while (!failed() && take_sign("|")) out = filter(std::move(out));
  return out;
}

Expression ExpressionParser::test(Expression input) {
  const bool negated = take_name("not");
  Expression out = node(Form::test, one(std::move(input)));
  out.text = name();
  out.method = find_test(out.text);
  if (out.method == nullptr && !failed()) fail(fmt::format("there is no test '{}'", out.text));
  const bool word = at_name("else") || at_name("or") || at_name("and") || at_name("if");
  const bool bracket = at_sign("[") || at_sign("{");
  if (at_sign("(")) {
    arguments(out);
  } else if (at_name("is")) {
    fail("tests cannot be chained with 'is'");
  } else if (!at_end() && !word && (token().kind != Token::Kind::sign || bracket) &&
             !at_name("in") && !at_name("not")) {
    out.children.push_back(postfix(primary()));
    out.height = std::max(out.height, out.children.back().height + 1);
  }
  return negated ? node(Form::negation, one(std::move(out))) : out;
}

Target ExpressionParser::target(bool members) {
  Target out;
  std::vector<Target> parts;
  bool is_tuple = false;
  do {
    if (!parts.empty() && token().kind != Token::Kind::name && !at_sign("(")) break;
    Target part;
    if (++depth_ > kHeight) fail("the expression is nested too deeply: more than 64 levels");
    if (take_sign("(")) {
      part = target(members);
      expect_sign(")");
    } else {
      part.name = name();
      if (members && take_sign(".")) {
        part.kind = Target::Kind::member;
        part.attribute = name();
      }
    }
    --depth_;
    parts.push_back(std::move(part));
    is_tuple = is_tuple || at_sign(",");
  } while (!failed() && take_sign(",") && !at_name("in"));
  if (!is_tuple) return std::move(parts.front());
  out.kind = Target::Kind::tuple;
  out.parts = std::move(parts);
  return out;
}

}  // namespace countersign::core::jinja
