#include "bot/core/schedule.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "bot/core/digest.h"

namespace countersign::core {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::local_days;
using std::chrono::seconds;
using std::chrono::year_month_day;
using Kind = CronField::Kind;

constexpr char kUtc[] = "UTC";
constexpr char kZone[] = "timezone";
constexpr std::int64_t kLongestDelta = 1'000'000'000;
constexpr Duration kLongestInterval = days(366 * 100);
constexpr int kYears = 100;  // further ahead nobody looks
constexpr Duration kGrace = std::chrono::seconds(60);
constexpr Duration kDateGrace = std::chrono::hours(1);
// Left of the least field given: "*". Right of it: this.
constexpr std::array<const char*, CronField::kKinds> kMinimum{"*", "1", "1", "*",
                                                              "*", "0", "0", "0"};

const std::map<std::string, Duration, std::less<>> kUnits{{"seconds", seconds(1)},
                                                          {"minutes", std::chrono::minutes(1)},
                                                          {"hours", std::chrono::hours(1)},
                                                          {"days", days(1)},
                                                          {"weeks", std::chrono::weeks(1)}};

using Fault = Schedule::Fault;

// A number or a text, as text; nothing: it is neither.
std::optional<std::string> text_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_integer()) return std::to_string(value.get<std::int64_t>());
  return std::nullopt;
}

std::optional<Fault> unknown_key(const Json& parameters, const std::vector<std::string>& known) {
  for (const auto& [key, value] : parameters.items()) {
    if (std::ranges::find(known, key) == known.end())
      return Fault{key, "a timer of this kind has no such parameter"};
  }
  return std::nullopt;
}

}  // namespace

bool is_timer(std::string_view trigger) {
  return trigger == kIntervalTimer || trigger == kDateTimer || trigger == kCronTimer;
}

Schedule::Parsed Schedule::parse(std::string_view trigger, const Json& parameters) {
  Schedule schedule;
  schedule.trigger_ = trigger;
  if (!parameters.is_object()) return {{}, Fault{"", "expected a map"}};
  const Json zone = parameters.value(kZone, Json(nullptr));
  if (!zone.is_null() && !zone.is_string()) return {{}, Fault{kZone, "expected text"}};
  schedule.parameters_[kZone] = zone.is_string() ? zone : Json(kUtc);
  Json given = parameters;
  given.erase(kZone);
  const auto read = trigger == kIntervalTimer ? &Schedule::read_interval
                    : trigger == kDateTimer   ? &Schedule::read_date
                                              : &Schedule::read_cron;
  if (auto fault = (schedule.*read)(given)) return {{}, std::move(fault)};
  return {std::move(schedule), {}};
}

std::optional<Fault> Schedule::read_interval(const Json& given) {
  if (auto fault = unknown_key(given, {"unit", "delta"})) return fault;
  const Json unit = given.value("unit", Json());
  const auto known = unit.is_string() ? kUnits.find(unit.get<std::string>()) : kUnits.end();
  if (known == kUnits.end())
    return Fault{"unit", "expected one of seconds, minutes, hours, days, weeks"};
  const Json delta = given.value("delta", Json());
  if (!delta.is_number_integer() || delta < 1 || delta > kLongestDelta ||
      delta.get<std::int64_t>() > kLongestInterval / known->second)
    return Fault{"delta", "expected a whole number of at least 1, and at most a hundred years"};
  interval_ = delta.get<std::int64_t>() * known->second;
  parameters_["unit"] = unit;
  parameters_["delta"] = delta;
  return std::nullopt;
}

std::optional<Fault> Schedule::read_date(const Json& given) {
  if (auto fault = unknown_key(given, {"date"})) return fault;
  const Json date = given.value("date", Json());
  const std::string text = date.is_string() ? date.get<std::string>() : "";
  moment_ = parse_instant(text);
  if (!moment_) {
    if (const auto wall = parse_instant(text + "Z"))
      wall_ = WallTime(floor<seconds>(wall->time_since_epoch()));
  }
  if (!moment_ && !wall_)
    return Fault{"date", "expected a time such as 2026-12-31T12:00:00, with or without an offset"};
  parameters_["date"] = text;
  return std::nullopt;
}

std::optional<Fault> Schedule::read_cron(const Json& given) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < CronField::kKinds; ++i)
    names.emplace_back(CronField::name(static_cast<Kind>(i)));
  if (auto fault = unknown_key(given, names)) return fault;
  std::size_t least = CronField::kKinds;
  for (std::size_t i = 0; i < CronField::kKinds; ++i) {
    if (!given.value(names[i], Json()).is_null()) least = i;
  }
  if (least == CronField::kKinds) return Fault{"", "name at least one field, such as minute"};
  for (std::size_t i = 0; i < CronField::kKinds; ++i) {
    const Json value = given.value(names[i], Json());
    const auto text = value.is_null() ? std::optional<std::string>(i < least ? "*" : kMinimum[i])
                                      : text_of(value);
    if (!text) return Fault{names[i], "expected a number or text"};
    auto field = CronField::parse(static_cast<Kind>(i), *text);
    if (!field) return Fault{names[i], field.error().message};
    fields_[i] = std::move(*field);
    if (!value.is_null()) parameters_[names[i]] = *text;
  }
  every_hour_ = field(Kind::hour).allows_all();
  if (!next_wall(WallTime(std::chrono::years(0)))) return Fault{"", "no day is like that"};
  return std::nullopt;
}

