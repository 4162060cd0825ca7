#include "bot/core/policy.h"

#include <algorithm>
#include <set>

#include "bot/core/text_match.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

bool any_fits(const std::vector<std::string>& patterns, const std::string& word) {
  return std::ranges::any_of(patterns,
                             [&](const auto& pattern) { return wildcard_match(pattern, word); });
}

bool any_fits(const std::vector<std::string>& patterns, const std::vector<std::string>& words) {
  return std::ranges::any_of(words, [&](const auto& word) { return any_fits(patterns, word); });
}

std::vector<std::string> lower(std::vector<std::string> words) {
  for (std::string& word : words) word = to_lower(word);
  return words;
}

// What tier, action and rule want together: the most people, of the roles that any of them names.
std::optional<Clause> first_clause(const Wish& wish, const PolicyBook& book) {
  int count = book.tiers.at(wish.tier).approvals;
  std::string source = "tier " + std::string(name(wish.tier));
  std::set<std::string> roles(wish.action_roles.begin(), wish.action_roles.end());
  if (wish.ask) {
    const int asked = std::max(wish.ask->count, wish.ask->roles.empty() ? 0 : 1);
    if (asked > count || !wish.ask->roles.empty()) source += ", rule " + wish.rule;
    count = std::max(count, asked);
    roles.insert(wish.ask->roles.begin(), wish.ask->roles.end());
  }
  if (count == 0) return std::nullopt;
  if (!wish.action_roles.empty()) source += ", action " + wish.action;
  if (roles.empty()) roles.insert(book.roles.begin(), book.roles.end());
  return Clause{source, {{{roles.begin(), roles.end()}, count}}, std::nullopt};
}

void add(Demand& out, const Policy& policy) {
  if (!policy.groups.empty())
    out.clauses.push_back({"policy " + policy.name, policy.groups, policy.escalation});
  out.four_eyes |= policy.four_eyes;
  out.separate_teams |= policy.separate_teams;
  out.step_up |= policy.step_up;
  out.expires_in = std::min(out.expires_in, policy.expires_in.value_or(out.expires_in));
  out.use_within = std::min(out.use_within, policy.use_within.value_or(out.use_within));
  out.cooldown = std::max(out.cooldown, policy.cooldown);
  if (policy.remind_after > Duration::zero())
    out.remind_after = out.remind_after > Duration::zero()
                           ? std::min(out.remind_after, policy.remind_after)
                           : policy.remind_after;
  if (!out.quiet) out.quiet = policy.quiet;
}

}  // namespace

TierPolicies default_tiers() {
  using namespace std::chrono_literals;
  return {{Tier::read_only, {0, true, 1h, 15min, false}},
          {Tier::mutating, {1, true, 1h, 15min, false}},
          {Tier::high_impact, {2, false, 15min, 15min, false}}};
}

bool fits(const PolicyScope& scope, const Wish& wish) {
  const auto& tiers = scope.tiers;
  return (tiers.empty() || std::ranges::find(tiers, wish.tier) != tiers.end()) &&
         (scope.actions.empty() || any_fits(scope.actions, wish.action)) &&
         (scope.rules.empty() || (!wish.rule.empty() && any_fits(scope.rules, wish.rule))) &&
         // Letter case must not open a way around the protection of production.
         (scope.environments.empty() || wish.environments.empty() ||
          any_fits(lower(scope.environments), lower(wish.environments))) &&
         (scope.targets.empty() || wish.any_target || any_fits(scope.targets, wish.targets));
}

Demand demand(const Wish& wish, const PolicyBook& book) {
  const TierPolicy& tier = book.tiers.at(wish.tier);
  Demand out;
  out.four_eyes = !tier.requester_counts;
  out.step_up = tier.step_up;
  out.expires_in = tier.expires_in;
  out.use_within = tier.use_within;
  if (auto clause = first_clause(wish, book)) out.clauses.push_back(std::move(*clause));
  for (const Policy& policy : book.policies) {
    if (fits(policy.scope, wish)) add(out, policy);
  }
  return out;
}

Tier raise_by_targets(Tier tier, std::size_t targets, std::size_t limit) {
  return tier == Tier::mutating && targets > limit ? Tier::high_impact : tier;
}

}  // namespace countersign::core
