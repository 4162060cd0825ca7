// Filters that make or print numbers.
#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cmath>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/jinja/texts.h"
#include "bot/core/python_value.h"

namespace countersign::core::jinja {
namespace {

// float(value), where Python has one.
std::optional<double> real_of(Rendering& r, const Value& v) {
  if (v.is_number()) return as_double(v);
  if (v.is_text() || v.is(Kind::lookup)) return python::parse_float(str(r, v));
  return std::nullopt;
}

std::optional<BigInteger> whole_of(const std::string& text, std::int64_t base) {
  if (base < 2 || base > 36) return std::nullopt;
  if (const auto small = python::parse_int(text, static_cast<int>(base))) return *small;
  std::string digits = stripped(text, nullptr, true, true);
  std::erase(digits, '_');
  return base == 10 ? BigInteger::parse(digits) : std::nullopt;
}

// int(x), then int(float(x)), then the default.
Value to_int(Rendering& r, Call& c) {
  const Value otherwise = c[0].given() ? c[0] : Value::of(std::int64_t{0});
  const Value& v = c.self;
  if (v.is(Kind::boolean)) return Value::of(v.whole());
  if (v.is(Kind::integer) || v.is(Kind::big)) return v;
  if (v.is_text() || v.is(Kind::lookup))
    if (const auto whole_number = whole_of(str(r, v), whole(r, c[1], 10)))
      return r.whole(*whole_number);
  const std::optional<double> number = real_of(r, v);
  if (!number || !std::isfinite(*number)) return otherwise;
  return r.whole(BigInteger::truncate(*number));
}

Value to_float(Rendering& r, Call& c) {
  if (const std::optional<double> number = real_of(r, c.self)) return Value::of(*number);
  return c[0].given() ? c[0] : Value::of(0.0);
}

Value absolute(Rendering& r, Call& c) {
  if (!c.self.is_number()) return r.fail("'abs' needs a number");
  const bool below = less(r, c.self, Value::of(std::int64_t{0}));
  if (c.self.is(Kind::boolean)) return Value::of(c.self.whole());
  return below ? negative(r, c.self) : c.self;
}

// round(x, n): to the nearest that can be written with n digits, as the exact value lies.
double rounded(double value, std::int64_t digits) {
  if (!std::isfinite(value) || digits > 300) return value;
  if (digits >= 0) return std::strtod(fmt::format("{:.{}f}", value, digits).c_str(), nullptr);
  if (digits < -308) return 0;
  const double unit = std::pow(10.0, static_cast<double>(-digits));
  return std::nearbyint(value / unit) * unit;
}

Value round_whole(Rendering& r, const Value& value, std::int64_t digits) {
  if (digits >= 0) return value.is(Kind::boolean) ? Value::of(value.whole()) : value;
  if (digits < -30) return Value::of(std::int64_t{0});
  const auto unit = BigInteger::power(10, static_cast<std::uint64_t>(-digits));
  const auto [below, rest] = BigInteger::divide(as_big(value), *unit);
  const auto twice = BigInteger::add(rest, rest);
  const bool odd = !BigInteger::divide(below, 2).second.zero();
  const bool up = *twice > *unit || (*twice == *unit && odd);
  return r.whole(BigInteger::multiply(up ? *BigInteger::add(below, 1) : below, *unit));
}

Value round(Rendering& r, Call& c) {
  const std::int64_t digits = whole(r, c[0], 0);
  const std::string method = words(r, c[1], "common");
  if (!c.self.is_number()) return r.fail("'round' needs a number");
  if (method != "common" && method != "ceil" && method != "floor")
    return r.fail("'round' knows the methods common, ceil and floor");
  if (method == "common")
    return c.self.is(Kind::real) ? Value::of(rounded(c.self.real, digits))
                                 : round_whole(r, c.self, digits);
  const double unit = std::pow(10.0, static_cast<double>(digits));
  const double scaled = as_double(c.self) * unit;
  return Value::of((method == "ceil" ? std::ceil(scaled) : std::floor(scaled)) / unit);
}

Value filesizeformat(Rendering& r, Call& c) {
  constexpr std::array<std::string_view, 8> kUnits{"k", "M", "G", "T", "P", "E", "Z", "Y"};
  const std::optional<double> bytes = real_of(r, c.self);
  if (!bytes) return r.fail("'filesizeformat' needs a number");
  const bool binary = flag(r, c[0]);
  const double base = binary ? 1024 : 1000;
  if (*bytes == 1) return r.text("1 Byte");
  if (*bytes < base)
    return r.text(fmt::format("{} Bytes", static_cast<std::int64_t>(std::max(*bytes, -9e18))));
  double unit = base;
  for (std::size_t i = 0; i < kUnits.size(); ++i) {
    unit *= base;
    if (*bytes >= unit && i + 1 < kUnits.size()) continue;
    const std::string name = i == 0 && binary ? "K" : std::string(kUnits[i]);
    return r.text(fmt::format("{:.1f} {}{}", base * *bytes / unit, name, binary ? "iB" : "B"));
  }
  return {};
}

// 3725 is "1h2m5s". Days are those of a calendar's month and years those of the year 1, as
// StackStorm counts them; below a second the number itself is called microseconds.
Value to_human_time(Rendering& r, Call& c) {
  const Value& v = c.self;
  if (!v.is_number()) return r.fail("'to_human_time_from_seconds' needs a number");
  const double seconds = as_double(v);
  if (seconds == 0) return r.text("0s");
  if (seconds < 1) return r.text(str(r, v) + "\u03bcs");
  constexpr double kYears = 9000.0 * 366 * 86400;
  if (!(seconds < kYears)) return r.fail("'to_human_time_from_seconds' got too long a time");
  const auto whole_seconds = static_cast<std::int64_t>(std::nearbyint(seconds));
  using namespace std::chrono;
  const sys_days start = year(1) / January / 1;
  const sys_days day = start + days(whole_seconds / 86400);
  const year_month_day date(day);
  const std::int64_t rest = whole_seconds % 86400;
  const std::pair<std::int64_t, char> parts[] = {{static_cast<int>(date.year()) - 1, 'y'},
                                                 {static_cast<unsigned>(date.day()) - 1, 'd'},
                                                 {rest / 3600, 'h'},
                                                 {rest / 60 % 60, 'm'},
                                                 {rest % 60, 's'}};
  std::string out;
  for (const auto& [number, unit] : parts)
    if (!out.empty() || number != 0) out += fmt::format("{}{}", number, unit);
  return r.text(out.empty() ? "0s" : out);
}

const Method kFilters[] = {
    {"int", "default base", to_int},
    {"float", "default", to_float},
    {"abs", "", absolute},
    {"round", "precision method", round},
    {"filesizeformat", "binary", filesizeformat},
    {"to_human_time_from_seconds", "", to_human_time},
};

}  // namespace

Methods number_filters() { return kFilters; }

}  // namespace countersign::core::jinja
