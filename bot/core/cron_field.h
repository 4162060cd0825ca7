// One field of a cron schedule, with APScheduler's words: "*", "*/5", "1-5", "10-50/10", "mon,fri",
// and for days "last", "2nd fri", "last sun".
#pragma once
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/result.h"

namespace countersign::core {

class CronField {
 public:
  enum class Kind { year, month, day, week, day_of_week, hour, minute, second };
  static constexpr std::size_t kKinds = 8;
  static std::string_view name(Kind kind);

  // The Error says what is not understood.
  static Result<CronField> parse(Kind kind, std::string_view text);

  // `value` as the field counts: months from 1, days of the week from 0 for Monday, ISO weeks.
  bool allows(int value) const;
  bool allows_all() const;
  // For days of a month: also looks at "last" and "2nd fri".
  bool allows_day(std::chrono::year_month_day date) const;

 private:
  struct Range {
    int from = 0, to = 0, step = 1;
  };
  struct DayPosition {
    int week = 0;      // 1 to 5; 0: the last
    int weekday = -1;  // 0 is Monday; -1: the day of the month itself
  };
  Result<void> read_part(std::string_view part);
  bool read_position(std::string_view part);

  Kind kind_ = Kind::second;
  std::vector<Range> ranges_;
  std::vector<DayPosition> positions_;
};

}  // namespace countersign::core
