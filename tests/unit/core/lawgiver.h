// Random demands, made by policies as the configuration would have them.
#pragma once
#include <array>

#include "bot/core/electorate.h"
#include "bot/core/policy.h"
#include "tests/support/chance.h"

namespace countersign::core {

inline constexpr std::array kRoles{"sre", "managers", "directors"};

class Lawgiver {
 public:
  explicit Lawgiver(support::Chance& chance) : chance_(chance) {}
  Policy policy() {
    Policy out;
    out.name = "p" + std::to_string(chance_.below(9));
    for (auto n = chance_.below(3); n > 0; --n) out.groups.push_back(group());
    out.four_eyes = chance_.one_in(3);
    out.separate_teams = chance_.one_in(6);
    out.step_up = chance_.one_in(8);
    if (chance_.one_in(3)) out.expires_in = std::chrono::minutes(10 + chance_.below(30));
    if (chance_.one_in(3)) out.cooldown = std::chrono::minutes(chance_.below(10));
    if (chance_.one_in(3))
      out.escalation = Escalation{std::chrono::minutes(5), {chance_.of(kRoles)}, {}};
    return out;
  }
  PolicyBook book() {
    PolicyBook out;
    out.roles = {"sre"};
    for (auto& [tier, policy] : out.tiers) policy.approvals = static_cast<int>(chance_.below(3));
    for (auto n = chance_.below(3); n > 0; --n) out.policies.push_back(policy());
    return out;
  }
  Seat seat() {
    Seat out;
    out.role = chance_.of(kRoles);
    return out;
  }
  Wish wish() {
    Wish out;
    out.tier = chance_.one_in(2) ? Tier::mutating : Tier::high_impact;
    out.action = "ops.move";
    out.action_roles = {"sre"};
    return out;
  }

 private:
  Group group() {
    Group out{{chance_.of(kRoles)}, static_cast<int>(1 + chance_.below(2))};
    if (chance_.one_in(3)) out.roles.push_back(chance_.of(kRoles));
    return out;
  }
  support::Chance& chance_;
};

}  // namespace countersign::core
