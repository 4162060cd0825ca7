#include "bot/core/policy_explain.h"

namespace countersign::core {
namespace {

std::string list(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// One list of a scope at a time, so that fits() itself is what tells.
struct Aspect {
  PolicyScope alone;
  const char* what;
  std::vector<std::string> wanted;
  std::string found;
};

std::vector<Aspect> aspects(const PolicyScope& scope, const Wish& wish) {
  std::vector<std::string> tiers;
  for (const Tier tier : scope.tiers) tiers.emplace_back(name(tier));
  return {{{.tiers = scope.tiers}, "tiers", tiers, "this is " + std::string(name(wish.tier))},
          {{.actions = scope.actions}, "actions", scope.actions, "this is " + wish.action},
          {{.rules = scope.rules},
           "rules",
           scope.rules,
           wish.rule.empty() ? "a person asks for this" : "this is by " + wish.rule},
          {{.environments = scope.environments},
           "environments",
           scope.environments,
           "this is in " + list(wish.environments)},
          {{.targets = scope.targets},
           "targets",
           scope.targets,
           wish.targets.empty() ? "this names none" : "this is about " + list(wish.targets)}};
}

std::string first_reason(const PolicyScope& scope, const Wish& wish) {
  for (const Aspect& aspect : aspects(scope, wish)) {
    if (!fits(aspect.alone, wish))
      return "is for " + std::string(aspect.what) + " " + list(aspect.wanted) + ", and " +
             aspect.found;
  }
  return {};
}

// A part of a demand, and whether a source wants it exactly as it came out.
struct Part {
  const char* name;
  bool (*by_tier)(const TierPolicy&, const Demand&);
  bool (*by_policy)(const Policy&, const Demand&);
};

constexpr auto kNever = [](const TierPolicy&, const Demand&) { return false; };

constexpr Part kParts[] = {
    {"four_eyes", [](const TierPolicy& t, const Demand&) { return !t.requester_counts; },
     [](const Policy& p, const Demand&) { return p.four_eyes; }},
    {"separate_teams", kNever, [](const Policy& p, const Demand&) { return p.separate_teams; }},
    {"step_up", [](const TierPolicy& t, const Demand&) { return t.step_up; },
     [](const Policy& p, const Demand&) { return p.step_up; }},
    {"expires", [](const TierPolicy& t, const Demand& d) { return t.expires_in == d.expires_in; },
     [](const Policy& p, const Demand& d) { return p.expires_in == d.expires_in; }},
    {"use_within",
     [](const TierPolicy& t, const Demand& d) { return t.use_within == d.use_within; },
     [](const Policy& p, const Demand& d) { return p.use_within == d.use_within; }},
    {"cooldown", kNever,
     [](const Policy& p, const Demand& d) {
       return p.cooldown > Duration::zero() && p.cooldown == d.cooldown;
     }},
    {"remind", kNever,
     [](const Policy& p, const Demand& d) {
       return p.remind_after > Duration::zero() && p.remind_after == d.remind_after;
     }},
    {"quiet_hours", kNever,
     [](const Policy& p, const Demand& d) { return p.quiet && p.quiet == d.quiet; }},
};

}  // namespace

Explanation explain(const Wish& wish, const PolicyBook& book) {
  Explanation out;
  out.demand = demand(wish, book);
  for (const Policy& policy : book.policies) {
    if (fits(policy.scope, wish)) {
      out.fitting.push_back(policy.name);
    } else {
      out.misfits.push_back({policy.name, first_reason(policy.scope, wish)});
    }
  }
  for (const Part& part : kParts) {
    std::vector<std::string> wanted_by;
    if (part.by_tier(book.tiers.at(wish.tier), out.demand))
      wanted_by.push_back("tier " + std::string(name(wish.tier)));
    for (const Policy& policy : book.policies) {
      if (fits(policy.scope, wish) && part.by_policy(policy, out.demand))
        wanted_by.push_back("policy " + policy.name);
    }
    if (!wanted_by.empty()) out.sources[part.name] = std::move(wanted_by);
  }
  return out;
}

}  // namespace countersign::core
