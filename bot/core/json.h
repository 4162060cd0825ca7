// The JSON value used everywhere. Objects keep their keys sorted, so dump() of a value is
// canonical.
#pragma once
#include <nlohmann/json.hpp>

namespace countersign {
using Json = nlohmann::json;
}
