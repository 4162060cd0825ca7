#include "bot/core/rule.h"

#include <array>

namespace countersign::core {
namespace {

constexpr std::array kModeNames{"dry_run", "live"};
constexpr std::array kDedupNames{"leading", "sliding", "tumbling"};

}  // namespace

std::string_view name(RuleMode mode) { return kModeNames.at(static_cast<std::size_t>(mode)); }
std::string_view name(DedupMode mode) { return kDedupNames.at(static_cast<std::size_t>(mode)); }

}  // namespace countersign::core
