#include "bot/core/match.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bot/core/operators.h"
#include "bot/core/path.h"
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

// Only a string holding a template is rendered; the result may be of any type.
Result<Json> render_pattern(const Json& pattern, const Json& context) {
  if (!pattern.is_string()) return pattern;
  const auto& text = pattern.get_ref<const std::string&>();
  if (text.find("{{") == std::string::npos && text.find("{%") == std::string::npos) return pattern;
  const auto parsed = TextTemplate::parse(text);
  if (!parsed) return parsed.error();
  return parsed->evaluate_as_json(context);
}

// A timer belongs to the rules that name its schedule.
bool same_schedule(const Rule& rule, const Json& body) {
  return !is_timer(rule.trigger) ||
         (body.is_object() && body.value("schedule", Json()) == rule.trigger_parameters);
}

bool allowed_in(const Rule& rule, const std::string& environment,
                const Environments& environments) {
  if (rule.environments.empty()) return !environments.is_production(environment);
  return std::ranges::find(rule.environments, environment) != rule.environments.end();
}

Verdict because(Why why, std::string detail) {
  Verdict verdict;
  verdict.why = why;
  verdict.detail = std::move(detail);
  return verdict;
}

}  // namespace

std::string_view name(Why why) { return kWhyNames.at(static_cast<std::size_t>(why)); }

void to_json(Json& j, const CriterionResult& r) {
  j = Json{{"key", r.key},       {"op", r.op},           {"expected", r.expected},
           {"actual", r.actual}, {"matched", r.matched}, {"error", r.error}};
}

void from_json(const Json& j, CriterionResult& r) {
  r.key = j.at("key").get<std::string>();
  r.op = j.at("op").get<std::string>();
  r.expected = j.at("expected");
  r.actual = j.at("actual");
  r.matched = j.at("matched").get<bool>();
  r.error = j.value("error", "");
}

std::string Environments::of(const Event& event) {
  const auto text_at = [](const Json& object, const char* key) -> std::string {
    const auto found = object.is_object() ? object.find(key) : object.end();
    return found != object.end() && found->is_string() ? found->get<std::string>() : "";
  };
  const Json& body = event.body;
  const Json labels = body.is_object() ? body.value("labels", Json()) : Json();
  for (const Json* place : {&labels, &body})
    for (const char* key : {"environment", "env"})
      if (std::string found = text_at(*place, key); !found.empty()) return found;
  return "";
}

// Letter case must not open a way around the protection of production.
bool Environments::is_production(const std::string& environment) const {
  return std::ranges::any_of(production, [&](const std::string& known) {
    return to_lower(known) == to_lower(environment);
  });
}

Matching::Matching(Event event, const Environments& environments, Instant now)
    : environments_(environments),
      now_(now),
      environment_(Environments::of(event)),
      event_(std::move(event)) {
  context_["trigger"] = std::move(event_.body);
}

Json Matching::take_body() && { return std::move(context_.at("trigger")); }

Verdict Matching::ask(const Rule& rule) const {
  if (!rule.enabled) return because(Why::disabled, "");
  if (rule.trigger != event_.trigger) return because(Why::other_trigger, event_.trigger);
  if (!same_schedule(rule, body())) return because(Why::other_trigger, "another schedule");
  if (body().is_null() && !rule.criteria.empty()) return because(Why::unparsable, event_.body_note);
  if (!allowed_in(rule, environment_, environments_))
    return because(Why::other_environment, environment_);
  if (event_.status == "resolved" && std::ranges::none_of(rule.criteria, tests_status))
    return because(Why::resolved, event_.series);
  return ask_criteria(rule);
}

Verdict Matching::ask_criteria(const Rule& rule) const {
  Verdict verdict;
  for (const Criterion& criterion : rule.criteria) {
    verdict.criteria.push_back(evaluate(criterion, context_, now_));
    CriterionResult& result = verdict.criteria.back();
    // StackStorm never lets criteria match an empty payload, not even nexists.
    if (result.matched && !python::truthy(body())) result.matched = false;
    if (result.matched) continue;
    verdict.why = result.error.empty() ? Why::criterion_failed : Why::criterion_error;
    break;
  }
  return verdict;
}

Verdict match(const Rule& rule, const Event& event, const Environments& environments, Instant now) {
  return Matching(event, environments, now).ask(rule);
}

bool asks_clock(const Rule& rule) {
  return std::ranges::any_of(rule.criteria, [](const Criterion& c) { return asks_clock(c.op); });
}

CriterionResult evaluate(const Criterion& criterion, const Json& context, Instant now) {
  CriterionResult result;
  result.key = criterion.key;
  result.op = criterion.op;
  result.expected = criterion.pattern;
  const Result<Path> path = Path::parse(criterion.key);
  if (!path) {
    result.error = path.error().message;
    return result;
  }
  if (const Json* found = path->first(context)) result.actual = *found;
  Result<Json> pattern = render_pattern(criterion.pattern, context);
  if (!pattern) {
    result.error = pattern.error().message;
    return result;
  }
  result.expected = std::move(*pattern);
  if (criterion.op.empty()) return result;  // in StackStorm it never matches, and is no error
  const Result<bool> answer = compare(criterion.op, result.actual, result.expected, now);
  if (answer) {
    result.matched = *answer;
  } else {
    result.error = answer.error().message;
  }
  return result;
}

Result<Json> rule_parameters(const Rule& rule, const Event& event) {
  return render_all(rule.parameters, Json{{"trigger", event.body}});
}

}  // namespace countersign::core
