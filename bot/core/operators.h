// The comparisons a criterion can ask for, each by its StackStorm name. What Python would raise as
// an exception is an Error: in a rule it means no match, with the reason kept.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core {

// `op` in any case. A null pattern is false for every operator but nequals, exists and nexists.
Result<bool> compare(std::string_view op, const Json& value, const Json& pattern, Instant now);
// Whether its answers depend on `now`.
bool asks_clock(std::string_view op);

}  // namespace countersign::core
