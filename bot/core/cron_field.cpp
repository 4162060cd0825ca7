#include "bot/core/cron_field.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <array>
#include <optional>

#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

struct Bounds {
  std::string_view name;
  int low, high;
};
constexpr std::array<Bounds, CronField::kKinds> kBounds{{{"year", 1970, 9999},
                                                         {"month", 1, 12},
                                                         {"day", 1, 31},
                                                         {"week", 1, 53},
                                                         {"day_of_week", 0, 6},
                                                         {"hour", 0, 23},
                                                         {"minute", 0, 59},
                                                         {"second", 0, 59}}};
constexpr std::array<std::string_view, 12> kMonths{"jan", "feb", "mar", "apr", "may", "jun",
                                                   "jul", "aug", "sep", "oct", "nov", "dec"};
constexpr std::array<std::string_view, 7> kWeekdays{"mon", "tue", "wed", "thu",
                                                    "fri", "sat", "sun"};
constexpr std::array<std::string_view, 6> kOrdinals{"last", "1st", "2nd", "3rd", "4th", "5th"};

const Bounds& bounds_of(CronField::Kind kind) { return kBounds.at(static_cast<std::size_t>(kind)); }

template <class List>
std::optional<int> index_of(const List& list, std::string_view word) {
  const auto found = std::ranges::find(list, word);
  if (found == list.end()) return std::nullopt;
  return static_cast<int>(found - list.begin());
}

// A number, or the name of a month or weekday where the field has names.
std::optional<int> value_of(CronField::Kind kind, const std::string& word) {
  if (kind == CronField::Kind::month) {
    if (const auto index = index_of(kMonths, word)) return *index + 1;
  }
  if (kind == CronField::Kind::day_of_week) {
    if (const auto index = index_of(kWeekdays, word)) return index;
  }
  int number = 0;
  if (!re2::RE2::FullMatch(word, "([0-9]{1,4})", &number)) return std::nullopt;
  return number;
}

std::vector<std::string_view> split(std::string_view text) {
  std::vector<std::string_view> parts;
  for (;;) {
    const auto comma = text.find(',');
    parts.push_back(trim(text.substr(0, comma)));
    if (comma == std::string_view::npos) return parts;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

std::string_view CronField::name(Kind kind) { return bounds_of(kind).name; }

Result<CronField> CronField::parse(Kind kind, std::string_view text) {
  CronField field;
  field.kind_ = kind;
  const std::string lower = to_lower(text);
  for (const std::string_view part : split(lower)) {
    if (const auto read = field.read_part(part); !read) return read.error();
  }
  return field;
}

Result<void> CronField::read_part(std::string_view part) {
  const auto& [field, low, high] = bounds_of(kind_);
  if (kind_ == Kind::day && read_position(part)) return {};
  static const re2::RE2 form(R"((?:(\*)|([0-9a-z]+)(?:-([0-9a-z]+))?)(?:/([0-9]{1,4}))?)");
  std::string all, from, to, step;
  if (!re2::RE2::FullMatch(re2::StringPiece(part.data(), part.size()), form, &all, &from, &to,
                           &step))
    return invalid(fmt::format("'{}' is no {}: expected such as *, */5, 1-5 or 1,3", part, field));
  Range range{low, high, step.empty() ? 1 : std::stoi(step)};
  if (all.empty()) {
    const auto first = value_of(kind_, from);
    const auto last =
        to.empty() ? (step.empty() ? first : std::optional(high)) : value_of(kind_, to);
    if (!first || !last) return invalid(fmt::format("'{}' is no {}", part, field));
    range.from = *first;
    range.to = *last;
  }
  if (range.from < low || range.to > high)
    return invalid(
        fmt::format("'{}' is out of range: {} goes from {} to {}", part, field, low, high));
  if (range.from > range.to) return invalid(fmt::format("'{}' ends before it begins", part));
  if (range.step < 1 || (!step.empty() && range.step > std::max(1, range.to - range.from)))
    return invalid(fmt::format("the step of '{}' is zero or longer than its range", part));
  ranges_.push_back(range);
  return {};
}

bool CronField::read_position(std::string_view part) {
  if (part == "last") {
    positions_.push_back({});
    return true;
  }
  const auto blank = part.find(' ');
  if (blank == std::string_view::npos) return false;
  const auto week = index_of(kOrdinals, part.substr(0, blank));
  const auto weekday = index_of(kWeekdays, trim(part.substr(blank)));
  if (!week || !weekday) return false;
  positions_.push_back({*week, *weekday});
  return true;
}

bool CronField::allows(int value) const {
  return std::ranges::any_of(ranges_, [value](const Range& range) {
    return value >= range.from && value <= range.to && (value - range.from) % range.step == 0;
  });
}

bool CronField::allows_all() const {
  const auto& [field, low, high] = bounds_of(kind_);
  for (int value = low; value <= high; ++value) {
    if (!allows(value)) return false;
  }
  return true;
}

bool CronField::allows_day(std::chrono::year_month_day date) const {
  using namespace std::chrono;
  const int day = static_cast<int>(static_cast<unsigned>(date.day()));
  if (allows(day)) return true;
  const int length = static_cast<int>(
      static_cast<unsigned>(year_month_day_last(date.year() / date.month() / last).day()));
  const int weekday_of = static_cast<int>(weekday(local_days(date)).iso_encoding()) - 1;
  return std::ranges::any_of(positions_, [&](const DayPosition& one) {
    if (one.weekday < 0) return day == length;
    if (one.weekday != weekday_of) return false;
    return one.week == 0 ? day + 7 > length : (day - 1) / 7 + 1 == one.week;
  });
}

}  // namespace countersign::core
