#include "bot/core/instant.h"

#include <fmt/format.h>

#include <cstdint>

namespace countersign::core {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;

struct Unit {
  std::string_view name;
  std::int64_t length;  // in microseconds
};
constexpr std::int64_t kSecond = 1'000'000;
constexpr std::int64_t kWeek = 7 * 86'400 * kSecond;
// From long to short; also the order in which the parts of a duration are written.
constexpr Unit kUnits[] = {
    {"w", kWeek},        {"d", 86'400 * kSecond}, {"h", 3'600 * kSecond},
    {"m", 60 * kSecond}, {"s", kSecond},          {"ms", 1'000},
    {"us", 1},
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Reads RFC 3339 from the front of a text. Once something does not fit, it stays failed.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  int number(std::size_t digits, int low, int high) {
    int value = 0;
    for (std::size_t i = 0; i < digits; ++i) {
      if (i >= rest_.size() || !is_digit(rest_[i])) return fail();
      value = value * 10 + (rest_[i] - '0');
    }
    rest_.remove_prefix(digits);
    return value < low || value > high ? fail() : value;
  }

  // The character found, which is one of those given.
  char one_of(std::string_view allowed) {
    if (rest_.empty() || allowed.find(rest_.front()) == std::string_view::npos) {
      fail();
      return '\0';
    }
    const char c = rest_.front();
    rest_.remove_prefix(1);
    return c;
  }

  microseconds fraction() {
    if (!rest_.starts_with('.') && !rest_.starts_with(',')) return {};
    rest_.remove_prefix(1);
    std::int64_t value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && is_digit(rest_[digits]); ++digits)
      if (digits < 6) value = value * 10 + (rest_[digits] - '0');
    if (digits == 0) fail();
    for (std::size_t i = digits; i < 6; ++i) value *= 10;
    rest_.remove_prefix(digits);
    return microseconds(value);
  }

  seconds offset() {
    const char sign = one_of("Zz+-");
    if (sign == 'Z' || sign == 'z') return {};
    const int hours = number(2, 0, 23);
    one_of(":");
    const seconds ahead = std::chrono::hours(hours) + std::chrono::minutes(number(2, 0, 59));
    return sign == '-' ? -ahead : ahead;
  }

  bool done() const { return ok_ && rest_.empty(); }

 private:
  int fail() {
    ok_ = false;
    return 0;
  }
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::int64_t total = 0;
  std::size_t next_unit = 0;  // each unit at most once, long before short
  while (!text.empty()) {
    std::int64_t count = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && is_digit(text[digits]); ++digits)
      if (__builtin_mul_overflow(count, 10, &count) ||
          __builtin_add_overflow(count, text[digits] - '0', &count))
        return std::nullopt;
    std::size_t letters = digits;
    while (letters < text.size() && !is_digit(text[letters])) ++letters;
    const std::string_view unit = text.substr(digits, letters - digits);
    while (next_unit < std::size(kUnits) && kUnits[next_unit].name != unit) ++next_unit;
    if (digits == 0 || next_unit == std::size(kUnits)) return std::nullopt;
    if (__builtin_mul_overflow(count, kUnits[next_unit].length, &count) ||
        __builtin_add_overflow(total, count, &total))
      return std::nullopt;
    text.remove_prefix(letters);
    ++next_unit;
  }
  return Duration(total);
}

std::string format_duration(Duration d) {
  std::int64_t rest = d.count();
  if (rest == 0) return "0s";
  std::string out;
  if (rest < 0) out = "-";
  for (const Unit& unit : kUnits) {
    // Ten days read better as 10d than as 1w3d.
    if (unit.length == kWeek && rest % kWeek != 0) continue;
    const std::int64_t count = rest / unit.length;
    rest %= unit.length;
    if (count != 0) out += fmt::format("{}{}", count < 0 ? -count : count, unit.name);
  }
  return out;
}

std::string format_instant(Instant t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<milliseconds>(t - day));
  const std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  time.hours().count(), time.minutes().count(), time.seconds().count());
  const auto millis = time.subseconds().count();
  return millis == 0 ? text + "Z" : text + fmt::format(".{:03}Z", millis);
}

std::optional<Instant> parse_instant(std::string_view text) {
  Reader reader(text);
  const std::chrono::year year(reader.number(4, 0, 9999));
  reader.one_of("-");
  const std::chrono::month month(static_cast<unsigned>(reader.number(2, 1, 12)));
  reader.one_of("-");
  const std::chrono::day day(static_cast<unsigned>(reader.number(2, 1, 31)));
  reader.one_of("Tt ");
  const std::chrono::hours hour(reader.number(2, 0, 23));
  reader.one_of(":");
  const std::chrono::minutes minute(reader.number(2, 0, 59));
  reader.one_of(":");
  const seconds second(reader.number(2, 0, 60));  // 60 is a leap second: the next minute's start
  const microseconds fraction = reader.fraction();
  const seconds offset = reader.offset();
  const std::chrono::year_month_day date(year, month, day);
  if (!reader.done() || !date.ok()) return std::nullopt;
  return std::chrono::sys_days(date) + hour + minute + second + fraction - offset;
}

}  // namespace countersign::core