std::string Schedule::zone() const { return parameters_.at(kZone).get<std::string>(); }

std::string Schedule::key() const { return sha256_of_parts(trigger_, parameters_.dump()); }

Duration Schedule::grace() const { return trigger_ == kDateTimer ? kDateGrace : kGrace; }

std::optional<Instant> Schedule::next(Instant t, Instant since, const TimeZone& zone) const {
  if (trigger_ == kCronTimer) return next_cron(t, zone);
  if (trigger_ == kIntervalTimer)
    return since + interval_ * (std::max<std::int64_t>(0, (t - since) / interval_) + 1);
  const Instant moment = moment_ ? *moment_ : zone.first_moment(*wall_);
  return moment > t ? std::optional(moment) : std::nullopt;
}

// Looks through the spans of one offset, one after the other. Those in which no day fits are
// jumped over.
std::optional<Instant> Schedule::next_cron(Instant t, const TimeZone& zone) const {
  TimeZone::Span span = zone.span_at(t);
  Instant from = floor<seconds>(t) + seconds(1);
  const auto wall = [](Instant at, seconds offset) {
    return WallTime(floor<seconds>(at.time_since_epoch()) + offset);
  };
  for (;;) {
    WallTime first = wall(from, span.offset);
    std::optional<Instant> found;
    const bool changed = span.begin != TimeZone::kBeginning;
    const seconds before = changed ? zone.span_at(span.begin - Duration(1)).offset : span.offset;
    if (!every_hour_ && before > span.offset)
      first = std::max(first, wall(span.begin, before));  // was shown before
    if (!every_hour_ && before < span.offset) {
      const auto skipped = next_wall(wall(from, before));
      if (skipped && *skipped < wall(span.begin, span.offset))
        found = Instant(skipped->time_since_epoch() - before);
    }
    const auto shown = next_wall(first);
    if (shown) {
      const Instant at(shown->time_since_epoch() - span.offset);
      if (at < span.end && (!found || at < *found)) found = at;
    }
    if (found) return found;
    if (!shown || span.end == TimeZone::kEnd) return std::nullopt;
    from = std::max(span.end, Instant(shown->time_since_epoch()) - days(2));
    span = zone.span_at(from);
  }
}

std::optional<WallTime> Schedule::next_wall(WallTime from) const {
  const auto first_day = floor<days>(from);
  const year_month_day start(first_day);
  int looked = 0;
  for (auto year = start.year(); looked < kYears && year.ok(); ++year) {
    if (!field(Kind::year).allows(static_cast<int>(year))) {
      if (static_cast<int>(year) > 9999) break;
      continue;
    }
    ++looked;
    for (unsigned month = 1; month <= 12; ++month) {
      if (!field(Kind::month).allows(static_cast<int>(month))) continue;
      const local_days begins{year / std::chrono::month(month) / 1};
      const local_days ends = local_days{year / std::chrono::month(month) / std::chrono::last};
      for (local_days day = std::max(begins, first_day); day <= ends; day += days(1)) {
        if (!allows_day(day)) continue;
        if (const auto found = next_on(day, day == first_day ? from - day : seconds(0)))
          return found;
      }
    }
  }
  return std::nullopt;
}

bool Schedule::allows_day(local_days day) const {
  const int weekday = static_cast<int>(std::chrono::weekday(day).iso_encoding()) - 1;
  if (!field(Kind::day_of_week).allows(weekday)) return false;
  if (!field(Kind::day).allows_day(year_month_day(day))) return false;
  // The ISO week is that of its Thursday, counted within the Thursday's year.
  const local_days thursday = day + days(3 - weekday);
  const local_days new_year{year_month_day(thursday).year() / std::chrono::January / 1};
  return field(Kind::week).allows(static_cast<int>((thursday - new_year).count()) / 7 + 1);
}

std::optional<WallTime> Schedule::next_on(local_days day, seconds from) const {
  const std::chrono::hh_mm_ss start(from);
  for (int h = static_cast<int>(start.hours().count()); h < 24; ++h) {
    if (!field(Kind::hour).allows(h)) continue;
    const bool first_hour = h == start.hours().count();
    for (int m = first_hour ? static_cast<int>(start.minutes().count()) : 0; m < 60; ++m) {
      if (!field(Kind::minute).allows(m)) continue;
      const bool first_minute = first_hour && m == start.minutes().count();
      for (int s = first_minute ? static_cast<int>(start.seconds().count()) : 0; s < 60; ++s) {
        if (field(Kind::second).allows(s))
          return day + std::chrono::hours(h) + std::chrono::minutes(m) + seconds(s);
      }
    }
  }
  return std::nullopt;
}

Due due(const Schedule& schedule, const TimeZone& zone, Instant since, Instant handled,
        Instant now) {
  Due result{{}, {}, handled};
  const auto first = schedule.next(handled, since, zone);
  if (!first || *first > now) return result;
  const Instant earliest = std::max(handled, now - schedule.grace());
  std::optional<Instant> latest;
  for (auto at = schedule.next(earliest, since, zone); at && *at <= now;
       at = schedule.next(*at, since, zone))
    latest = at;
  result.fire = latest;
  if (!latest || *first < *latest) result.missed = first;
  result.handled = latest.value_or(earliest);
  return result;
}

}  // namespace countersign::core
