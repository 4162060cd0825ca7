#include "bot/core/jinja/value.h"

#include <array>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

Value Value::made(Kind kind) {
  Value out;
  out.kind = kind;
  return out;
}

Value Value::of(bool truth) {
  Value out = made(Kind::boolean);
  out.truth = truth;
  return out;
}

Value Value::of(std::int64_t integer) {
  Value out = made(Kind::integer);
  out.integer = integer;
  return out;
}

Value Value::of(double real) {
  Value out = made(Kind::real);
  out.real = real;
  return out;
}

Value Value::of(Kind kind, Object* object) {
  Value out = made(kind);
  out.object = object;
  return out;
}

Value Value::of(const std::string& text) {
  Value out = made(Kind::text);
  out.text = &text;
  return out;
}

Value Value::of(Rendering& r, const Json& json) {
  switch (json.type()) {
    case Json::value_t::boolean:
      return of(json.get<bool>());
    case Json::value_t::number_integer:
      return of(json.get<std::int64_t>());
    case Json::value_t::number_unsigned:
      return r.whole(BigInteger::of_unsigned(json.get<std::uint64_t>()));
    case Json::value_t::number_float:
      return of(json.get<double>());
    case Json::value_t::string:
      return of(json.get_ref<const std::string&>());
    case Json::value_t::array:
    case Json::value_t::object: {
      Value out = made(json.is_array() ? Kind::list : Kind::dict);
      out.borrowed = true;
      out.json = &json;
      return out;
    }
    default:
      return none();
  }
}

std::string_view type_name(const Value& value) {
  constexpr std::array<std::string_view, 22> kNames{
      "absent",    "undefined", "undefined", "NoneType",       "bool",  "int",
      "int",       "float",     "str",       "Markup",         "bytes", "list",
      "tuple",     "range",     "dict view", "iterator",       "dict",  "function",
      "Namespace", "loop",      "cycler",    "datastore value"};
  return kNames[static_cast<std::size_t>(value.kind)];
}

}  // namespace countersign::core::jinja
