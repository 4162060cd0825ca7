#include "bot/core/rule.h"

#include <array>

namespace countersign::core {
namespace {

constexpr std::array kModeNames{"dry_run", "live"};
constexpr std::array kDedupNames{"leading", "sliding", "tumbling"};
constexpr std::array kOnResolveNames{"cancel", "keep"};

}  // namespace

std::string_view name(RuleMode mode) { return kModeNames.at(static_cast<std::size_t>(mode)); }
std::string_view name(DedupMode mode) { return kDedupNames.at(static_cast<std::size_t>(mode)); }

std::string_view name(OnResolve what) {
  return kOnResolveNames.at(static_cast<std::size_t>(what));
}

OnResolve on_resolve(const Rule* rule, Tier tier) {
  if (rule && rule->on_resolve) return *rule->on_resolve;
  return tier == Tier::read_only ? OnResolve::keep : OnResolve::cancel;
}

}  // namespace countersign::core
