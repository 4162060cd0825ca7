#include "bot/core/match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bot/core/python_value.h"
#include "bot/core/schedule.h"
#include "bot/core/text_template.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

constexpr std::array kWhyNames{"matched",           "disabled",        "other_trigger",
                               "criterion_failed",  "criterion_error", "resolved",
                               "other_environment", "unparsable"};

// Does a criterion look at the alert's status itself? Then a resolved alert is its business.
bool tests_status(const Criterion& criterion) {
  constexpr std::string_view kStatus = "trigger.status";
  const std::string_view key = trim(criterion.key);
  if (!key.starts_with(kStatus)) return false;
  const char next = key.size() > kStatus.size() ? key[kStatus.size()] : ' ';
  return !(next == '_' || next == '-' || (next >= '0' && next <= '9') ||
           (next >= 'a' && next <= 'z') || (next >= 'A' && next <= 'Z'));
}

// A timer belongs to the rules that name its schedule.
bool same_schedule(const Rule& rule, const Json& body) {
  return body.is_object() && body.value("schedule", Json()) == rule.trigger_parameters;
}

Verdict because(Why why, std::string detail) {
  Verdict verdict;
  verdict.why = why;
  verdict.detail = std::move(detail);
  return verdict;
}

}  // namespace

std::string_view name(Why why) { return kWhyNames.at(static_cast<std::size_t>(why)); }

std::string Environments::of(const Event& event) {
  const auto member = [](const Json& object, const char* key) -> const Json* {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() ? &*found : nullptr;
  };
  for (const Json* place : {member(event.body, "labels"), &event.body})
    for (const char* key : {"environment", "env"}) {
      const Json* found = place ? member(*place, key) : nullptr;
      if (found && found->is_string() && *found != "") return found->get<std::string>();
    }
  return "";
}

// Letter case must not open a way around the protection of production.
bool Environments::is_production(const std::string& environment) const {
  return std::ranges::any_of(production, [&](const std::string& known) {
    return to_lower(known) == to_lower(environment);
  });
}

CompiledRule::CompiledRule(const Rule& from)
    : rule(&from),
      tests_status(std::ranges::any_of(from.criteria, core::tests_status)),
      is_timer(core::is_timer(from.trigger)) {
  criteria.reserve(from.criteria.size());
  for (const Criterion& criterion : from.criteria) criteria.emplace_back(criterion);
}

Matching::Matching(Event event, const Environments& environments, Instant now,
                   const Json* datastore)
    : environment_(Environments::of(event)),
      in_production_(environments.is_production(environment_)),
      event_(std::move(event)),
      context_{{"trigger", std::move(event_.body)}},
      facts_{now, datastore},
      scope_(context_, facts_),
      can_meet_criteria_(python::truthy(scope_.value())) {}

Json Matching::take_body() && { return std::move(context_.at("trigger")); }

bool Matching::allows(const Rule& rule) const {
  if (rule.environments.empty()) return !in_production_;
  return std::ranges::find(rule.environments, environment_) != rule.environments.end();
}

Why Matching::before_criteria(const CompiledRule& compiled) const {
  const Rule& rule = *compiled.rule;
  if (!rule.enabled) return Why::disabled;
  if (compiled.is_timer && !same_schedule(rule, body())) return Why::other_trigger;
  if (body().is_null() && !rule.criteria.empty()) return Why::unparsable;
  if (!allows(rule)) return Why::other_environment;
  if (event_.status == "resolved" && !compiled.tests_status) return Why::resolved;
  return Why::matched;
}

Verdict Matching::ask(const CompiledRule& rule) const {
  if (!rule.rule->enabled) return because(Why::disabled, "");
  if (rule.rule->trigger != event_.trigger) return because(Why::other_trigger, event_.trigger);
  switch (const Why why = before_criteria(rule); why) {
    case Why::matched:
      return ask_criteria(rule);
    case Why::other_trigger:
      return because(why, "another schedule");
    case Why::unparsable:
      return because(why, event_.body_note);
    case Why::other_environment:
      return because(why, environment_);
    case Why::resolved:
      return because(why, event_.series);
    default:
      return because(why, "");
  }
}

Verdict Matching::ask_criteria(const CompiledRule& rule) const {
  Verdict verdict;
  for (const CompiledCriterion& criterion : rule.criteria) {
    verdict.criteria.push_back(criterion.explain(scope_));
    CriterionResult& result = verdict.criteria.back();
    if (result.matched && !can_meet_criteria_) result.matched = false;
    if (result.matched) continue;
    verdict.why = result.error.empty() ? Why::criterion_failed : Why::criterion_error;
    break;
  }
  return verdict;
}

Verdict match(const Rule& rule, const Event& event, const Environments& environments, Instant now,
              const Json* datastore) {
  return Matching(event, environments, now, datastore).ask(rule);
}

bool asks_clock(const Rule& rule) {
  return std::ranges::any_of(rule.criteria,
                             [](const Criterion& c) { return CompiledCriterion(c).asks_clock(); });
}

CriterionResult evaluate(const Criterion& criterion, const Json& context, Instant now) {
  const Facts facts{now};
  return CompiledCriterion(criterion).explain(Scope(context, facts));
}

Result<Json> rule_parameters(const Rule& rule, const Event& event) {
  return render_all(rule.parameters, Json{{"trigger", event.body}});
}

}  // namespace countersign::core
