#include "bot/core/time_zone.h"

#include <algorithm>
#include <cstdint>
#include <optional>

namespace countersign::core {
namespace {

using std::chrono::days;
using std::chrono::floor;
using std::chrono::seconds;
using std::chrono::year;
using std::chrono::year_month_day;

constexpr std::size_t kHeader = 44;
constexpr std::size_t kMostTransitions = 10'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

year year_of(Instant t) { return year_month_day(floor<days>(t)).year(); }

}  // namespace

// The second data block, which has 64 bits for a time, and the rule behind it. Once something does
// not fit, it stays failed.
class TimeZone::FileReader {
 public:
  explicit FileReader(std::string_view bytes) : rest_(bytes) {}

  bool read(TimeZone& zone) {
    const Counts first = header();
    if (!ok_ || version_ < '2') return false;
    skip(first.times * 5 + first.types * 6 + first.letters + first.leaps * 8 + first.standard +
         first.utc);
    const Counts counts = header();
    if (!ok_ || counts.types == 0 || counts.times > kMostTransitions) return false;
    read_block(zone, counts);
    skip(counts.letters + counts.leaps * 12 + counts.standard + counts.utc);
    return ok_;
  }
  // "\nCET-1CEST,M3.5.0,M10.5.0/3\n"
  std::optional<std::string_view> footer() const {
    if (rest_.size() < 2 || rest_.front() != '\n' || rest_.back() != '\n') return std::nullopt;
    return rest_.substr(1, rest_.size() - 2);
  }

 private:
  struct Counts {
    std::size_t utc = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0;
  };

  Counts header() {
    ok_ = ok_ && rest_.size() >= kHeader && rest_.starts_with("TZif");
    if (!ok_) return {};
    version_ = rest_[4];
    skip(20);
    Counts counts;
    for (std::size_t* count : {&counts.utc, &counts.standard, &counts.leaps, &counts.times,
                               &counts.types, &counts.letters})
      *count = static_cast<std::size_t>(number(4)) & 0xFF'FFFFU;  // more never fits in a file
    return counts;
  }

  void read_block(TimeZone& zone, const Counts& counts) {
    std::vector<Instant> times;
    for (std::size_t i = 0; i < counts.times && ok_; ++i) {
      // Some files begin with the Big Bang, which no microsecond reaches.
      const std::int64_t at = number(8);
      times.push_back(Instant(seconds(std::clamp<std::int64_t>(at, -kLimit, kLimit))));
    }
    std::vector<std::size_t> kinds;
    for (std::size_t i = 0; i < counts.times && ok_; ++i)
      kinds.push_back(static_cast<std::size_t>(number(1)) & 0xFFU);
    std::vector<seconds> offsets;
    for (std::size_t i = 0; i < counts.types && ok_; ++i) {
      offsets.push_back(seconds(static_cast<std::int32_t>(number(4))));
      skip(2);
    }
    if (!ok_) return;
    zone.before_ = offsets.front();
    for (std::size_t i = 0; i < times.size() && ok_; ++i) {
      ok_ = kinds[i] < offsets.size() && (i == 0 || times[i - 1] < times[i]);
      if (ok_) zone.transitions_.push_back({times[i], offsets[kinds[i]]});
    }
  }

  std::int64_t number(std::size_t size) {
    ok_ = ok_ && rest_.size() >= size;
    if (!ok_) return 0;
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | static_cast<std::uint8_t>(rest_[i]);
    rest_.remove_prefix(size);
    return static_cast<std::int64_t>(value);
  }
  void skip(std::size_t size) {
    ok_ = ok_ && rest_.size() >= size;
    if (ok_) rest_.remove_prefix(size);
  }

  static constexpr std::int64_t kLimit = 9'000'000'000'000;  // seconds
  std::string_view rest_;
  char version_ = '\0';
  bool ok_ = true;
};

// A POSIX TZ text: "<+03>-3", "CET-1CEST,M3.5.0,M10.5.0/3". Its offsets count to the west.
class TimeZone::RuleReader {
 public:
  explicit RuleReader(std::string_view text) : rest_(text) {}

  bool read(Rule& rule) {
    name();
    rule.standard = -time();
    if (!ok_ || rest_.empty()) return ok_;
    rule.changes = true;
    name();
    rule.summer = at(',') ? rule.standard + std::chrono::hours(1) : -time();
    take(',');
    rule.to_summer = change();
    take(',');
    rule.to_standard = change();
    return ok_ && rest_.empty();
  }

 private:
  bool at(char c) const { return rest_.starts_with(c); }
  bool maybe(char c) {
    if (!at(c)) return false;
    rest_.remove_prefix(1);
    return true;
  }
  void take(char c) { ok_ = maybe(c) && ok_; }

