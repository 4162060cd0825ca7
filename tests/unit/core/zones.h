// Zones and moments as tests write them.
#pragma once
#include <gtest/gtest.h>

#include <fstream>
#include <iterator>
#include <string>

#include "bot/core/time_zone.h"

namespace countersign::core {

inline std::string bytes_of_zone(const std::string& name) {
  std::ifstream in("/usr/share/zoneinfo/" + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline TimeZone zone_of(const std::string& name) {
  if (name == "UTC") return {};
  const auto zone = TimeZone::parse(bytes_of_zone(name));
  EXPECT_TRUE(zone.ok()) << name;
  return zone.ok() ? *zone : TimeZone();
}

inline Instant at(const std::string& text) {
  const auto parsed = parse_instant(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed.value_or(Instant());
}

}  // namespace countersign::core
