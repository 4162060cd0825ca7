// Rules that no event can start.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/event.h"
#include "bot/core/schedule.h"
#include "config/lint/criteria_logic.h"
#include "config/lint/findings.h"
#include "config/lint/value_logic.h"
#include "config/zones.h"

namespace countersign::config {
namespace {

std::string words(const core::Criterion& criterion) {
  return fmt::format("{} {} {}", criterion.key, criterion.op, criterion.pattern.dump());
}

void check_criteria(const LintedRule& linted, Findings& findings) {
  const core::Rule& rule = *linted.rule;
  const CommonEvent found = common_event(rule.criteria);
  if (found.kind != CommonEvent::Kind::none) return;
  // Both point into the rule: the later one is where it shows.
  const core::Criterion* last = std::max(found.first, found.second);
  const core::Criterion* other = std::min(found.first, found.second);
  const Reader place = linted.root.at("criteria").at(last->key);
  findings.add("contradiction", linted.root, place,
               last == other
                   ? fmt::format("'{}' holds for no value", words(*last))
                   : fmt::format("'{}' and '{}' never hold together", words(*other), words(*last)));
}

bool may_be_in(const core::Rule& rule, const Json& environment,
               const core::Environments& environments) {
  if (!environment.is_string()) return true;
  const auto& name = environment.get_ref<const std::string&>();
  if (rule.environments.empty()) return !environments.is_production(name);
  return std::ranges::find(rule.environments, name) != rule.environments.end();
}

std::string meant(const core::Rule& rule) {
  return rule.environments.empty()
             ? "the rule is for what is not production, as it has no "
               "environments"
             : fmt::format("environments has only {}", listed(rule.environments));
}

// The event's own name for its environment, as core::Environments reads it; the first has the say.
constexpr std::string_view kNames[] = {"trigger.labels.environment", "trigger.labels.env",
                                       "trigger.environment", "trigger.env"};

void check_environment(const LintedRule& linted, const Settings& settings, Findings& findings) {
  const core::Rule& rule = *linted.rule;
  for (const std::string_view name : kNames) {
    for (const core::Criterion& criterion : rule.criteria) {
      if (places_of(criterion.key) != places_of(name)) continue;
      const auto values = only_values(criterion);
      const auto possible = [&](const Json& value) {
        return may_be_in(rule, value, settings.environments);
      };
      if (!values || values->empty() || std::ranges::any_of(*values, possible)) continue;
      findings.add("wrong-environment", linted.root, linted.root.at("criteria").at(criterion.key),
                   fmt::format("'{}', but {}{}", words(criterion), meant(rule),
                               name == kNames[0] ? ""
                                                 : fmt::format("; only an event that says "
                                                               "otherwise in {} could match",
                                                               kNames[0].substr(8))));
      return;
    }
  }
}

bool has_environment(const core::Rule& rule) {
  return !core::is_timer(rule.trigger) && rule.trigger != core::kChatCommand;
}

void check_environments_key(const LintedRule& linted, Findings& findings) {
  const core::Rule& rule = *linted.rule;
  if (has_environment(rule) || rule.environments.empty()) return;
  if (std::ranges::find(rule.environments, "") != rule.environments.end()) return;
  findings.add("wrong-environment", linted.root, linted.root.at("environments"),
               fmt::format("events of {} are of no environment", rule.trigger));
}

void check_trigger(const LintedRule& linted, const Settings& settings, Findings& findings) {
  const core::Rule& rule = *linted.rule;
  std::vector<std::string> sent = {core::kChatCommand};
  for (const Source& source : settings.sources) {
    sent.push_back(source.trigger);
    if (source.kind == "github") sent.emplace_back("github.ping");
  }
  for (const Sensor& sensor : settings.sensors) sent.push_back(sensor.trigger);
  if (sent.size() == 1 || core::is_timer(rule.trigger)) return;  // nothing can be told of none
  if (rule.trigger.empty() || std::ranges::find(sent, rule.trigger) != sent.end()) return;
  const std::string near = nearest(rule.trigger, sent);
  findings.add("no-source", linted.root, linted.root.at("trigger").at("type"),
               fmt::format("no source sends '{}'{}", rule.trigger,
                           near.empty() ? "" : fmt::format("; did you mean '{}'?", near)));
}

void check_timer(const LintedRule& linted, core::Instant now, Findings& findings) {
  const core::Rule& rule = *linted.rule;
  if (!core::is_timer(rule.trigger) || now == core::Instant{}) return;
  const auto parsed = core::Schedule::parse(rule.trigger, rule.trigger_parameters);
  if (!parsed.schedule) return;
  const auto zone = load_zone(parsed.schedule->zone());
  if (!zone || parsed.schedule->next(now, now, *zone)) return;
  findings.add("never-fires", linted.root, linted.root.at("trigger").at("parameters"),
               "its last moment is over");
}

}  // namespace

void find_unreachable(const LintInput& input, Findings& findings) {
  for (const LintedRule& linted : input.rules) {
    if (!linted.sound || !linted.rule->enabled) continue;
    check_trigger(linted, input.settings, findings);
    check_timer(linted, input.scrutiny.now, findings);
    check_criteria(linted, findings);
    check_environment(linted, input.settings, findings);
    check_environments_key(linted, findings);
  }
}

}  // namespace countersign::config
