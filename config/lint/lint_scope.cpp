// Rules that act on alerts without having asked where, or how bad it is.
#include <algorithm>
#include <set>

#include "config/lint/criteria_logic.h"
#include "config/lint/findings.h"

namespace countersign::config {
namespace {

// Trigger types of senders that tell what goes on and off again.
std::set<std::string> alert_triggers(const Settings& settings) {
  const auto alerts = [](const Sender& sender) {
    return sender.shape == Shape::alerts || !sender.series.empty();
  };
  std::set<std::string> out;
  for (const Sender& sender : senders()) {
    if (alerts(sender) && !sender.trigger.empty()) out.insert(sender.trigger);
  }
  for (const Source& source : settings.sources) {
    const Sender* sender = find_sender(source.kind);
    if (sender != nullptr && alerts(*sender)) out.insert(source.trigger);
  }
  return out;
}

// Does a criterion look at a place whose last name is one of these?
bool asks_for(const core::Rule& rule, const std::set<std::string>& names) {
  return std::ranges::any_of(rule.criteria, [&](const core::Criterion& criterion) {
    const auto places = places_of(criterion.key);
    return !places || names.contains(places->back().name);
  });
}

// Sensu's `trigger.check.status` is a severity; an alert's own `trigger.status` is not.
bool asks_for_state(const core::Rule& rule) {
  return std::ranges::any_of(rule.criteria, [](const core::Criterion& criterion) {
    const auto places = places_of(criterion.key);
    return places && places->size() > 1 && places->back().name == "status";
  });
}

}  // namespace

void find_unscoped(const LintInput& input, Findings& findings) {
  static const std::set<std::string> kPlaces{"environment", "env", "stage"};
  static const std::set<std::string> kGravity{"severity", "priority", "level",    "urgency",
                                              "impact",   "state",    "nseverity"};
  const auto alerts = alert_triggers(input.settings);
  for (const auto& [rule, action, root, sound] : input.rules) {
    const bool changes = action != nullptr && action->tier != core::Tier::read_only;
    if (!changes || !rule->enabled || !sound || !alerts.contains(rule->trigger)) continue;
    if (rule->environments.empty() && !asks_for(*rule, kPlaces))
      findings.add("no-environment", root, root.at("environments"),
                   "is not given, and no criterion asks for the environment: the rule is for all "
                   "that does not say it is production");
    if (!asks_for(*rule, kGravity) && !asks_for_state(*rule))
      findings.add("no-severity", root, root.at("criteria"),
                   "no criterion asks for a severity: the rule acts upon every one");
  }
}

}  // namespace countersign::config
