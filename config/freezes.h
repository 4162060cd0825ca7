// What can be said of configured freezes only when the time is known.
#pragma once
#include "bot/core/instant.h"
#include "config/problem.h"
#include "config/settings.h"

namespace countersign::config {

// Warns of those that are over.
Problems over_by(const Settings& settings, core::Instant now);

}  // namespace countersign::config
