// When a timer fires: StackStorm's interval, date and cron timers. Pure: the moments of a schedule
// are computed from the moment since when it is known, and a time zone that is handed in.
//
// Cron follows APScheduler: every field given must match (day and day_of_week both), fields left
// of the least one given are "*", those right of it their minimum. Where the clocks are changed:
//   - a schedule of every hour goes by what the clocks show, in both passes of a repeated hour;
//   - another one fires once where a time is shown twice, the first time; and where its time is
//     skipped, it fires as late as if the clocks had not been put forward yet: 02:30 at 03:30.
#pragma once
#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "bot/core/cron_field.h"
#include "bot/core/instant.h"
#include "bot/core/json.h"
#include "bot/core/result.h"
#include "bot/core/time_zone.h"

namespace countersign::core {

inline constexpr char kIntervalTimer[] = "core.st2.IntervalTimer";
inline constexpr char kDateTimer[] = "core.st2.DateTimer";
inline constexpr char kCronTimer[] = "core.st2.CronTimer";
bool is_timer(std::string_view trigger);

class Schedule {
 public:
  struct Fault {
    std::string key;  // the parameter; empty: all of them
    std::string message;
  };
  struct Parsed;
  // The parameters of a trigger of one of the types above. Whether the zone exists is not known
  // here.
  static Parsed parse(std::string_view trigger, const Json& parameters);

  const std::string& trigger() const { return trigger_; }
  // What says the same says it in the same words: fields of cron are text, the zone is there.
  const Json& parameters() const { return parameters_; }
  std::string zone() const;
  // Names this schedule among all; 64 hex digits.
  std::string key() const;

  // The first moment after `t`; nothing: never again. An interval counts from `since`.
  std::optional<Instant> next(Instant t, Instant since, const TimeZone& zone) const;
  // So late a moment still fires that passed while nobody looked.
  Duration grace() const;

 private:
  using Fields = std::array<CronField, CronField::kKinds>;
  std::optional<Instant> next_cron(Instant t, const TimeZone& zone) const;
  std::optional<WallTime> next_wall(WallTime from) const;
  std::optional<WallTime> next_on(std::chrono::local_days day, std::chrono::seconds from) const;
  bool allows_day(std::chrono::local_days day) const;
  const CronField& field(CronField::Kind kind) const {
    return fields_[static_cast<std::size_t>(kind)];
  }
  std::optional<Fault> read_interval(const Json& parameters);
  std::optional<Fault> read_date(const Json& parameters);
  std::optional<Fault> read_cron(const Json& parameters);

  std::string trigger_;
  Json parameters_ = Json::object();
  Duration interval_{};            // of an interval timer
  std::optional<Instant> moment_;  // of a date with an offset
  std::optional<WallTime> wall_;   // of a date without one
  Fields fields_;                  // of a cron timer
  bool every_hour_ = false;        // likewise
};

struct Schedule::Parsed {
  std::optional<Schedule> schedule;  // only if there is no fault
  std::optional<Fault> fault;
};

// What is to be done about a schedule after everything up to `handled` was done.
struct Due {
  std::optional<Instant> fire;    // the latest moment that is not too late
  std::optional<Instant> missed;  // the first one that does not fire any more
  Instant handled{};              // from here on
};
Due due(const Schedule& schedule, const TimeZone& zone, Instant since, Instant handled,
        Instant now);

}  // namespace countersign::core
