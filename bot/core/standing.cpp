#include "bot/core/standing.h"

#include <algorithm>
#include <array>

#include "bot/core/table.h"
#include "bot/core/text_match.h"

namespace countersign::core {
namespace {
constexpr std::array kStateNames{"granted", "revoked", "void"};
}  // namespace

std::string_view name(StandingState state) {
  return kStateNames.at(static_cast<std::size_t>(state));
}
std::optional<StandingState> parse_standing_state(std::string_view text) {
  return parse_name<StandingState>(kStateNames, text);
}

bool covers(const Standing& standing, const Run& run) {
  if (!run.plan || run.purpose != Purpose::remedy || !run.requester.empty()) return false;
  const Plan& plan = *run.plan;
  return standing.rule == plan.rule && standing.rule_hash == plan.rule_hash &&
         standing.action == plan.action && standing.action_hash == plan.action_hash &&
         !plan.targets.empty() && std::ranges::all_of(plan.targets, [&](const auto& target) {
           return std::ranges::any_of(standing.targets, [&](const auto& pattern) {
             return wildcard_match(pattern, target);
           });
         });
}

bool usable(const Standing& standing, bool counted, Instant now) {
  return standing.state == StandingState::granted && now < standing.until &&
         (counted || standing.used < standing.times);
}

}  // namespace countersign::core
