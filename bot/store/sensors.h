// Which replica runs a sensor, and where it goes on.
#pragma once
#include <cstdint>
#include <optional>
#include <string>

#include "bot/core/instant.h"
#include "bot/store/pg.h"

namespace countersign::store {

// Goes on with the term `held`, or begins a new one if nobody else runs the sensor; nothing if
// somebody does.
std::optional<std::int64_t> hold_sensor(Tx& tx, const std::string& sensor,
                                        const std::string& replica, std::int64_t held,
                                        core::Duration lease);
void release_sensor(Tx& tx, const std::string& sensor, std::int64_t term);

std::string sensor_cursor(Tx& tx, const std::string& sensor);  // empty: from the beginning
// False when that term is over: whoever runs the sensor now has a cursor of its own.
bool move_sensor_cursor(Tx& tx, const std::string& sensor, std::int64_t term,
                        const std::string& cursor);

}  // namespace countersign::store
