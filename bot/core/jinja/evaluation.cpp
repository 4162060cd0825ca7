// Expressions.
#include <fmt/format.h>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/control.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"

namespace countersign::core::jinja {
namespace {

using Form = Expression::Kind;

void spread(Rendering& r, const std::string& keyword, const Value& value, Given& given) {
  if (keyword == "*") {
    for (const Value& element : elements(r, value)) given.positional.push_back(element);
  } else if (keyword != "**") {
    given.named.emplace_back(keyword, value);
  } else if (value.is(Kind::dict)) {
    for (const auto& [key, element] : entries(r, value))
      given.named.emplace_back(str(r, key), element);
  } else {
    r.fail("'**' needs a dict");
  }
}

std::vector<Value> all_of(Rendering& r, const Expression& e) {
  std::vector<Value> out;
  for (const Expression& child : e.children) out.push_back(evaluate(r, child));
  return out;
}

Value dict(Rendering& r, const Expression& e) {
  std::vector<std::pair<Value, Value>> entries;
  for (std::size_t i = 0; i + 1 < e.children.size(); i += 2) {
    const Value key = evaluate(r, e.children[i]);
    entries.emplace_back(key, evaluate(r, e.children[i + 1]));
  }
  return make_dict(r, entries);
}

// a < b < c is a < b and b < c.
Value comparison(Rendering& r, const Expression& e) {
  Value left = evaluate(r, e.children[0]);
  for (std::size_t i = 0; i < e.operators.size(); ++i) {
    const Value right = evaluate(r, e.children[i + 1]);
    if (r.failed() || !compare(r, e.operators[i], left, right)) return Value::of(false);
    left = right;
  }
  return Value::of(true);
}

Value concatenation(Rendering& r, const Expression& e) {
  std::string out;
  for (const Expression& child : e.children) {
    out += str(r, evaluate(r, child));
    if (r.failed() || out.size() > Rendering::kTextLimit) break;
  }
  return r.text(std::move(out));
}

Value slice_of(Rendering& r, const Expression& e) {
  const auto bound = [&](std::size_t i) {
    return e.children[i].kind == Form::absent ? Value::none() : evaluate(r, e.children[i]);
  };
  const Value base = evaluate(r, e.children[0]);
  return slice(r, base, {bound(1), bound(2), bound(3)});
}

Value choice(Rendering& r, const Expression& e) {
  if (truthy(r, evaluate(r, e.children[1]))) return evaluate(r, e.children[0]);
  if (e.children[2].kind == Form::absent) return Value::nothing();
  return evaluate(r, e.children[2]);
}

// `and`, `or`: the operand that decides.
Value decided(Rendering& r, const Expression& e, bool by) {
  const Value left = evaluate(r, e.children[0]);
  return r.failed() || truthy(r, left) == by ? left : evaluate(r, e.children[1]);
}

Value math(Rendering& r, const Expression& e) {
  const Value left = evaluate(r, e.children[0]);
  return arithmetic(r, e.op, left, evaluate(r, e.children[1]));
}

Value signed_value(Rendering& r, const Expression& e) {
  const Value value = evaluate(r, e.children[0]);
  const Value out = negative(r, value);
  return e.op == Operator::subtract ? out : negative(r, out);
}

Value evaluate_compound(Rendering& r, const Expression& e) {
  switch (e.kind) {
    case Form::slice:
      return slice_of(r, e);
    case Form::list:
      return r.sequence(Kind::list, all_of(r, e));
    case Form::tuple:
      return r.sequence(Kind::tuple, all_of(r, e));
    case Form::dict:
      return dict(r, e);
    case Form::both:
      return decided(r, e, false);
    case Form::either:
      return decided(r, e, true);
    case Form::negation:
      return Value::of(!truthy(r, evaluate(r, e.children[0])));
    case Form::math:
      return math(r, e);
    case Form::sign:
      return signed_value(r, e);
    case Form::concat:
      return concatenation(r, e);
    case Form::compare:
      return comparison(r, e);
    case Form::choice:
      return choice(r, e);
    default:
      return r.fail("an expression is missing");
  }
}

}  // namespace

Given arguments(Rendering& r, const Expression& e) {
  Given given;
  const std::size_t named = e.children.size() - e.keywords.size();
  for (std::size_t i = 1; i < e.children.size(); ++i) {
    const Value value = evaluate(r, e.children[i]);
    if (i < named) {
      given.positional.push_back(value);
    } else {
      spread(r, e.keywords[i - named], value, given);
    }
  }
  return given;
}

// Calls see methods first, other attributes members first: x.items() and x.items.
Value evaluate_call(Rendering& r, const Expression& e, const Value& caller) {
  const Expression& callee = e.children[0];
  const bool is_method = callee.kind == Form::attribute;
  const Value base = evaluate(r, is_method ? callee.children[0] : callee);
  const Value function = is_method ? attribute(r, base, callee.text, true) : base;
  Given given = arguments(r, e);
  if (caller.given()) given.named.emplace_back("caller", caller);
  return call(r, function, std::move(given));
}

Value evaluate(Rendering& r, const Expression& e) {
  const Deeper deeper(r);
  if (!deeper || !r.spend()) return {};
  switch (e.kind) {
    case Form::literal:
      return Value::of(r, e.literal);
    case Form::big_literal:
      return r.whole(BigInteger::parse(e.text));
    case Form::name:
      return look_up(r, e.text);
    case Form::attribute:
      return attribute(r, evaluate(r, e.children[0]), e.text);
    case Form::item: {
      const Value base = evaluate(r, e.children[0]);
      return item(r, base, evaluate(r, e.children[1]));
    }
    case Form::filter:
    case Form::test: {
      const Value input = evaluate(r, e.children[0]);
      return apply(r, *e.method, input, arguments(r, e));
    }
    case Form::call:
      return evaluate_call(r, e);
    default:
      return evaluate_compound(r, e);
  }
}

}  // namespace countersign::core::jinja
