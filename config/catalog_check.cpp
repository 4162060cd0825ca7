#include "config/catalog_check.h"

#include <fmt/format.h>

#include <algorithm>

#include "bot/core/policy.h"
#include "bot/core/text_match.h"
#include "config/holders.h"

namespace countersign::config {
namespace {

template <class Map>
std::vector<std::string> keys(const Map& map) {
  std::vector<std::string> out;
  for (const auto& [key, value] : map) out.push_back(key);
  return out;
}

const core::Parameter* find(const core::Action& action, const std::string& name) {
  const auto found = std::find_if(action.parameters.begin(), action.parameters.end(),
                                  [&](const core::Parameter& p) { return p.name == name; });
  return found == action.parameters.end() ? nullptr : &*found;
}

std::vector<std::string> names(const core::Action& action) {
  std::vector<std::string> out;
  for (const core::Parameter& parameter : action.parameters) out.push_back(parameter.name);
  return out;
}

bool none_fits(const std::string& pattern, const std::vector<std::string>& words) {
  return std::ranges::none_of(
      words, [&](const std::string& word) { return core::wildcard_match(pattern, word); });
}

}  // namespace

CatalogCheck::CatalogCheck(const Settings& settings,
                           const std::map<std::string, core::Action>& actions,
                           const std::set<std::string>& broken)
    : settings_(settings), actions_(actions), broken_(broken) {}

void CatalogCheck::check_roles(const Reader& roles) const {
  const auto known = keys(settings_.roles);
  for (const Reader& item : roles.items()) {
    const std::string role = item.text();
    if (!settings_.roles.contains(role)) item.error(unknown("role", role, known));
  }
}

void CatalogCheck::check_action(const core::Action& action, const Reader& root) const {
  check_roles(root.at("approval").at("roles"));
  check_follow_up(action, action.verify, root.at("verify"));
  check_follow_up(action, action.rollback, root.at("rollback"));
  const auto found = action.verify ? actions_.find(action.verify->action) : actions_.end();
  if (found != actions_.end() && found->second.tier != core::Tier::read_only) {
    root.at("verify").error(
        fmt::format("must be read_only, because nobody is asked before it; "
                    "{} is {}",
                    found->first, core::name(found->second.tier)));
  }
  const auto back = action.rollback ? actions_.find(action.rollback->action) : actions_.end();
  if (back != actions_.end() && back->second.tier == core::Tier::read_only) {
    root.at("rollback")
        .error(fmt::format(
            "must be mutating or high_impact, because it is offered to people; {} is read_only and "
            "would not wait for them",
            back->first));
  }
}

// It is made from what the run was given: whether that is enough shows now, not at 3 a.m.
void CatalogCheck::check_follow_up(const core::Action& action,
                                   const std::optional<core::FollowUp>& next,
                                   const Reader& given) const {
  if (!next || next->action.empty() || broken_.contains(next->action)) return;
  const Reader ref = given.is_map() ? given.at("action") : given;
  const auto found = actions_.find(next->action);
  if (found == actions_.end()) return ref.error(unknown("action", next->action, keys(actions_)));
  const core::Action& other = found->second;
  if (!other.enabled) ref.warning(fmt::format("{} is disabled: it cannot run", other.ref));
  if (given.is_map() && !next->parameters.is_null()) {
    for (const auto& [name, reader] : given.at("parameters").members()) {
      if (!find(other, name)) reader.error(unknown("parameter", name, names(other)));
    }
  }
  for (const core::Parameter& parameter : other.parameters) {
    const bool needed = parameter.required && parameter.fallback.is_null();
    const bool made = next->parameters.is_null() ? find(action, parameter.name) != nullptr
                                                 : next->parameters.contains(parameter.name);
    if (needed && !made)
      given.error(fmt::format("{} requires the parameter '{}'", other.ref, parameter.name));
  }
}

void CatalogCheck::check_rule(core::Rule& rule, const Reader& root) const {
  check_notify(root.at("notify"));
  check_roles(root.at("approval").at("roles"));
  const Reader ref = root.at("action").at("ref");
  const auto found = actions_.find(rule.action);
  if (broken_.contains(rule.action)) return;
  if (found == actions_.end()) {
    ref.error(unknown("action", rule.action, keys(actions_)));
    return;
  }
  const core::Action& action = found->second;
  if (!action.enabled) ref.warning(fmt::format("{} is disabled: nothing will run", action.ref));
  check_parameters(rule, action, root.at("action").at("parameters"));
  check_approval(rule, action, root);
}

void CatalogCheck::check_notify(const Reader& notify) const {
  std::vector<std::string> known;
  for (const Chat& chat : settings_.chats) known.push_back(chat.name);
  const auto check_one = [&](const Reader& chat) {
    const std::string name = chat.text();
    if (!name.empty() && std::find(known.begin(), known.end(), name) == known.end())
      chat.error(unknown("chat", name, known));
  };
  if (notify.is_map()) check_one(notify.at("chat"));
  for (const Reader& item : notify.is_list() ? notify.items() : std::vector<Reader>{})
    check_one(item.at("chat"));
}

void CatalogCheck::check_parameters(core::Rule& rule, const core::Action& action,
                                    const Reader& given) const {
  for (const auto& [name, reader] : given.members()) {
    const core::Parameter* parameter = find(action, name);
    if (parameter == nullptr && name == "dry_run" && reader.json() == Json(true)) {
      rule.parameters.erase(name);
    } else if (parameter == nullptr) {
      reader.error(unknown("parameter", name, names(action)));
    } else if (parameter->immutable) {
      reader.error(fmt::format("is immutable in {}", action.ref));
    }
  }
  for (const core::Parameter& parameter : action.parameters) {
    const bool needed = parameter.required && parameter.fallback.is_null();
    if (!needed || rule.parameters.contains(parameter.name)) continue;
    given.error(fmt::format("{} requires the parameter '{}'", action.ref, parameter.name));
  }
}

// A plan that can never get its votes waits for nothing: say so before it is posted.
void CatalogCheck::check_approval(const core::Rule& rule, const core::Action& action,
                                  const Reader& root) const {
  const Reader approval = root.at("approval");
  const int least = settings_.tiers.at(action.tier).approvals;
  if (rule.approval && rule.approval->count > 0 && rule.approval->count < least) {
    approval.at("count").warning(fmt::format("has no effect: {} demands {} approvals anyway",
                                             core::name(action.tier), least));
  }
  core::Wish wish;
  wish.tier = action.tier;
  wish.action_roles = action.roles;
  wish.ask = rule.approval;
  const auto demand = core::demand(wish, {settings_.tiers, {}, keys(settings_.roles)});
  const auto people = holders(demand.roles(), settings_);
  if (!people || static_cast<int>(people->size()) >= demand.people()) return;
  approval.warning(fmt::format("needs {} approvals, but only {} people hold its roles ({})",
                               demand.people(), people->size(), listed(demand.roles())));
}

// Judged without targets and environments, which show when something is to be run.
bool CatalogCheck::may_fit(const core::PolicyScope& scope,
                           const std::vector<core::Rule>& rules) const {
  core::PolicyScope known = scope;
  known.targets.clear();
  known.environments.clear();
  for (const auto& [ref, action] : actions_) {
    const bool any_tier = action.tier == core::Tier::mutating && !action.targets.empty();
    if (!scope.targets.empty() && action.targets.empty()) continue;
    core::Wish wish;
    wish.action = ref;
    const auto fits = [&](const std::string& rule) {
      wish.rule = rule;
      wish.tier = action.tier;
      if (core::fits(known, wish)) return true;
      wish.tier = core::Tier::high_impact;  // what touches many targets becomes that
      return any_tier && core::fits(known, wish);
    };
    if (fits("")) return true;
    for (const core::Rule& rule : rules) {
      if (rule.action == ref && fits(rule.ref())) return true;
    }
  }
  return false;
}

// Codes and the like are asked of whoever votes.
bool CatalogCheck::may_ask(const core::Policy& policy, const std::vector<core::Rule>& rules) const {
  const auto about = [](const core::PolicyScope& scope, core::Tier tier) {
    return scope.tiers.empty() || std::ranges::find(scope.tiers, tier) != scope.tiers.end();
  };
  return std::ranges::any_of(settings_.tiers, [&](const auto& tier) {
    const auto asked_by_policy = [&](const core::Policy& other) {
      return !other.groups.empty() && about(other.scope, tier.first);
    };
    const auto asked_by_rule = [&](const core::Rule& rule) {
      const auto action = actions_.find(rule.action);
      return rule.approval && action != actions_.end() && action->second.tier == tier.first;
    };
    return about(policy.scope, tier.first) &&
           (tier.second.approvals > 0 || std::ranges::any_of(settings_.policies, asked_by_policy) ||
            std::ranges::any_of(rules, asked_by_rule));
  });
}

void CatalogCheck::check_policies(const std::vector<core::Rule>& rules, Problems& problems) const {
  if (actions_.empty()) return;  // nothing can be told without them
  std::vector<std::string> refs;
  for (const core::Rule& rule : rules) refs.push_back(rule.ref());
  for (std::size_t i = 0; i < settings_.policies.size(); ++i) {
    const core::Policy& policy = settings_.policies[i];
    const std::string idle = fmt::format(" ({} has no effect)", policy.name);
    const auto warn = [&](const std::string& key, const std::string& what) {
      problems.push_back({Problem::Severity::warning, settings_.file, policy.line,
                          fmt::format("policies[{}]{}", i, key), what});
    };
    // True if none of them fits anything.
    const auto strange = [&](const std::string& what, const std::vector<std::string>& patterns,
                             const std::vector<std::string>& words) {
      const auto idles = [&](const std::string& pattern) { return none_fits(pattern, words); };
      const bool all = !patterns.empty() && std::ranges::all_of(patterns, idles);
      for (const std::string& pattern : patterns) {
        if (idles(pattern))
          warn(".for." + what + "s", unknown(what, pattern, words) + (all ? idle : ""));
      }
      return all;
    };
    const bool no_action = strange("action", policy.scope.actions, keys(actions_));
    const bool no_rule = strange("rule", policy.scope.rules, refs);
    if (no_action || no_rule) continue;
    if (!may_fit(policy.scope, rules)) {
      warn(".for", "fits no action and no rule that is loaded" + idle);
    } else if ((policy.four_eyes || policy.separate_teams || policy.step_up) &&
               !may_ask(policy, rules)) {
      warn("", "is about people who vote, but nobody is asked before what it is for");
    }
  }
}

void CatalogCheck::check_freezes(const std::vector<core::Rule>& rules, Problems& problems) const {
  if (actions_.empty()) return;  // nothing can be told without them
  const auto changes_something = [&](const auto& one) {
    return one.second.tier != core::Tier::read_only;
  };
  const bool anything = std::ranges::any_of(actions_, changes_something);
  for (std::size_t i = 0; i < settings_.freezes.size(); ++i) {
    const core::Freeze& freeze = settings_.freezes[i];
    core::PolicyScope scope = freeze.scope;
    if (scope.tiers.empty()) scope.tiers = {core::Tier::mutating, core::Tier::high_impact};
    if (anything && may_fit(scope, rules)) continue;
    problems.push_back({Problem::Severity::warning, settings_.file, freeze.line,
                        fmt::format("freezes[{}].for", i),
                        fmt::format("fits nothing that changes something, of all that is loaded "
                                    "({} has no effect)",
                                    freeze.name)});
  }
}

}  // namespace countersign::config
