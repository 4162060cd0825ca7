#include "bot/core/loose_date.h"

#include <re2/re2.h>

#include <string>

#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using re2::RE2;
using re2::StringPiece;

// The parts found so far. Each kind of part may come once.
struct Parts {
  int year = 0, month = 0, day = 0;
  std::optional<std::chrono::microseconds> time;
  std::optional<std::chrono::minutes> offset;
};

bool set(int& part, int value) {
  if (part != 0 || value == 0) return false;
  part = value;
  return true;
}

bool take_date(StringPiece& rest, Parts& parts) {
  static const RE2 kIso(R"((\d{4})-(\d{1,2})-(\d{1,2})(?:[Tt]|\b))");
  static const RE2 kCompact(R"((\d{4})(\d{2})(\d{2})(?:[Tt]|\b))");
  static const RE2 kAmerican(R"((\d{1,2})/(\d{1,2})/(\d{4})\b)");
  int year = 0, month = 0, day = 0;
  if (!RE2::Consume(&rest, kIso, &year, &month, &day) &&
      !RE2::Consume(&rest, kCompact, &year, &month, &day) &&
      !RE2::Consume(&rest, kAmerican, &month, &day, &year))
    return false;
  return set(parts.year, year) && set(parts.month, month) && set(parts.day, day);
}

bool take_time(StringPiece& rest, Parts& parts) {
  static const RE2 kClock(
      R"((\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?(?i:\s*([ap])m\b)?)");
  static const RE2 kCompact(R"((\d{2})(\d{2})(\d{2})(?:[.,](\d{1,6})\d*)?)");
  int hour = 0, minute = 0;
  std::string second, fraction, half;
  const bool clock = RE2::Consume(&rest, kClock, &hour, &minute, &second, &fraction, &half);
  if (!clock &&
      (parts.year == 0 || !RE2::Consume(&rest, kCompact, &hour, &minute, &second, &fraction)))
    return false;
  if (!half.empty()) {
    if (hour < 1 || hour > 12) return false;
    hour = hour % 12 + (to_lower(half) == "p" ? 12 : 0);
  }
  const int seconds = second.empty() ? 0 : std::stoi(second);
  if (parts.time || hour > 23 || minute > 59 || seconds > 59) return false;
  fraction.resize(6, '0');
  parts.time = std::chrono::hours(hour) + std::chrono::minutes(minute) +
               std::chrono::seconds(seconds) + std::chrono::microseconds(std::stoi(fraction));
  return true;
}

bool take_zone(StringPiece& rest, Parts& parts) {
  static const RE2 kUtc(R"((?i:z|utc|gmt)\b)");
  static const RE2 kOffset(R"(([+-])(\d{2}):?(\d{2})?\b)");
  std::string sign, minutes;
  int hours = 0;
  if (parts.offset || !parts.time) return false;
  if (RE2::Consume(&rest, kUtc)) {
    parts.offset = std::chrono::minutes(0);
    return true;
  }
  if (!RE2::Consume(&rest, kOffset, &sign, &hours, &minutes)) return false;
  const int ahead = hours * 60 + (minutes.empty() ? 0 : std::stoi(minutes));
  parts.offset = std::chrono::minutes(sign == "-" ? -ahead : ahead);
  return hours < 24;
}

bool take_word(StringPiece& rest, Parts& parts) {
  static const RE2 kMonth(R"((?i:(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?))");
  static const RE2 kWeekday(R"((?i:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?))");
  static const RE2 kYear(R"((\d{4})\b)");
  static const RE2 kDay(R"((\d{1,2})(?i:st|nd|rd|th)?\b)");
  constexpr std::string_view kMonths = "janfebmaraprmayjunjulaugsepoctnovdec";
  std::string month;
  int number = 0;
  if (RE2::Consume(&rest, kMonth, &month))
    return set(parts.month, static_cast<int>(kMonths.find(to_lower(month)) / 3) + 1);
  if (RE2::Consume(&rest, kYear, &number)) return set(parts.year, number);
  if (RE2::Consume(&rest, kDay, &number)) return set(parts.day, number);
  return RE2::Consume(&rest, kWeekday);
}

}  // namespace

std::optional<Instant> parse_loose_date(std::string_view text, Instant now) {
  static const RE2 kSpace(R"([\s,]+)");
  StringPiece rest(text.data(), text.size());
  Parts parts;
  RE2::Consume(&rest, kSpace);
  if (rest.empty() || rest.size() > 100) return std::nullopt;
  while (!rest.empty()) {
    if (!take_date(rest, parts) && !take_time(rest, parts) && !take_zone(rest, parts) &&
        !take_word(rest, parts))
      return std::nullopt;
    RE2::Consume(&rest, kSpace);
  }
  const std::chrono::year_month_day today(std::chrono::floor<std::chrono::days>(now));
  const std::chrono::year_month_day date(
      parts.year != 0 ? std::chrono::year(parts.year) : today.year(),
      parts.month != 0 ? std::chrono::month(static_cast<unsigned>(parts.month)) : today.month(),
      parts.day != 0 ? std::chrono::day(static_cast<unsigned>(parts.day)) : today.day());
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + parts.time.value_or(std::chrono::microseconds(0)) -
         parts.offset.value_or(std::chrono::minutes(0));
}

}  // namespace countersign::core
