// The `parameters` of an action file.
#pragma once
#include <vector>

#include "bot/core/action.h"
#include "config/reader.h"

namespace countersign::config {

std::vector<core::Parameter> read_parameters(const Reader& reader);

}  // namespace countersign::config
