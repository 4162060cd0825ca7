// JSON values with the manners of Python, as StackStorm content expects them: equality, order,
// truth, print forms, literals.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core::python {

// 1 == 1.0 == true; "1" != 1; objects without regard to order.
bool equal(const Json& a, const Json& b);
// a < b for numbers (true is 1), strings and lists; nothing if Python would raise TypeError.
std::optional<bool> less(const Json& a, const Json& b);
// False for null, false, zero and everything empty.
bool truthy(const Json& value);
bool is_number(const Json& value);         // true and false are numbers
long double as_number(const Json& value);  // of an is_number()

std::string str(const Json& value);   // True, None, ['a', 1], {'k': 'v'}; a string as it is
std::string repr(const Json& value);  // a string in quotes

// int(text) and float(text); nothing if Python would raise ValueError or the number is out of
// range.
std::optional<std::int64_t> parse_int(std::string_view text, int base = 10);
std::optional<double> parse_float(std::string_view text);

// Reads the front of a text and removes what was read. The text starts with a quote, or with a
// digit.
Result<std::string> take_string(std::string_view& text);
Result<Json> take_number(std::string_view& text);
// A whole text that is one literal: ['a', 1], {'k': None}, "x", -1.5, True.
std::optional<Json> parse_literal(std::string_view text);

}  // namespace countersign::core::python
