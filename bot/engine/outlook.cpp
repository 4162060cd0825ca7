#include "bot/engine/outlook.h"

#include "bot/core/message.h"
#include "bot/core/run.h"
#include "bot/engine/plan_maker.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kLongestName = 80;

Result<const core::Rule*> find_rule(const config::Catalog& catalog, const std::string& ref,
                                    const core::Action& action) {
  if (ref.empty()) return nullptr;
  const core::Rule* rule = catalog.rule(ref);
  if (!rule) {
    std::vector<std::string> known;
    for (const core::Rule& one : catalog.rules) known.push_back(one.ref());
    const std::string near = config::nearest(ref, known);
    return not_found("There is no rule " + core::make_visible(ref, kLongestName) + "." +
                     (near.empty() ? "" : " Did you mean " + near + "?"));
  }
  if (rule->action == action.ref) return rule;
  return invalid("Rule " + ref + " is for " + rule->action + ", not for " + action.ref + ".");
}

// The run that would be made, as far as policies look at it.
Result<core::Run> imagine(const Snapshot& now, const Inquiry& inquiry, const core::Action& action,
                          std::string& unknown_targets) {
  core::Run run;
  run.action = action.ref;
  run.rule = inquiry.rule;
  run.environment = inquiry.environment;
  core::Plan& plan = run.plan.emplace();
  const auto bound = core::bind_parameters(action, inquiry.parameters);
  if (!bound && !inquiry.parameters.empty())
    return invalid(action.ref + ": " + bound.error().message + ".");
  if (bound) {
    const auto targets = core::render_targets(action, *bound);
    if (!targets) return invalid(action.ref + ": " + targets.error().message + ".");
    plan.targets = *targets;
    plan.parameters = core::redact(action, *bound);
  } else if (!action.targets.empty()) {
    unknown_targets = bound.error().message;
  }
  plan.tier =
      core::raise_by_targets(action.tier, plan.targets.size(), now.settings.blast_radius_targets);
  return run;
}

}  // namespace

const core::Action* find_action(const config::Catalog& catalog, const std::string& name) {
  if (const auto* exact = catalog.action(name)) return exact;
  const core::Action* found = nullptr;
  for (const auto& [ref, action] : catalog.actions) {
    if (!ref.ends_with("." + name)) continue;
    if (found) return nullptr;
    found = &action;
  }
  return found;
}

std::string full_rule(const config::Catalog& catalog, const std::string& name) {
  std::string found;
  for (const core::Rule& rule : catalog.rules) {
    if (rule.ref() == name) return name;
    if (rule.name != name) continue;
    if (!found.empty()) return name;
    found = rule.ref();
  }
  return found.empty() ? name : found;
}

std::string unknown_action(const config::Catalog& catalog, const std::string& name) {
  std::vector<std::string> known;
  for (const auto& [ref, action] : catalog.actions) {
    known.push_back(ref);
    known.push_back(ref.substr(ref.find('.') + 1));
  }
  const std::string near = config::nearest(name, known);
  return "There is no action " + core::make_visible(name, kLongestName) + "." +
         (near.empty() ? "" : " Did you mean " + near + "?");
}

Result<Outlook> look_ahead(const Snapshot& now, const Inquiry& inquiry) {
  const core::Action* action = find_action(*now.catalog, inquiry.action);
  if (!action) return not_found(unknown_action(*now.catalog, inquiry.action));
  if (!action->enabled) return refused("Action " + action->ref + " is disabled.");
  const auto rule = find_rule(*now.catalog, inquiry.rule, *action);
  if (!rule) return rule.error();
  std::string unknown_targets;
  const auto run = imagine(now, inquiry, *action, unknown_targets);
  if (!run) return run.error();
  const core::Wish wish = wish_for(now, *run);
  return Outlook{*action,
                 *rule,
                 wish.tier,
                 wish.environments,
                 wish.targets,
                 unknown_targets,
                 core::explain(wish, book_of(now))};
}

}  // namespace countersign::engine
