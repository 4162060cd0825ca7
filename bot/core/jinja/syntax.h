// The parsed form of templates.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/result.h"

namespace countersign::core::jinja {

struct Expression {
  enum class Kind : std::uint8_t {
    absent,  // of a slice
    literal,
    big_literal,
    name,
    attribute,  // children[0], text
    item,       // children[0], children[1]
    slice,      // children: base, from, to, step
    list,
    tuple,   // children
    dict,    // children: key, value, key, value...
    call,    // children: what is called, then the arguments
    filter,  // children: the input, then the arguments; absent input: of a block
    test,
    math,
    both,
    either,
    negation,
    sign,
    concat,
    compare,  // children: operands; operators between them
    choice,   // children: value, condition, other or absent
  };
  Kind kind = Kind::absent;
  std::string text;
  Json literal;
  const Method* method = nullptr;  // of a filter or test
  Operator op = Operator::add;
  std::vector<Operator> operators;
  std::vector<Expression> children;
  // Of a call: the last arguments by name, "*" and "**" for those that are spread.
  std::vector<std::string> keywords;
  int height = 1;  // levels of expressions, for the limit
};

// What {% for %} and {% set %} assign to.
struct Target {
  enum class Kind : std::uint8_t { name, member, tuple } kind = Kind::name;
  std::string name;
  std::string attribute;  // of a member of a namespace
  std::vector<Target> parts;
};

struct Statement {
  enum class Kind : std::uint8_t {
    text,
    output,     // expressions[0]
    choice,     // expressions: conditions; bodies: one each, and one more for else
    loop,       // expressions: what to walk over, then the test; bodies: each, else
    set,        // expressions[0]
    set_block,  // expressions: a filter or none; bodies[0]
    with,       // targets and expressions in pairs; bodies[0]
    macro,      // text: name; targets: parameters; expressions: defaults; bodies[0]
    call,       // as macro, and expressions.back(): the call
    filter,     // expressions[0]; bodies[0]
    block,      // bodies[0]
    refused,    // text: why
  };
  Kind kind = Kind::text;
  std::string text;
  std::vector<Expression> expressions;
  std::vector<Target> targets;
  std::vector<std::vector<Statement>> bodies;
  bool recursive = false;
};
using Body = std::vector<Statement>;

// The Error points at the place: "unclosed '{{' at character 12".
Result<Body> parse_template(std::string_view source);

}  // namespace countersign::core::jinja
