// What a YAML scalar means.
#pragma once
#include <string>

#include "bot/core/json.h"

namespace countersign::config {

// A scalar written without quotes: null, true, a number or text.
Json plain_scalar(const std::string& text);

}  // namespace countersign::config
