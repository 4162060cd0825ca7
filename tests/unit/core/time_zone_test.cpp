#include "bot/core/time_zone.h"

#include <stdlib.h>
#include <time.h>

#include "tests/support/chance.h"
#include "tests/unit/core/zones.h"

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

TEST(TimeZones, agree_with_the_C_library_about_every_offset) {
  support::Chance chance(support::printed_seed());
  for (const char* name : {"Europe/Berlin", "America/New_York", "Australia/Lord_Howe",
                           "Asia/Kathmandu", "Africa/Casablanca", "Pacific/Apia", "Europe/Dublin",
                           "America/Sao_Paulo", "Asia/Tehran", "America/Nuuk"}) {
    const TimeZone zone = zone_of(name);
    ::setenv("TZ", (std::string(":/usr/share/zoneinfo/") + name).c_str(), 1);
    ::tzset();
    for (int i = 0; i < 2000; ++i) {
      const time_t t = static_cast<time_t>(chance.below(4'000'000'000)) + 10;
      tm local{};
      ::localtime_r(&t, &local);
      const Instant instant{std::chrono::seconds(t)};
      const auto span = zone.span_at(instant);
      ASSERT_EQ(span.offset.count(), local.tm_gmtoff) << name << " " << format_instant(instant);
      ASSERT_LE(span.begin, instant);
      ASSERT_GT(span.end, instant);
      if (span.end != TimeZone::kEnd) {
        ASSERT_NE(zone.span_at(span.end), span);
        ASSERT_EQ(zone.span_at(span.end).begin, span.end) << name << format_instant(span.end);
        ASSERT_EQ(zone.span_at(span.end - 1us), span);
      }
    }
  }
  ::unsetenv("TZ");
  ::tzset();
}

TEST(TimeZones, know_what_a_clock_shows_twice_or_never) {
  const TimeZone berlin = zone_of("Europe/Berlin");
  const auto first = [&](const char* wall) {
    return format_instant(berlin.first_moment(WallTime(
        std::chrono::floor<std::chrono::seconds>(at(std::string(wall) + "Z").time_since_epoch()))));
  };
  EXPECT_EQ(first("2026-07-01T12:00:00"), "2026-07-01T10:00:00Z");
  EXPECT_EQ(first("2026-03-29T01:59:59"), "2026-03-29T00:59:59Z");
  EXPECT_EQ(first("2026-03-29T02:30:00"), "2026-03-29T01:30:00Z") << "shown as 03:30";
  EXPECT_EQ(first("2026-03-29T03:00:00"), "2026-03-29T01:00:00Z");
  EXPECT_EQ(first("2026-10-25T02:30:00"), "2026-10-25T00:30:00Z") << "the first of two";
  EXPECT_EQ(first("2026-10-25T03:00:00"), "2026-10-25T02:00:00Z");
  EXPECT_EQ(first("2060-10-31T02:30:00"), "2060-10-31T00:30:00Z") << "by the rule for the future";
}

TEST(TimeZones, are_not_read_from_anything_else) {
  const std::string bytes = bytes_of_zone("Europe/Berlin");
  EXPECT_FALSE(TimeZone::parse("").ok());
  EXPECT_FALSE(TimeZone::parse("TZif2").ok());
  for (std::size_t length = 0; length < bytes.size(); length += 7)
    EXPECT_FALSE(TimeZone::parse(bytes.substr(0, length)).ok()) << length;
  support::Chance chance(support::printed_seed());
  for (int i = 0; i < 3000; ++i) {
    std::string broken = bytes;
    broken[chance.below(broken.size())] = static_cast<char>(chance.below(256));
    if (const auto zone = TimeZone::parse(broken)) zone->first_moment(zone->wall(Instant()));
  }
}

}  // namespace
}  // namespace countersign::core
