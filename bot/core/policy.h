// Who must agree before something runs. Only ever adds up: the strictest demand wins.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/instant.h"
#include "bot/core/rule.h"

namespace countersign::core {

// The configurable part of a tier (product defaults).
struct TierPolicy {
  int approvals = 0;
  bool requester_counts = true;  // false is four-eyes
  Duration expires_in = std::chrono::hours(1);
  Duration use_within = std::chrono::minutes(15);
};
using TierPolicies = std::map<Tier, TierPolicy>;
TierPolicies default_tiers();

struct Demand {
  int quorum = 0;  // 0: nobody is asked
  std::vector<std::string>
      roles;  // any of them; empty with quorum > 0: nobody can approve, which is said
  bool four_eyes = false;
  Duration expires_in{};
  Duration use_within{};
};

// The tier's demand, raised by the rule's and the action's own wishes. `known_roles` are used when
// neither names any.
Demand demand(Tier tier, const TierPolicies& tiers, const std::vector<std::string>& action_roles,
              const std::optional<ApprovalAsk>& ask, const std::vector<std::string>& known_roles);

// A plan that touches more than `limit` targets counts as high impact.
Tier raise_by_targets(Tier tier, std::size_t targets, std::size_t limit);

}  // namespace countersign::core
