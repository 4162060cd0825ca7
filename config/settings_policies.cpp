// What the configuration asks for besides the tiers, and who may start alone in an emergency.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/unicode.h"
#include "config/holders.h"
#include "config/quiet_hours.h"
#include "config/sections.h"

namespace countersign::config {
namespace {

constexpr int kMostPeople = 20;
constexpr core::Tier kTiers[] = {core::Tier::read_only, core::Tier::mutating,
                                 core::Tier::high_impact};

std::vector<std::string> read_words(const Reader& reader) {
  std::vector<std::string> out;
  for (const Reader& one : one_or_more(reader)) out.push_back(one.required_text());
  return out;
}

// At least one, all of them known.
std::vector<std::string> read_roles_named(const Reader& reader, const Settings& settings) {
  std::vector<std::string> known;
  for (const auto& [name, role] : settings.roles) known.push_back(name);
  std::vector<std::string> out;
  reader.required();
  for (const Reader& one : one_or_more(reader)) {
    out.push_back(one.required_text());
    if (!out.back().empty() && !settings.roles.contains(out.back()))
      one.error(unknown("role", out.back(), known));
  }
  return out;
}

// A question that can never get its votes waits for nothing.
void check_enough(const Reader& reader, std::vector<std::string> roles, int count,
                  const std::optional<core::Escalation>& escalation, const Settings& settings) {
  if (escalation) roles.insert(roles.end(), escalation->roles.begin(), escalation->roles.end());
  std::ranges::sort(roles);
  roles.erase(std::ranges::unique(roles).begin(), roles.end());
  const auto people = holders(roles, settings);
  if (roles.empty() || !people || static_cast<int>(people->size()) >= count) return;
  reader.warning(
      fmt::format("asks for {} of {}, who number only {}", count, listed(roles), people->size()));
}

std::vector<core::Group> read_groups(const Reader& approve,
                                     const std::optional<core::Escalation>& escalation,
                                     const Settings& settings) {
  std::vector<core::Group> out;
  std::vector<std::string> all;
  int sum = 0;
  for (const Reader& one : one_or_more(approve)) {
    if (!one.required() || !one.map_of({"roles", "count"})) continue;
    core::Group group{read_roles_named(one.at("roles"), settings),
                      static_cast<int>(one.at("count").number(1, kMostPeople, 1))};
    check_enough(one, group.roles, group.count, escalation, settings);
    all.insert(all.end(), group.roles.begin(), group.roles.end());
    sum += group.count;
    out.push_back(std::move(group));
  }
  if (out.size() > 1) check_enough(approve, all, sum, escalation, settings);
  return out;
}

std::optional<core::Escalation> read_escalation(const Reader& reader, const Reader& approve,
                                                const Settings& settings) {
  if (!reader.map_of({"after", "roles", "notify"})) return std::nullopt;
  core::Escalation out;
  if (reader.at("after").required()) out.after = reader.at("after").duration(out.after);
  if (reader.at("roles").present()) out.roles = read_roles_named(reader.at("roles"), settings);
  out.notify = read_places(reader.at("notify"), settings.chats);
  if (!reader.at("roles").present() && !reader.at("notify").present())
    reader.error("reaches nobody: give roles, notify or both");
  if (!approve.present()) reader.error("is for the groups of approve, and there are none");
  return out;
}

// By tier that the policy may be about: what that tier says by itself.
std::vector<core::Duration> of_tiers(const core::Policy& policy, const Settings& settings,
                                     core::Duration core::TierPolicy::*what) {
  std::vector<core::Duration> out;
  for (const auto& [tier, by_tier] : settings.tiers) {
    const auto& tiers = policy.scope.tiers;
    if (tiers.empty() || std::ranges::find(tiers, tier) != tiers.end())
      out.push_back(by_tier.*what);
  }
  return out;
}

std::optional<core::Duration> read_limit(const Reader& reader, const core::Policy& policy,
                                         const Settings& settings,
                                         core::Duration core::TierPolicy::*what) {
  const auto given = reader.duration();
  const auto longest = std::ranges::max(of_tiers(policy, settings, what));
  if (given && *given > longest)
    reader.warning(
        fmt::format("has no effect: the tier demands {} anyway", core::format_duration(longest)));
  return given;
}

// Nobody is reminded of a question that has expired.
void check_in_time(const Reader& reader, core::Duration after, const core::Policy& policy,
                   const Settings& settings) {
  if (policy.expires_in && after >= *policy.expires_in) {
    reader.error(fmt::format("comes too late: the question expires after {}",
                             core::format_duration(*policy.expires_in)));
    return;
  }
  const auto shortest = std::ranges::min(of_tiers(policy, settings, &core::TierPolicy::expires_in));
  if (after >= shortest)
    reader.warning(fmt::format("may come too late: a tier's questions expire after {}",
                               core::format_duration(shortest)));
}

void read_times(const Reader& reader, core::Policy& policy, const Settings& settings) {
  policy.expires_in =
      read_limit(reader.at("expires"), policy, settings, &core::TierPolicy::expires_in);
  policy.use_within =
      read_limit(reader.at("use_within"), policy, settings, &core::TierPolicy::use_within);
  policy.cooldown = reader.at("cooldown").duration(policy.cooldown);
  policy.remind_after = reader.at("remind").duration(policy.remind_after);
  policy.quiet = read_quiet_hours(reader.at("quiet_hours"));
  check_in_time(reader.at("remind"), policy.remind_after, policy, settings);
  if (policy.escalation)
    check_in_time(reader.at("escalate").at("after"), policy.escalation->after, policy, settings);
}

core::Policy read_policy(const Reader& reader, const Settings& settings) {
  core::Policy policy;
  policy.line = reader.line();
  policy.scope = read_scope(reader.at("for"), settings);
  const Reader approve = reader.at("approve");
  policy.escalation = read_escalation(reader.at("escalate"), approve, settings);
  policy.groups = read_groups(approve, policy.escalation, settings);
  policy.four_eyes = reader.at("four_eyes").flag(false);
  policy.separate_teams = reader.at("separate_teams").flag(false);
  if (policy.separate_teams && settings.teams.empty())
    reader.at("separate_teams").error("needs the section teams: nobody is of any");
  policy.step_up = reader.at("step_up").flag(false);
  read_times(reader, policy, settings);
  const bool asks = !policy.groups.empty() || policy.four_eyes || policy.separate_teams ||
                    policy.step_up || policy.expires_in || policy.use_within || policy.quiet ||
                    policy.cooldown != core::Duration::zero() ||
                    policy.remind_after != core::Duration::zero();
  if (!asks) reader.warning("asks for nothing");
  return policy;
}

}  // namespace

core::PolicyScope read_scope(const Reader& scope, const Settings& settings) {
  core::PolicyScope out;
  if (!scope.map_of({"tiers", "actions", "rules", "environments", "targets"})) return out;
  std::vector<std::string> tiers;
  for (const core::Tier tier : kTiers) tiers.emplace_back(core::name(tier));
  for (const Reader& one : one_or_more(scope.at("tiers"))) {
    const auto tier =
        one.required() ? core::parse_tier(one.word(tiers, tiers.front())) : std::nullopt;
    if (tier) out.tiers.push_back(*tier);
  }
  out.actions = read_words(scope.at("actions"));
  out.rules = read_words(scope.at("rules"));
  out.environments = read_words(scope.at("environments"));
  out.targets = read_words(scope.at("targets"));
  const auto production = [](const std::string& name) {
    return core::to_lower(name) == "production";
  };
  if (std::ranges::any_of(out.environments, production)) {
    std::ranges::remove_copy_if(settings.environments.production,
                                std::back_inserter(out.environments), production);
  }
  return out;
}

std::vector<core::Policy> read_policies(const Reader& policies, const Settings& settings) {
  std::vector<core::Policy> out;
  std::vector<std::string> taken;
  for (const Reader& reader : policies.items()) {
    if (!reader.required() ||
        !reader.map_of({"name", "for", "approve", "four_eyes", "separate_teams", "step_up",
                        "expires", "use_within", "cooldown", "remind", "escalate", "quiet_hours"}))
      continue;
    const std::string name = unique_name(reader, taken);
    out.push_back(read_policy(reader, settings));
    out.back().name = name;
  }
  return out;
}

BreakGlass read_break_glass(const Reader& reader, const Settings& settings) {
  if (!reader.map_of({"roles", "notify"})) return {};
  BreakGlass out;
  out.roles = read_roles_named(reader.at("roles"), settings);
  reader.at("notify").required();
  out.notify = read_places(reader.at("notify"), settings.chats);
  return out;
}

void check_step_up(const Reader& root) {
  if (root.at("step_up").present()) return;
  const auto check = [](const Reader& owner) {
    const Reader wanted = owner.at("step_up");
    if (wanted.json() == Json(true)) wanted.error("needs the section step_up with its key");
  };
  for (const core::Tier tier : kTiers) check(root.at("tiers").at(std::string(core::name(tier))));
  if (!root.at("policies").is_list()) return;
  for (const Reader& policy : root.at("policies").items()) check(policy);
}

}  // namespace countersign::config
