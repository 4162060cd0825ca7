// Which values of one place in an event meet several criteria at once? Decided by the operators
// themselves on candidates, and by what they say about kinds of values, bounds and parts of texts.
#pragma once
#include <optional>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/rule.h"

namespace countersign::config {

struct CommonValue {
  enum class Kind {
    none,     // no value meets them all: shown
    some,     // `example` does
    unknown,  // neither could be shown
  } kind = Kind::unknown;
  Json example;  // null: it is not there
  // Two of them that exclude each other; the same one twice: it never holds.
  const core::Criterion* first = nullptr;
  const core::Criterion* second = nullptr;
};

// All of one key; at least one.
CommonValue common_value(const std::vector<const core::Criterion*>& criteria);

// The only values that can meet this criterion; nothing if there are too many to name.
std::optional<std::vector<Json>> only_values(const core::Criterion& criterion);

}  // namespace countersign::config
