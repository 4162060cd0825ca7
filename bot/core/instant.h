// Points in time and lengths of time, in microseconds: PostgreSQL's resolution. The core never asks
// for the time; it is handed an Instant.
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::core {

using Duration = std::chrono::microseconds;
using Instant = std::chrono::sys_time<Duration>;

// "30s", "10m", "1h30m", "14d", "2w", "250ms". No blanks, no sign, no bare number.
std::optional<Duration> parse_duration(std::string_view text);
// The shortest exact form in the same language: 90 s is "1m30s", zero is "0s".
std::string format_duration(Duration d);

// "2026-11-21T08:30:00Z", with milliseconds when they are not zero. Always UTC.
std::string format_instant(Instant t);
// RFC 3339 with an offset or Z. Fractions beyond microseconds are cut.
std::optional<Instant> parse_instant(std::string_view text);

}  // namespace countersign::core
