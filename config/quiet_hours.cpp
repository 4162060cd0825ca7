#include "config/quiet_hours.h"

#include "config/time_of_day.h"
#include "config/zones.h"

namespace countersign::config {
std::optional<core::QuietHours> read_quiet_hours(const Reader& reader) {
  if (!reader.map_of({"from", "until", "zone"})) return std::nullopt;
  core::QuietHours out;
  out.from = read_time_of_day(reader.at("from"));
  out.until = read_time_of_day(reader.at("until"));
  out.zone = read_zone(reader.at("zone"));
  const bool given = reader.at("from").is_text() && reader.at("until").is_text();
  if (given && out.from == out.until) reader.error("begin and end at the same time");
  return out;
}

}  // namespace countersign::config
