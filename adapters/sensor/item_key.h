// What makes an item the same again: a template over it.
#pragma once
#include <optional>
#include <string>

#include "bot/core/json.h"
#include "bot/core/result.h"
#include "bot/core/text_template.h"
#include "config/settings.h"

namespace countersign::adapters::sensor {

// Nothing: the sensor has none.
std::optional<core::TextTemplate> item_key(const config::Sensor& about);
// An Error (free of the item's content) if the item gives none, or an empty one.
Result<std::string> identity_of(const core::TextTemplate& key, const Json& item);

}  // namespace countersign::adapters::sensor
