// One value to the type a parameter declares, by StackStorm's rules: laxer than a check. Null
// stays null; the marker that the filter use_none leaves becomes null; "1" for a boolean is 1;
// what is read for a list or object may be anything.
#pragma once
#include <optional>
#include <string>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core {

// `type` is a name, a list of names of which the first that fits counts, or null for any.
Result<Json> cast_parameter(const Json& value, const Json& type);

// What is shared with the stricter binding of parameters (parameters.cpp). None: it cannot be.
std::optional<Json> cast_integer(const Json& value);
std::optional<Json> cast_number(const Json& value);
// JSON, else a Python literal: templates print lists and objects as Python does.
std::optional<Json> read_structure(const std::string& text);

}  // namespace countersign::core
