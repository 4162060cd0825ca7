// The `criteria` of a rule file: refused at load whatever could only fail later, at three in the
// morning.
#pragma once
#include <vector>

#include "bot/core/rule.h"
#include "config/reader.h"

namespace countersign::config {

std::vector<core::Criterion> read_criteria(const Reader& reader);

}  // namespace countersign::config
