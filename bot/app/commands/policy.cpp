// countersign policy explain ACTION: who would have to agree, and why. Connects to nothing, so that
// groups stay names here; !who-can in a chat names the people.
#include <fmt/format.h>

#include <algorithm>
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/load.h"
#include "bot/engine/narrate.h"
#include "bot/engine/outlook.h"

namespace countersign::app {
namespace {

using engine::join;
using engine::Outlook;
using engine::Snapshot;

struct Flags {
  std::string file;
  std::string action;
  std::vector<std::string> parameters;  // key=value
  std::string rule;
  std::string environment;
  bool json = false;
};

Result<engine::Inquiry> inquiry_of(const Flags& flags) {
  engine::Inquiry out{flags.action, Json::object(), flags.rule, flags.environment};
  for (const std::string& pair : flags.parameters) {
    const auto sign = pair.find('=');
    if (sign == std::string::npos || sign == 0)
      return invalid("'" + pair + "' is no parameter: write key=value");
    out.parameters[pair.substr(0, sign)] = pair.substr(sign + 1);
  }
  return out;
}

// "tier high_impact, rule ops.x" stays; a policy and a rule say where they stand.
std::string place_of(const Snapshot& now, const Outlook& outlook, const std::string& source) {
  for (const core::Policy& policy : now.settings.policies) {
    if (source == "policy " + policy.name)
      return fmt::format("{}:{}", now.settings.file, policy.line);
  }
  const bool by_rule =
      outlook.rule && source.find("rule " + outlook.rule->ref()) != std::string::npos;
  return by_rule ? fmt::format("{}:{}", outlook.rule->file, outlook.rule->line) : "";
}

std::string with_place(const Snapshot& now, const Outlook& outlook, const std::string& source) {
  const std::string place = place_of(now, outlook, source);
  return place.empty() ? source : source + " (" + place + ")";
}

std::string places_words(const std::vector<core::NotifyTarget>& places) {
  std::vector<std::string> out;
  for (const auto& place : places) out.push_back(place.channel + " of " + place.chat);
  return join(out, " and ");
}

std::string hour(int minute) { return fmt::format("{:02}:{:02}", minute / 60, minute % 60); }

void print_subject(const Snapshot& now, const Outlook& outlook) {
  fmt::print("{} is {}", outlook.action.ref, core::name(outlook.tier));
  if (outlook.tier != outlook.action.tier)
    fmt::print(", not {}: it touches {} targets, and more than {} count as that",
               core::name(outlook.action.tier), outlook.targets.size(),
               now.settings.blast_radius_targets);
  fmt::print("\n  asked for by {}\n",
             outlook.rule ? with_place(now, outlook, "rule " + outlook.rule->ref()) : "a person");
  fmt::print("  targets: {}\n", !outlook.unknown_targets.empty()
                                    ? "not known, because " + outlook.unknown_targets +
                                          "; policies for targets are left out here"
                                : outlook.targets.empty() ? "none"
                                                          : join(outlook.targets, ", "));
  fmt::print("  environment: {}\n", outlook.environments.empty()
                                        ? "not known: what is for an environment counts here"
                                        : join(outlook.environments, ", "));
}

void print_escalation(const core::Escalation& later) {
  fmt::print("      after {} without a decision", core::format_duration(later.after));
  if (!later.roles.empty()) fmt::print(" {} count as well", join(later.roles, ", "));
  if (!later.notify.empty())
    fmt::print("{} {} is told", later.roles.empty() ? "" : ",", places_words(later.notify));
  fmt::print("\n");
}

void print_clauses(const Snapshot& now, const Outlook& outlook) {
  const core::Demand& demand = outlook.why.demand;
  if (!demand.asks()) {
    fmt::print("\nNobody has to approve it.\n");
    return;
  }
  fmt::print("\nWho must approve, all of these; {} {} at least\n", demand.people(),
             demand.people() == 1 ? "person" : "people");
  for (const core::Clause& clause : demand.clauses) {
    fmt::print("  {}  <- {}\n", core::words(clause), with_place(now, outlook, clause.source));
    if (clause.escalation) print_escalation(*clause.escalation);
  }
  for (const std::string& name : demand.roles()) {
    const auto role = now.settings.roles.find(name);
    if (role == now.settings.roles.end()) continue;
    std::vector<std::string> who = role->second.members;
    for (const std::string& group : role->second.groups) who.push_back("all of " + group);
    fmt::print("  {}: {}\n", name, who.empty() ? "nobody" : join(who, ", "));
  }
}

struct Condition {
  const char* part;
  std::string words;
};

std::vector<Condition> conditions(const core::Demand& d) {
  const auto length = [](core::Duration duration) { return core::format_duration(duration); };
  return {{"four_eyes", "whoever asked for it or changed it does not count"},
          {"separate_teams", "no two of those who ask and approve are of one team"},
          {"step_up", "each approval needs a one-time code"},
          {"expires", "the question expires after " + length(d.expires_in)},
          {"cooldown", "it starts " + length(d.cooldown) + " after the approval at the earliest"},
          {"use_within", "the approval may be used for " + length(d.use_within)},
          {"remind", "a reminder after " + length(d.remind_after)},
          {"quiet_hours", d.quiet ? "no reminder from " + hour(d.quiet->from) + " until " +
                                        hour(d.quiet->until) + " " + d.quiet->zone
                                  : ""}};
}

void print_conditions(const Snapshot& now, const Outlook& outlook) {
  fmt::print("\nHow\n");
  for (const Condition& condition : conditions(outlook.why.demand)) {
    const auto sources = outlook.why.sources.find(condition.part);
    if (sources == outlook.why.sources.end()) continue;
    std::vector<std::string> from;
    for (const std::string& source : sources->second)
      from.push_back(with_place(now, outlook, source));
    fmt::print("  {}  <- {}\n", condition.words, join(from, ", "));
  }
}

void print_rest(const Snapshot& now, const Outlook& outlook) {
  if (!outlook.why.misfits.empty()) fmt::print("\nWhat has no say\n");
  for (const auto& [policy, why] : outlook.why.misfits)
    fmt::print("  {} {}\n", with_place(now, outlook, "policy " + policy), why);
  const config::BreakGlass& glass = now.settings.break_glass;
  fmt::print("\n{}\n", glass.roles.empty()
                           ? "Nobody may start it alone, not even in an emergency."
                           : "In an emergency one person of " + join(glass.roles, " or ") +
                                 " may start it alone, with a reason; " +
                                 places_words(glass.notify) +
                                 " is told, and another person has to look at it afterwards.");
  if (outlook.why.demand.asks())
    fmt::print(
        "Right before the start all of this is asked again: whoever has lost a role by then does "
        "not count.\n");
}

Json as_json(const Snapshot& now, const Outlook& outlook) {
  Json places = Json::object();
  Json misfits = Json::array();
  for (const core::Policy& policy : now.settings.policies)
    places["policy " + policy.name] = place_of(now, outlook, "policy " + policy.name);
  for (const auto& [policy, why] : outlook.why.misfits)
    misfits.push_back({{"policy", policy}, {"why", why}});
  Json told = Json::array();
  for (const auto& place : now.settings.break_glass.notify)
    told.push_back({{"chat", place.chat}, {"channel", place.channel}});
  return {{"action", outlook.action.ref},
          {"rule", outlook.rule ? Json(outlook.rule->ref()) : Json()},
          {"tier", core::name(outlook.tier)},
          {"action_tier", core::name(outlook.action.tier)},
          {"targets", outlook.unknown_targets.empty() ? Json(outlook.targets) : Json()},
          {"environments", outlook.environments},
          {"demand", outlook.why.demand},
          {"people", outlook.why.demand.people()},
          {"sources", outlook.why.sources},
          {"places", places},
          {"fitting", outlook.why.fitting},
          {"misfits", misfits},
          {"break_glass", {{"roles", now.settings.break_glass.roles}, {"notify", told}}}};
}

int complain(const std::string& message) {
  std::cerr << "countersign: " << message << "\n";
  return kUsage;
}

int explain(const Flags& flags) {
  const auto loaded = load_all(flags.file);
  print_problems(loaded.problems);
  if (!loaded.snapshot) return kUsage;
  const auto inquiry = inquiry_of(flags);
  if (!inquiry) return complain(inquiry.error().message);
  const auto outlook = engine::look_ahead(*loaded.snapshot, *inquiry);
  if (!outlook) return complain(outlook.error().message);
  if (flags.json) {
    std::cout << as_json(*loaded.snapshot, *outlook).dump(2) << "\n";
    return kDone;
  }
  print_subject(*loaded.snapshot, *outlook);
  print_clauses(*loaded.snapshot, *outlook);
  if (outlook->why.demand.asks()) print_conditions(*loaded.snapshot, *outlook);
  print_rest(*loaded.snapshot, *outlook);
  return kDone;
}

}  // namespace

void add_policy(CLI::App& cli, int& exit_code) {
  auto* policy = cli.add_subcommand("policy", "Who has to agree");
  policy->require_subcommand(1);
  auto* command = policy->add_subcommand(
      "explain", "For an action: who would have to approve it, and which policy wants that");
  const auto flags = std::make_shared<Flags>();
  command->add_option("action", flags->action, "Action, such as ops.rotate_logs")->required();
  command->add_option("parameters", flags->parameters, "key=value ...");
  command->add_option("--config", flags->file, "Configuration file")->required();
  command->add_option("--rule", flags->rule, "As if this rule asked, instead of a person");
  command->add_option("--environment", flags->environment, "As if the event named this one");
  command->add_flag("--json", flags->json, "Machine-readable");
  command->callback([flags, &exit_code] { exit_code = explain(*flags); });
}

}  // namespace countersign::app
