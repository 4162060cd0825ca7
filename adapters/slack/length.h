// Lengths as Slack may count them: UTF-16 units, the strictest reading of its limits. Pure.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace countersign::adapters::slack {

inline constexpr std::string_view kShortened = "… (shortened)";

std::size_t units(std::string_view utf8);

// The text if it fits; otherwise its beginning, ended by `mark`, both together within `limit`.
std::string fitted(std::string_view utf8, std::size_t limit, std::string_view mark = "…");

}  // namespace countersign::adapters::slack
