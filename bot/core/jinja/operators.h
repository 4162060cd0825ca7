// The operators of expressions with Python's meaning; they fail where Python raises an error.
#pragma once
#include <string>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

enum class Operator : std::uint8_t {
  add,
  subtract,
  multiply,
  divide,
  floor_divide,
  modulo,
  power,
  equal,
  not_equal,
  less,
  less_equal,
  greater,
  greater_equal,
  in,
  not_in,
};

bool truthy(Rendering& r, const Value& value);
bool equal(Rendering& r, const Value& a, const Value& b);
// a < b.
bool less(Rendering& r, const Value& a, const Value& b);
// value in container.
bool contains(Rendering& r, const Value& container, const Value& value);
bool compare(Rendering& r, Operator op, const Value& a, const Value& b);
Value arithmetic(Rendering& r, Operator op, const Value& a, const Value& b);
Value negative(Rendering& r, const Value& value);
double as_double(const Value& number);
BigInteger as_big(const Value& whole);

std::string why_undefined(const Value& value);
// A list of all elements, sorted by `less`; equal ones stay in order.
struct Keyed {
  Value key, value;
};
void sort(Rendering& r, std::vector<Keyed>& items, bool reverse);

}  // namespace countersign::core::jinja
