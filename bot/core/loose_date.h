// Points in time as people and programs write them, for the operators timediff_lt and timediff_gt.
#pragma once
#include <optional>
#include <string_view>

#include "bot/core/instant.h"

namespace countersign::core {

// "2026-01-15T11:59:30Z", "20260115T115000Z", "2026-01-15", "Thu, 15 Jan 2026 11:00:00 GMT", "Jan
// 15 2026 11:58", "11:59". Without a zone it is UTC, without a time midnight, without a date the
// day of `now`.
std::optional<Instant> parse_loose_date(std::string_view text, Instant now);

}  // namespace countersign::core
