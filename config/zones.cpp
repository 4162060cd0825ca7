#include "config/zones.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <filesystem>

namespace countersign::config {
namespace {

namespace fs = std::filesystem;

constexpr char kZones[] = "/usr/share/zoneinfo";
constexpr char kAlways[] = "UTC";  // is there even where the database is not installed
constexpr std::size_t kMostBytes = 1024 * 1024;

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

bool known(const std::string& zone) {
  static const re2::RE2 form("[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*");
  std::error_code failure;
  return zone == kAlways ||
         (re2::RE2::FullMatch(zone, form) && fs::is_regular_file(fs::path(kZones) / zone, failure));
}

}  // namespace

std::string read_zone(const Reader& reader) {
  const std::string zone = reader.text(kAlways);
  if (known(zone)) return zone;
  const std::string near = nearest(zone, all_zones());
  reader.error(fmt::format("there is no time zone '{}' below {}{}", zone, kZones,
                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
  return kAlways;
}

std::optional<core::TimeZone> load_zone(const std::string& name) {
  if (!known(name)) return std::nullopt;
  if (name == kAlways) return core::TimeZone();
  std::string why;
  const auto bytes = read_bytes((fs::path(kZones) / name).string(), kMostBytes, why);
  if (!bytes) return std::nullopt;
  auto zone = core::TimeZone::parse(*bytes);
  if (!zone) return std::nullopt;
  return std::move(*zone);
}

}  // namespace countersign::config
