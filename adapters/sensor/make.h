// From configuration to sensor.
#pragma once
#include <memory>

#include "bot/core/ports/sensor.h"
#include "bot/core/ports/services.h"
#include "config/settings.h"

namespace countersign::adapters::sensor {

std::unique_ptr<core::Sensor> make_sensor(const config::Sensor& about, core::IdSource& ids);

}  // namespace countersign::adapters::sensor
