// When nobody is reminded of a question.
#pragma once
#include <optional>

#include "bot/core/demand.h"
#include "config/reader.h"

namespace countersign::config {

// {from: "22:00", until: "07:00", zone: Europe/Berlin}; the zone must be in the system's database.
std::optional<core::QuietHours> read_quiet_hours(const Reader& reader);

}  // namespace countersign::config
