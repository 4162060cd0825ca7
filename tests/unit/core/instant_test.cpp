#include "bot/core/instant.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

TEST(Duration, is_read_in_units) {
  EXPECT_EQ(parse_duration("30s"), 30s);
  EXPECT_EQ(parse_duration("1h30m"), 90min);
  EXPECT_EQ(parse_duration("14d"), 14 * 24h);
  EXPECT_EQ(parse_duration("2w"), 14 * 24h);
  EXPECT_EQ(parse_duration("250ms"), 250ms);
  EXPECT_EQ(parse_duration("1s500ms"), 1500ms);
  EXPECT_EQ(parse_duration("0s"), 0s);
}

TEST(Duration, refuses_what_is_not_one) {
  for (const char* bad : {"", "5", "s", "-5s", "5 s", "5s ", "1m1h", "1s1s", "5y", "1.5h",
                          "99999999999999999999s", "9999999999999w"})
    EXPECT_FALSE(parse_duration(bad)) << bad;
}

TEST(Duration, is_written_in_its_shortest_exact_form) {
  EXPECT_EQ(format_duration(90s), "1m30s");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(14 * 24h), "2w");
  EXPECT_EQ(format_duration(10 * 24h), "10d");
  EXPECT_EQ(format_duration(1500ms), "1s500ms");
  EXPECT_EQ(format_duration(15us), "15us");
}

TEST(Duration, survives_writing_and_reading) {
  for (const Duration d :
       {Duration(1), Duration(61s), Duration(25h + 1ms), Duration(8 * 24h + 7us)})
    EXPECT_EQ(parse_duration(format_duration(d)), d);
}

TEST(Instant, is_written_in_utc) {
  const Instant t = std::chrono::sys_days(std::chrono::year(2026) / 11 / 21) + 8h + 30min;
  EXPECT_EQ(format_instant(t), "2026-11-21T08:30:00Z");
  EXPECT_EQ(format_instant(t + 7ms + 999us), "2026-11-21T08:30:00.007Z");
  EXPECT_EQ(format_instant(Instant(-1us)), "1969-12-31T23:59:59.999Z");
}

TEST(Instant, is_read_with_offset_and_fraction) {
  const auto t = parse_instant("2026-11-21T08:30:00Z");
  ASSERT_TRUE(t);
  EXPECT_EQ(parse_instant("2026-11-21T10:30:00+02:00"), t);
  EXPECT_EQ(parse_instant("2026-11-21t03:30:00-05:00"), t);
  EXPECT_EQ(parse_instant("2026-11-21 08:30:00.123456789z"), *t + 123456us);
  EXPECT_EQ(parse_instant("2026-12-31T23:59:60Z"), parse_instant("2027-01-01T00:00:00Z"));
  EXPECT_TRUE(parse_instant("0001-01-01T00:00:00Z"));
}

TEST(Instant, refuses_what_is_not_one) {
  for (const char* bad :
       {"", "2026-11-21", "2026-11-21T08:30:00", "2026-02-30T00:00:00Z", "2026-13-01T00:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T08:30:00.Z", "2026-11-21T08:30:00Z ",
        "2026-11-21T08:30:00+2:00", "26-11-21T08:30:00Z"})
    EXPECT_FALSE(parse_instant(bad)) << bad;
}

}  // namespace
}  // namespace countersign::core
