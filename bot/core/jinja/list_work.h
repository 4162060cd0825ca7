// What filters on lists compare elements by.
#pragma once
#include <vector>

#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

// The part of an element that "a.0.b" or a number leads to; fails if `must` and there is none.
Value key_of_item(Rendering& r, const Value& element, const Value& attribute, bool must);
// What to sort by: the element or its attributes ("a,b" gives a list), letter case set aside.
Value sort_key(Rendering& r, const Value& element, const Value& attribute, bool case_sensitive);
Value without_case(Rendering& r, const Value& value);
std::vector<Value> values_of(const std::vector<Keyed>& keyed);

}  // namespace countersign::core::jinja
