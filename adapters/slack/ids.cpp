#include "adapters/slack/ids.h"

#include <algorithm>
#include <charconv>

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kMicroDigits = 6;
constexpr std::size_t kLongestId = 40;

bool is_id(std::string_view text, std::string_view first) {
  return text.size() >= 3 && text.size() <= kLongestId &&
         first.find(text.front()) != std::string_view::npos &&
         std::ranges::all_of(
             text, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); });
}

std::optional<std::int64_t> digits(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.front() == '-')
    return std::nullopt;
  return value;
}

}  // namespace

bool is_user_id(std::string_view text) { return is_id(text, "UW"); }
bool is_channel_id(std::string_view text) { return is_id(text, "CGD"); }
bool is_group_id(std::string_view text) { return is_id(text, "S"); }

std::optional<core::Instant> instant_of(std::string_view ts) {
  const auto dot = ts.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot > 12 || ts.size() != dot + 1 + kMicroDigits)
    return std::nullopt;
  const auto seconds = digits(ts.substr(0, dot));
  const auto micros = digits(ts.substr(dot + 1));
  if (!seconds || !micros) return std::nullopt;
  return core::Instant(std::chrono::seconds(*seconds) + std::chrono::microseconds(*micros));
}

std::string ts_of(core::Instant time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  std::string micros = std::to_string((time - seconds).count());
  micros.insert(0, kMicroDigits - micros.size(), '0');
  return std::to_string(seconds.time_since_epoch().count()) + "." + micros;
}

}  // namespace countersign::adapters::slack
