#include "config/quiet_hours.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include "config/zones.h"

namespace countersign::config {
namespace {

int read_minute(const Reader& reader) {
  const std::string text = reader.required_text();
  static const re2::RE2 form("([01]?[0-9]|2[0-3]):([0-5][0-9])");
  int hour = 0;
  int minute = 0;
  if (!text.empty() && !re2::RE2::FullMatch(text, form, &hour, &minute))
    reader.error(fmt::format("expected a time of the day such as 22:00, found '{}'", text));
  return hour * 60 + minute;
}

}  // namespace

std::optional<core::QuietHours> read_quiet_hours(const Reader& reader) {
  if (!reader.map_of({"from", "until", "zone"})) return std::nullopt;
  core::QuietHours out;
  out.from = read_minute(reader.at("from"));
  out.until = read_minute(reader.at("until"));
  out.zone = read_zone(reader.at("zone"));
  const bool given = reader.at("from").is_text() && reader.at("until").is_text();
  if (given && out.from == out.until) reader.error("begin and end at the same time");
  return out;
}

}  // namespace countersign::config
