// Time zones by their names in the system's IANA database.
#pragma once
#include <optional>
#include <string>

#include "bot/core/time_zone.h"
#include "config/reader.h"

namespace countersign::config {

// A zone that exists; absent is UTC, which is there even without the database.
std::string read_zone(const Reader& reader);
// Nothing: it is not in the database (any more), or not readable.
std::optional<core::TimeZone> load_zone(const std::string& name);

}  // namespace countersign::config
