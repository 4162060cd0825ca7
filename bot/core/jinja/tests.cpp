// The tests behind `is`.
#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/jinja/texts.h"

namespace countersign::core::jinja {
namespace {

template <bool (*kTest)(const Value&)>
Value kind_test(Rendering&, Call& c) {
  return Value::of(kTest(c.self));
}
bool is_defined(const Value& v) { return v.defined(); }
bool is_undefined(const Value& v) { return !v.defined(); }
bool is_none(const Value& v) { return v.is(Kind::none); }
bool is_boolean(const Value& v) { return v.is(Kind::boolean); }
bool is_true(const Value& v) { return v.is(Kind::boolean) && v.truth; }
bool is_false(const Value& v) { return v.is(Kind::boolean) && !v.truth; }
bool is_integer(const Value& v) { return v.is(Kind::integer) || v.is(Kind::big); }
bool is_float(const Value& v) { return v.is(Kind::real); }
bool is_number(const Value& v) { return v.is_number(); }
bool is_string(const Value& v) { return v.is_text(); }
bool is_mapping(const Value& v) { return v.is(Kind::dict); }
bool is_escaped(const Value& v) { return v.is(Kind::markup); }
bool is_callable(const Value& v) {
  return v.is(Kind::callable) || v.is(Kind::loop) || (v.is(Kind::cycler) && cycler_of(v).is_joiner);
}
bool is_iterable(const Value& v) { return can_walk(v); }
bool is_sequence(const Value& v) {
  return v.is_text() || v.is(Kind::list) || v.is(Kind::tuple) || v.is(Kind::range) ||
         v.is(Kind::dict) || v.is(Kind::bytes);
}

template <Operator kOperator>
Value compares(Rendering& r, Call& c) {
  return Value::of(compare(r, kOperator, c.self, c[0]));
}

Value rest_is(Rendering& r, Call& c, const Value& divisor, std::int64_t rest) {
  const Value left = arithmetic(r, Operator::modulo, c.self, divisor);
  return Value::of(!r.failed() && equal(r, left, Value::of(rest)));
}
Value is_odd(Rendering& r, Call& c) { return rest_is(r, c, Value::of(std::int64_t{2}), 1); }
Value is_even(Rendering& r, Call& c) { return rest_is(r, c, Value::of(std::int64_t{2}), 0); }
Value is_divisible(Rendering& r, Call& c) { return rest_is(r, c, c[0], 0); }

Value is_lower_text(Rendering& r, Call& c) { return Value::of(is_lower(str(r, c.self))); }
Value is_upper_text(Rendering& r, Call& c) { return Value::of(is_upper(str(r, c.self))); }

Value is_same(Rendering& r, Call& c) {
  const Value& a = c.self;
  const Value& b = c[0];
  if (a.kind != b.kind || a.borrowed != b.borrowed) return Value::of(false);
  if (a.borrowed) return Value::of(a.json == b.json);
  const bool small = a.is_number() || a.is_text() || a.is(Kind::none);
  return Value::of(small ? equal(r, a, b) : a.object == b.object);
}

Value is_filter(Rendering& r, Call& c) { return Value::of(find_filter(str(r, c.self)) != nullptr); }
Value is_test(Rendering& r, Call& c) { return Value::of(find_test(str(r, c.self)) != nullptr); }

const Method kTests[] = {
    {"defined", "", kind_test<is_defined>, true},
    {"undefined", "", kind_test<is_undefined>, true},
    {"none", "", kind_test<is_none>, true},
    {"boolean", "", kind_test<is_boolean>, true},
    {"true", "", kind_test<is_true>, true},
    {"false", "", kind_test<is_false>, true},
    {"integer", "", kind_test<is_integer>, true},
    {"float", "", kind_test<is_float>, true},
    {"number", "", kind_test<is_number>, true},
    {"string", "", kind_test<is_string>, true},
    {"mapping", "", kind_test<is_mapping>, true},
    {"escaped", "", kind_test<is_escaped>, true},
    {"callable", "", kind_test<is_callable>, true},
    {"iterable", "", kind_test<is_iterable>},
    {"sequence", "", kind_test<is_sequence>, true},
    {"odd", "", is_odd},
    {"even", "", is_even},
    {"divisibleby", "num!", is_divisible},
    {"lower", "", is_lower_text},
    {"upper", "", is_upper_text},
    {"sameas", "other!", is_same, true},
    {"filter", "", is_filter},
    {"test", "", is_test},
    {"in", "seq!", compares<Operator::in>},
    {"eq", "other!", compares<Operator::equal>},
    {"equalto", "other!", compares<Operator::equal>},
    {"==", "other!", compares<Operator::equal>},
    {"ne", "other!", compares<Operator::not_equal>},
    {"!=", "other!", compares<Operator::not_equal>},
    {"lt", "other!", compares<Operator::less>},
    {"lessthan", "other!", compares<Operator::less>},
    {"<", "other!", compares<Operator::less>},
    {"le", "other!", compares<Operator::less_equal>},
    {"<=", "other!", compares<Operator::less_equal>},
    {"gt", "other!", compares<Operator::greater>},
    {"greaterthan", "other!", compares<Operator::greater>},
    {">", "other!", compares<Operator::greater>},
    {"ge", "other!", compares<Operator::greater_equal>},
    {">=", "other!", compares<Operator::greater_equal>},
};

}  // namespace

const Method* find_test(std::string_view name) {
  const auto* const found = std::ranges::find(kTests, name, &Method::name);
  return found == std::end(kTests) ? nullptr : found;
}

}  // namespace countersign::core::jinja
