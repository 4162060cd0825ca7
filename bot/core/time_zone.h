// A time zone of the IANA database: which offset from UTC holds when. Read from the bytes of a TZif
// file (RFC 8536), which somebody else fetches.
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/instant.h"
#include "bot/core/result.h"

namespace countersign::core {

// What the clocks on the wall show: no zone belongs to it.
using WallTime = std::chrono::local_seconds;

class TimeZone {
 public:
  // While one offset holds: from `begin` to before `end`. The first and the last have no bounds.
  struct Span {
    Instant begin, end;
    std::chrono::seconds offset;  // wall time minus UTC
    bool operator==(const Span&) const = default;
  };
  static constexpr Instant kBeginning = Instant::min();
  static constexpr Instant kEnd = Instant::max();

  TimeZone() = default;  // UTC
  static Result<TimeZone> parse(std::string_view tzif);

  Span span_at(Instant t) const;
  WallTime wall(Instant t) const;  // fractions of a second are cut
  // The first moment at which clocks show this. Where they skip it: as if they had not been put
  // forward yet, so 02:30 of a skipped hour is what is then called 03:30.
  Instant first_moment(WallTime wall) const;

 private:
  // "M3.5.0/2", "J60" or "59": when a year's clocks are changed.
  struct Change {
    enum class Kind { month_week_day, day_without_leap, day } kind = Kind::month_week_day;
    int month = 0, week = 0, day = 0;
    std::chrono::seconds time{7200};
    WallTime in(std::chrono::year year) const;
  };
  // What holds after the last transition of the file.
  struct Rule {
    std::chrono::seconds standard{0}, summer{0};
    bool changes = false;
    Change to_summer, to_standard;
  };
  struct Transition {
    Instant at;
    std::chrono::seconds offset;
  };
  class FileReader;
  class RuleReader;
  std::vector<Transition> around(std::chrono::year year) const;

  std::vector<Transition> transitions_;  // ascending
  std::chrono::seconds before_{0};       // the offset before the first
  Rule rule_;
};

}  // namespace countersign::core
