#include <fmt/format.h>

#include <charconv>

#include "bot/store/pg_impl.h"

namespace countersign::store {
namespace {

constexpr std::string_view kReplacement = "\xef\xbf\xbd";  // U+FFFD

// Length of the UTF-8 sequence that `s` starts with, by PostgreSQL's rules; 0 if there is none.
std::size_t sequence_length(std::string_view s) {
  struct Form {
    unsigned char first_low, first_high, second_low, second_high;
    std::size_t length;
  };
  static constexpr Form kForms[] = {{0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                                    {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3},
                                    {0xEE, 0xEF, 0x80, 0xBF, 3}, {0xF0, 0xF0, 0x90, 0xBF, 4},
                                    {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  if (byte(0) < 0x80) return byte(0) == 0 ? 0 : 1;
  for (const Form& f : kForms) {
    if (byte(0) < f.first_low || byte(0) > f.first_high) continue;
    if (s.size() < f.length || byte(1) < f.second_low || byte(1) > f.second_high) return 0;
    for (std::size_t i = 2; i < f.length; ++i) {
      if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
    }
    return f.length;
  }
  return 0;
}

std::string storable(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t n = sequence_length(text.substr(i));
    out += n == 0 ? kReplacement : text.substr(i, n);
    i += n == 0 ? 1 : n;
  }
  return out;
}

// jsonb refuses the escape of U+0000, in values and in keys.
std::string storable_json(const Json& json) {
  std::string text = json.dump(-1, ' ', false, Json::error_handler_t::replace);
  for (std::size_t i = text.find('\\'); i != std::string::npos; i = text.find('\\', i + 2)) {
    if (text.compare(i + 1, 5, "u0000") == 0) text.replace(i + 1, 5, "ufffd");
  }
  return text;
}

// A number of exactly the digits s[at .. at+n), or -1.
int digits(std::string_view s, std::size_t at, std::size_t n) {
  int value = -1;
  if (at + n > s.size()) return -1;
  const auto [end, error] = std::from_chars(s.data() + at, s.data() + at + n, value);
  return error == std::errc() && end == s.data() + at + n ? value : -1;
}

// "2026-11-21 08:30:00.123456+00": what timestamptz looks like under our session settings.
std::optional<core::Instant> read_timestamp(std::string_view s) {
  const int year = digits(s, 0, 4), month = digits(s, 5, 2), day = digits(s, 8, 2);
  const int hour = digits(s, 11, 2), minute = digits(s, 14, 2), second = digits(s, 17, 2);
  if (year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 || second < 0) return {};
  if (!s.ends_with("+00")) return {};
  int micros = 0;
  if (s[19] == '.') {
    std::string fraction(s.substr(20, s.size() - 23));
    fraction.resize(6, '0');
    micros = digits(fraction, 0, 6);
  }
  using namespace std::chrono;  // the calendar's vocabulary, this one function only
  return core::Instant(sys_days(std::chrono::year(year) / month / day)) + hours(hour) +
         minutes(minute) + seconds(second) + microseconds(micros);
}

std::string write_timestamp(core::Instant t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(t - day);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:06}+00", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     time.hours().count(), time.minutes().count(), time.seconds().count(),
                     time.subseconds().count());
}

}  // namespace

Param::Param(std::string_view text) : text_(storable(text)) {}
Param::Param(const Json& json) : text_(storable_json(json)) {}
Param::Param(core::Instant t) : text_(write_timestamp(t)) {}
Param::Param(core::Duration d) : text_(fmt::format("{} microseconds", d.count())) {}

Param text_array(const std::vector<std::string>& values) {
  std::string text = "{";
  for (const std::string& value : values) {
    text += text.size() == 1 ? "\"" : ",\"";
    for (const char c : value) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return Param(text + "}");
}

namespace {

pqxx::field field_of(const pqxx::result& result, int row, std::string_view column) {
  try {
    return result[row][std::string(column)];
  } catch (const std::exception& e) {
    throw StoreError(ErrorKind::internal, fmt::format("no column {}: {}", column, e.what()));
  }
}

std::string_view present(const pqxx::field& field) {
  if (field.is_null()) {
    throw StoreError(ErrorKind::internal, fmt::format("column {} is NULL", field.name()));
  }
  return {field.c_str(), field.size()};
}

[[noreturn]] void misread(std::string_view column, std::string_view as) {
  throw StoreError(ErrorKind::internal, fmt::format("column {} is not {}", column, as));
}

}  // namespace

bool Row::is_null(std::string_view column) const {
  return field_of(data_->result, index_, column).is_null();
}

std::string Row::text(std::string_view column) const {
  return std::string(present(field_of(data_->result, index_, column)));
}

std::string Row::text_or(std::string_view column, std::string fallback) const {
  return is_null(column) ? std::move(fallback) : text(column);
}

std::int64_t Row::number(std::string_view column) const {
  const auto field = field_of(data_->result, index_, column);
  const std::string_view s = present(field);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(s.data(), s.data() + s.size(), value);
  if (error != std::errc() || end != s.data() + s.size()) misread(column, "a whole number");
  return value;
}

bool Row::flag(std::string_view column) const {
  return present(field_of(data_->result, index_, column)) == "t";
}

Json Row::json(std::string_view column) const {
  const auto field = field_of(data_->result, index_, column);
  if (field.is_null()) return nullptr;
  Json value = Json::parse(present(field), nullptr, false);
  if (value.is_discarded()) misread(column, "JSON that we can hold");
  return value;
}

core::Instant Row::instant(std::string_view column) const {
  const auto value = read_timestamp(present(field_of(data_->result, index_, column)));
  if (!value) misread(column, "a point in time");
  return *value;
}

std::optional<core::Instant> Row::maybe_instant(std::string_view column) const {
  if (is_null(column)) return std::nullopt;
  return instant(column);
}

std::vector<std::string> Row::texts(std::string_view column) const {
  const auto field = field_of(data_->result, index_, column);
  present(field);
  std::vector<std::string> values;
  pqxx::array_parser parser = field.as_array();
  for (auto [kind, value] = parser.get_next(); kind != pqxx::array_parser::done;
       std::tie(kind, value) = parser.get_next()) {
    if (kind == pqxx::array_parser::string_value) values.push_back(value);
  }
  return values;
}

Rows::Rows(std::shared_ptr<const Row::Data> data)
    : data_(std::move(data)), size_(static_cast<std::size_t>(data_->result.size())) {}

std::int64_t Rows::affected() const {
  return static_cast<std::int64_t>(data_->result.affected_rows());
}

Row Rows::operator[](std::size_t i) const { return Row(data_, static_cast<int>(i)); }

}  // namespace countersign::store
