#include "bot/engine/explain.h"

#include <algorithm>

#include "bot/engine/chain.h"
#include "bot/engine/guardrails.h"
#include "bot/engine/narrate.h"
#include "bot/engine/promotions.h"
#include "bot/store/halts.h"

namespace countersign::engine {
namespace {

void add_liveness(store::Tx* tx, const Snapshot& now, const core::Rule& rule,
                  std::vector<Guard>& guards) {
  const std::string promote =
      now.settings.command_prefix + "promote " + rule.ref() + " asks for it to act";
  const bool wants = rule.mode == core::RuleMode::live;
  const Liveness life = tx      ? liveness(*tx, now, rule)
                        : !wants ? Liveness::dry
                        : now.settings.promotion_required ? Liveness::unpromoted
                                                          : Liveness::live;
  if (life == Liveness::unpromoted)
    guards.push_back({tx ? "this content of the rule is not promoted: it only shows what it would do"
                         : "it runs only if this content is promoted",
                      promote});
  if (life == Liveness::dry)
    guards.push_back({"the rule is a dry run: it only shows what it would do",
                      rule.promotable ? promote : rule.file + " says so"});
}

std::vector<Guard> guards_of(const Record* record, const Snapshot& now, const core::Rule& rule,
                             const core::Action& action, const Json& parameters,
                             const core::Event& event) {
  std::vector<Guard> guards;
  add_liveness(record ? &record->tx : nullptr, now, rule, guards);
  if (!action.enabled) guards.push_back({"action " + action.ref + " is disabled", ""});
  if (!record) return guards;
  const Wanted wanted{action, &rule, parameters, event};
  for (const Refusal& refusal : Guardrails(record->deps).in_the_way(record->tx, now, wanted))
    guards.push_back({refusal.why, refusal.lift});
  const auto halt = store::halt_in_force(record->tx);
  if (halt && action.tier != core::Tier::read_only)
    guards.push_back({"everything is halted by " + halt->by.name +
                          (halt->why.empty() ? "" : ": " + core::make_visible(halt->why, 200)),
                      now.settings.command_prefix + "resume lifts it"});
  return guards;
}

bool got_to_criteria(core::Why why) {
  return why == core::Why::matched || why == core::Why::criterion_failed ||
         why == core::Why::criterion_error;
}

std::string reason_words(const core::Verdict& verdict) {
  switch (verdict.why) {
    case core::Why::matched:
      return "matches";
    case core::Why::disabled:
      return "does not match: it is disabled";
    case core::Why::other_trigger:
      return "is for other events: " + verdict.detail;
    case core::Why::resolved:
      return "does not match: the alert is resolved, and the rule does not ask for that";
    case core::Why::other_environment:
      return "does not match: it is not for environment " + core::make_visible(verdict.detail, 60);
    case core::Why::unparsable:
      return "does not match: the event cannot be read, " + core::make_visible(verdict.detail, 100);
    case core::Why::criterion_failed:
    case core::Why::criterion_error:
      break;
  }
  return "does not match";
}

}  // namespace

RuleView explain(const Record* record, const Snapshot& now, const core::Event& event,
                 const core::Rule& rule) {
  RuleView view{&rule,
                core::match(rule, event, now.settings.environments, event.received_at),
                {}, 0, nullptr, "", {}};
  if (got_to_criteria(view.verdict.why)) {
    view.criteria = view.verdict.criteria;
    const Json context = {{"trigger", event.body}};
    for (std::size_t i = view.criteria.size(); i < rule.criteria.size(); ++i)
      view.criteria.push_back(core::evaluate(rule.criteria[i], context, event.received_at));
    view.met = static_cast<std::size_t>(
        std::ranges::count(view.criteria, true, &core::CriterionResult::matched));
  }
  if (!view.verdict.matched()) return view;
  const core::Action* action = now.catalog->action(rule.action);
  const auto parameters = core::rule_parameters(rule, event);
  if (!action || !parameters) {
    view.error = action ? parameters.error().message : "there is no action " + rule.action;
    return view;
  }
  view.parameters = core::redact(*action, *parameters);
  view.guards = guards_of(record, now, rule, *action, *parameters, event);
  return view;
}

std::vector<RuleView> explain(const Record* record, const Snapshot& now,
                              const core::Event& event) {
  std::vector<RuleView> views;
  for (const core::Rule& rule : now.catalog->rules) {
    if (rule.trigger == event.trigger) views.push_back(explain(record, now, event, rule));
  }
  std::ranges::stable_sort(views, std::ranges::greater{},
                           [](const RuleView& view) { return view.verdict.matched(); });
  return views;
}

std::vector<core::Line> view_lines(const RuleView& view) {
  std::vector<core::Line> lines;
  std::string words = reason_words(view.verdict);
  if (!view.verdict.matched() && !view.criteria.empty())
    words += ": " + std::to_string(view.met) + " of " + std::to_string(view.criteria.size()) +
             (view.criteria.size() == 1 ? " criterion holds" : " criteria hold");
  lines.push_back({core::plain("Rule "), core::bold(view.rule->ref()), core::plain(" " + words)});
  for (const auto& c : view.criteria) lines.push_back(criterion_line(c));
  if (!view.verdict.matched()) return lines;
  if (!view.error.empty()) {
    lines.push_back({core::plain("    cannot be applied: " + core::make_visible(view.error, 200))});
    return lines;
  }
  lines.push_back({core::plain("    → "), core::code(view.rule->action),
                   core::plain(" " + core::make_visible(parameters_words(view.parameters), 200))});
  for (const Guard& guard : view.guards) {
    lines.push_back({core::plain("    ⛔ " + guard.what +
                                 (guard.lifts.empty() ? "" : "; " + guard.lifts))});
  }
  return lines;
}

Json view_json(const RuleView& view) {
  Json guards = Json::array();
  for (const Guard& guard : view.guards)
    guards.push_back({{"what", guard.what}, {"lifts", guard.lifts}});
  Json out = {{"rule", view.rule->ref()},
              {"hash", view.rule->content_hash},
              {"mode", core::name(view.rule->mode)},
              {"matched", view.verdict.matched()},
              {"why", core::name(view.verdict.why)},
              {"detail", view.verdict.detail},
              {"criteria", view.criteria},
              {"met", view.met},
              {"guards", guards}};
  if (view.verdict.matched()) out["parameters"] = view.parameters;
  if (!view.error.empty()) out["error"] = view.error;
  return out;
}

}  // namespace countersign::engine
