#include "bot/store/sensors.h"

namespace countersign::store {

std::optional<std::int64_t> hold_sensor(Tx& tx, const std::string& sensor,
                                        const std::string& replica, std::int64_t held,
                                        core::Duration lease) {
  const Rows rows = tx.exec(stmt::hold_sensor, {sensor, replica, held, lease});
  if (rows.empty()) return std::nullopt;
  return rows[0].number("term");
}

void release_sensor(Tx& tx, const std::string& sensor, std::int64_t term) {
  tx.exec(stmt::release_sensor, {sensor, term});
}

std::string sensor_cursor(Tx& tx, const std::string& sensor) {
  const Rows rows = tx.exec(stmt::sensor_cursor, {sensor});
  return rows.empty() ? "" : rows[0].text("cursor");
}

bool move_sensor_cursor(Tx& tx, const std::string& sensor, std::int64_t term,
                        const std::string& cursor) {
  return tx.exec(stmt::move_sensor_cursor, {sensor, term, cursor}).affected() > 0;
}

}  // namespace countersign::store
