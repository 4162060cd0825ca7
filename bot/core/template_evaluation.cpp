#include <fmt/format.h>

#include "bot/core/template_nodes.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using Expression = TemplateExpression;
using Value = TemplateValue;

// An operand that must be there.
Result<Value> defined(const Expression& expression, const Json& context) {
  Result<Value> value = evaluate_expression(expression, context);
  if (value && !value->defined()) return invalid(value->why);
  return value;
}

// A part of a value: shares whatever keeps the whole alive.
Value part(const Value& whole, const Json& json) { return {&json, whole.owned, {}}; }

Value member(const Value& base, const std::string& name) {
  if (base.json->is_object())
    if (const auto found = base.json->find(name); found != base.json->end())
      return part(base, *found);
  return Value::undefined(fmt::format("'{}' is undefined", name));
}

Value element(const Value& base, std::int64_t index) {
  const std::u32string letters = base.json->is_string()
                                     ? to_code_points(base.json->get_ref<const std::string&>())
                                     : std::u32string();
  const bool is_list = base.json->is_array();
  const auto size = static_cast<std::int64_t>(is_list ? base.json->size() : letters.size());
  const std::int64_t at = index < 0 ? index + size : index;
  if (at < 0 || at >= size) return Value::undefined(fmt::format("element {} is undefined", index));
  const auto position = static_cast<std::size_t>(at);
  if (is_list) return part(base, (*base.json)[position]);
  return Value::own(Json(to_utf8({&letters[position], 1})));
}

Result<Value> index(const Expression& expression, const Json& context) {
  const Result<Value> base = defined(expression.children[0], context);
  if (!base) return base;
  const Result<Value> position = defined(expression.children[1], context);
  if (!position) return position;
  if (position->json->is_string()) return member(*base, position->json->get<std::string>());
  if (position->json->is_number_integer())
    return element(*base, position->json->get<std::int64_t>());
  return Value::undefined(fmt::format("element {} is undefined", position->json->dump()));
}

Result<Value> list(const Expression& expression, const Json& context) {
  Json out = Json::array();
  for (const Expression& child : expression.children) {
    const Result<Value> item = defined(child, context);
    if (!item) return item;
    out.push_back(*item->json);
  }
  return Value::own(std::move(out));
}

Result<Value> filter(const Expression& expression, const Json& context) {
  const Result<Value> input = expression.filter->takes_undefined
                                  ? evaluate_expression(expression.children[0], context)
                                  : defined(expression.children[0], context);
  if (!input) return input;
  std::vector<Value> values;
  std::vector<const Json*> arguments;
  for (std::size_t i = 1; i < expression.children.size(); ++i) {
    if (expression.children[i].kind == Expression::Kind::absent) {
      arguments.push_back(nullptr);
      continue;
    }
    Result<Value> value = defined(expression.children[i], context);
    if (!value) return value;
    arguments.push_back(value->json);
    values.push_back(std::move(*value));  // keeps what the pointer points to
  }
  Result<Json> out = expression.filter->apply(*input, arguments);
  if (!out) return out.error();
  return Value::own(std::move(*out));
}

}  // namespace

TemplateValue TemplateValue::own(Json value) {
  TemplateValue out;
  out.owned = std::make_shared<const Json>(std::move(value));
  out.json = out.owned.get();
  return out;
}

Result<TemplateValue> evaluate_expression(const TemplateExpression& expression,
                                          const Json& context) {
  switch (expression.kind) {
    case Expression::Kind::literal:
      return Value{&expression.literal, nullptr, {}};
    case Expression::Kind::name:
      return member(Value{&context, nullptr, {}}, expression.name);
    case Expression::Kind::attribute: {
      const Result<Value> base = defined(expression.children[0], context);
      if (!base) return base;
      return member(*base, expression.name);
    }
    case Expression::Kind::index:
      return index(expression, context);
    case Expression::Kind::list:
      return list(expression, context);
    case Expression::Kind::filter:
      return filter(expression, context);
    case Expression::Kind::absent:
      break;
  }
  return invalid("an expression is missing");
}

}  // namespace countersign::core
