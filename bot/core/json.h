// The JSON value used everywhere. Objects keep their keys sorted, so dump() of a value is
// canonical.
#pragma once
#include <nlohmann/json.hpp>

extern template class nlohmann::basic_json<>;  // compiled once, in json.cpp

namespace countersign {
using Json = nlohmann::json;
}
