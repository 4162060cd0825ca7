// Who must agree before something runs. Tier, action, rule and policies each say what they want;
// their wishes only ever add up: the strictest wins.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/demand.h"
#include "bot/core/instant.h"
#include "bot/core/rule.h"

namespace countersign::core {

// The configurable part of a tier (product defaults).
struct TierPolicy {
  int approvals = 0;
  bool requester_counts = true;  // false is four-eyes
  Duration expires_in = std::chrono::hours(1);
  Duration use_within = std::chrono::minutes(15);
  bool step_up = false;
};
using TierPolicies = std::map<Tier, TierPolicy>;
TierPolicies default_tiers();

// What a policy is about. Each list that is not empty has to fit; words are shell wildcards.
struct PolicyScope {
  std::vector<Tier> tiers;
  std::vector<std::string> actions;
  std::vector<std::string> rules;  // a person's own wish has none, so it fits no such list
  std::vector<std::string>
      environments;                  // what names no environment fits every list: it may be any
  std::vector<std::string> targets;  // one of the targets is enough
};

// A wish of the configuration, besides the tiers'.
struct Policy {
  std::string name;
  int line = 0;  // of the configuration file, for messages
  PolicyScope scope;
  std::vector<Group> groups;  // none: it asks for nobody more
  bool four_eyes = false;
  bool separate_teams = false;
  bool step_up = false;
  std::optional<Duration> expires_in;
  std::optional<Duration> use_within;
  Duration cooldown{};
  Duration remind_after{};
  std::optional<Escalation> escalation;  // of its own groups
  std::optional<QuietHours> quiet;
};

// What is to be run, as far as policies look at it.
struct Wish {
  Tier tier = Tier::mutating;
  std::string action;
  std::vector<std::string> action_roles;
  std::string rule;                       // empty: a person asked for the action
  std::optional<ApprovalAsk> ask;         // the rule's
  std::vector<std::string> environments;  // by the names given to it; none: unknown
  std::vector<std::string> targets;
  bool any_target = false;  // it is not known beforehand which: it fits every list
};

struct PolicyBook {
  TierPolicies tiers = default_tiers();
  std::vector<Policy> policies;
  std::vector<std::string>
      roles;  // all that are configured: asked where neither rule nor action names any
};

bool fits(const PolicyScope& scope, const Wish& wish);
// An action that changes nothing is asked about only if its tier, a rule or a policy names people.
Demand demand(const Wish& wish, const PolicyBook& book);

// A plan that touches more than `limit` targets counts as high impact.
Tier raise_by_targets(Tier tier, std::size_t targets, std::size_t limit);

}  // namespace countersign::core
