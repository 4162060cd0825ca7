#include "config/quiet_hours.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <filesystem>

namespace countersign::config {
namespace {

namespace fs = std::filesystem;

constexpr char kZones[] = "/usr/share/zoneinfo";
constexpr char kAlways[] = "UTC";  // is there even where the database is not installed

int read_minute(const Reader& reader) {
  const std::string text = reader.required_text();
  static const re2::RE2 form("([01]?[0-9]|2[0-3]):([0-5][0-9])");
  int hour = 0;
  int minute = 0;
  if (!text.empty() && !re2::RE2::FullMatch(text, form, &hour, &minute))
    reader.error(fmt::format("expected a time of the day such as 22:00, found '{}'", text));
  return hour * 60 + minute;
}

std::vector<std::string> all_zones() {
  std::vector<std::string> out;
  std::error_code failure;
  fs::recursive_directory_iterator at(kZones, failure);
  for (; !failure && at != fs::recursive_directory_iterator(); at.increment(failure)) {
    const std::string name = at->path().lexically_relative(kZones).string();
    if (at->is_regular_file(failure) && std::isupper(static_cast<unsigned char>(name[0])) != 0)
      out.push_back(name);
  }
  return out;
}

std::string read_zone(const Reader& reader) {
  const std::string zone = reader.text(kAlways);
  static const re2::RE2 form("[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*");
  std::error_code failure;
  const bool known = zone == kAlways || (re2::RE2::FullMatch(zone, form) &&
                                         fs::is_regular_file(fs::path(kZones) / zone, failure));
  if (known) return zone;
  const std::string near = nearest(zone, all_zones());
  reader.error(fmt::format("there is no time zone '{}' below {}{}", zone, kZones,
                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  return kAlways;
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
