#include "bot/core/policy.h"

#include <algorithm>
#include <set>

namespace countersign::core {

TierPolicies default_tiers() {
  using namespace std::chrono_literals;
  return {{Tier::read_only, {0, true, 1h, 15min}},
          {Tier::mutating, {1, true, 1h, 15min}},
          {Tier::high_impact, {2, false, 15min, 15min}}};
}

Demand demand(Tier tier, const TierPolicies& tiers, const std::vector<std::string>& action_roles,
              const std::optional<ApprovalAsk>& ask, const std::vector<std::string>& known_roles) {
  const TierPolicy& policy = tiers.at(tier);
  Demand out{policy.approvals, {}, !policy.requester_counts, policy.expires_in, policy.use_within};
  std::set<std::string> roles(action_roles.begin(), action_roles.end());
  if (ask) {
    out.quorum = std::max({out.quorum, ask->count, ask->roles.empty() ? 0 : 1});
    roles.insert(ask->roles.begin(), ask->roles.end());
  }
  if (roles.empty()) roles.insert(known_roles.begin(), known_roles.end());
  if (out.quorum > 0) out.roles.assign(roles.begin(), roles.end());
  return out;
}

Tier raise_by_targets(Tier tier, std::size_t targets, std::size_t limit) {
  return tier == Tier::mutating && targets > limit ? Tier::high_impact : tier;
}

}  // namespace countersign::core
