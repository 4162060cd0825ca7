// Names of enumerators as tables: one array serves both directions.
#pragma once
#include <array>
#include <optional>
#include <string_view>

namespace countersign::core {

// The enumerator whose position in `names` holds `text`.
template <class Enum, std::size_t N>
std::optional<Enum> parse_name(const std::array<const char*, N>& names, std::string_view text) {
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == text) return static_cast<Enum>(i);
  }
  return std::nullopt;
}

}  // namespace countersign::core
