// Would this rule fire for this event, and if not, why not? Pure; the answer is the explanation.
#pragma once
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/instant.h"
#include "bot/core/result.h"
#include "bot/core/rule.h"

namespace countersign::core {

enum class Why {
  matched,
  disabled,
  other_trigger,      // the rule is for another trigger type, or another timer
  criterion_failed,   // the last entry of `criteria` says which, with both values
  criterion_error,    // likewise, with the error
  resolved,           // a resolved alert makes no run unless the rule tests the status itself
  other_environment,  // the event is from an environment the rule is not for
  unparsable,         // the event has no readable body
};
std::string_view name(Why why);

struct CriterionResult {
  std::string key;
  std::string op;
  Json expected;  // the pattern, rendered
  Json actual;    // null when the path leads nowhere
  bool matched = false;
  std::string error;  // set when the comparison itself failed
};
void to_json(Json& j, const CriterionResult& r);
void from_json(const Json& j, CriterionResult& r);

struct Verdict {
  Why why = Why::matched;
  std::vector<CriterionResult>
      criteria;        // in file order, up to and including the first that failed
  std::string detail;  // e.g. the environment
  bool matched() const { return why == Why::matched; }
};

// Names of environments that count as production, with the event's own name for its environment.
struct Environments {
  std::vector<std::string> production{"prod", "production"};
  // labels.environment, labels.env, environment, env, in this order; empty if the event names none.
  static std::string of(const Event& event);
  bool is_production(const std::string& environment) const;
};

Verdict match(const Rule& rule, const Event& event, const Environments& environments, Instant now);

// One event asked of many rules: what they look into is made once.
class Matching {
 public:
  // `environments` has to outlive it.
  Matching(Event event, const Environments& environments, Instant now);
  Verdict ask(const Rule& rule) const;
  Json take_body() &&;  // as it came

 private:
  const Json& body() const { return context_.at("trigger"); }
  Verdict ask_criteria(const Rule& rule) const;

  const Environments& environments_;
  const Instant now_;
  const std::string environment_;
  Event event_;  // but its body, which is in context_
  Json context_;
};

// Whether the rule's answer depends on when it is asked.
bool asks_clock(const Rule& rule);

// One criterion against {"trigger": body}: StackStorm's semantics (Python equality, no coercion;
// errors are results).
CriterionResult evaluate(const Criterion& criterion, const Json& context, Instant now);
bool known_operator(std::string_view op);
std::vector<std::string> operator_names();

// The rule's action parameters for this event.
Result<Json> rule_parameters(const Rule& rule, const Event& event);

}  // namespace countersign::core