  void name() {
    const bool quoted = maybe('<');
    std::size_t length = 0;
    const auto belongs = [quoted](char c) {
      return quoted ? c != '>' : (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    };
    while (length < rest_.size() && belongs(rest_[length])) ++length;
    ok_ = ok_ && length >= 3;
    rest_.remove_prefix(length);
    if (quoted) take('>');
  }

  int number(int low, int high) {
    int value = 0;
    std::size_t digits = 0;
    for (; digits < rest_.size() && digits < 4 && is_digit(rest_[digits]); ++digits)
      value = value * 10 + (rest_[digits] - '0');
    rest_.remove_prefix(digits);
    ok_ = ok_ && digits > 0 && value >= low && value <= high;
    return value;
  }

  seconds time() {
    const bool negative = maybe('-');
    if (!negative) maybe('+');
    seconds value = std::chrono::hours(number(0, 167));
    if (maybe(':')) value += std::chrono::minutes(number(0, 59));
    if (maybe(':')) value += seconds(number(0, 59));
    return negative ? -value : value;
  }

  Change change() {
    Change change;
    if (maybe('M')) {
      change.month = number(1, 12);
      take('.');
      change.week = number(1, 5);
      take('.');
      change.day = number(0, 6);
    } else if (maybe('J')) {
      change.kind = Change::Kind::day_without_leap;
      change.day = number(1, 365);
    } else {
      change.kind = Change::Kind::day;
      change.day = number(0, 365);
    }
    if (maybe('/')) change.time = time();
    return change;
  }

  std::string_view rest_;
  bool ok_ = true;
};

WallTime TimeZone::Change::in(year y) const {
  using namespace std::chrono;
  const local_days first{y / January / 1};
  switch (kind) {
    case Kind::day:
      return first + days(day) + time;
    case Kind::day_without_leap:
      return first + days(day - 1 + (y.is_leap() && day >= 60 ? 1 : 0)) + time;
    case Kind::month_week_day:
      break;
  }
  const std::chrono::month m(static_cast<unsigned>(month));
  const weekday wanted(static_cast<unsigned>(day));
  if (week == 5) return local_days(y / m / wanted[last]) + time;
  return local_days(y / m / wanted[static_cast<unsigned>(week)]) + time;
}

Result<TimeZone> TimeZone::parse(std::string_view tzif) {
  TimeZone zone;
  FileReader file(tzif);
  const bool read = file.read(zone);
  const auto footer = file.footer();
  if (!read || !footer) return invalid("this is no file of the time zone database");
  if (!footer->empty()) {
    if (!RuleReader(*footer).read(zone.rule_))
      return invalid("the time zone's rule for the future is not understood");
  } else {
    zone.rule_.standard =
        zone.transitions_.empty() ? zone.before_ : zone.transitions_.back().offset;
  }
  return zone;
}

// What the rule says for some years, behind what the file has.
std::vector<TimeZone::Transition> TimeZone::around(year middle) const {
  std::vector<Transition> all;
  if (!rule_.changes) return all;
  for (year y = middle - std::chrono::years(1); y <= middle + std::chrono::years(1); ++y) {
    const auto utc = [](WallTime wall, seconds offset) {
      return Instant(wall.time_since_epoch() - offset);
    };
    all.push_back({utc(rule_.to_summer.in(y), rule_.standard), rule_.summer});
    all.push_back({utc(rule_.to_standard.in(y), rule_.summer), rule_.standard});
  }
  std::ranges::sort(all, {}, &Transition::at);
  const Instant known = transitions_.empty() ? kBeginning : transitions_.back().at;
  std::erase_if(all, [known](const Transition& one) { return one.at <= known; });
  return all;
}

TimeZone::Span TimeZone::span_at(Instant t) const {
  std::vector<Transition> future;
  if (transitions_.empty() || t >= transitions_.back().at) {
    future = around(year_of(t));
    if (!transitions_.empty()) future.insert(future.begin(), transitions_.back());
  }
  const auto& all = future.empty() ? transitions_ : future;
  const auto next = std::ranges::upper_bound(all, t, {}, &Transition::at);
  Span span{kBeginning, kEnd, rule_.standard};
  if (next != all.begin()) span = {std::prev(next)->at, kEnd, std::prev(next)->offset};
  if (next == all.begin() && !transitions_.empty()) span.offset = before_;
  if (next != all.end()) span.end = next->at;
  return span;
}

WallTime TimeZone::wall(Instant t) const {
  return WallTime(floor<seconds>(t.time_since_epoch()) + span_at(t).offset);
}

Instant TimeZone::first_moment(WallTime wall) const {
  // No offset is larger than a day, so the span before is the one that held the day before.
  const Instant utc(wall.time_since_epoch());
  const Span before = span_at(utc - days(1));
  const Instant early = utc - before.offset;
  if (early < before.end) return early;
  const Span after = span_at(before.end);
  const Instant late = utc - after.offset;
  // In a gap neither side shows it, and the old offset is kept.
  return late >= after.begin ? late : early;
}

}  // namespace countersign::core
