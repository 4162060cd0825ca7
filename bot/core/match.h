// Would this rule fire for this event, and if not, why not? Pure; the answer is the explanation.
#pragma once
#include <string>
#include <vector>

#include "bot/core/criterion.h"
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

// A rule made ready to be asked often. The rule has to outlive it.
struct CompiledRule {
  explicit CompiledRule(const Rule& rule);
  const Rule* rule;
  std::vector<CompiledCriterion> criteria;
  bool tests_status;  // a resolved alert is its business
  bool is_timer;
};

Verdict match(const Rule& rule, const Event& event, const Environments& environments, Instant now,
              const Json* datastore = nullptr);

// One event asked of many rules: what they look into is made once.
class Matching {
 public:
  // `environments` and the datastore (see Facts) have to outlive it.
  Matching(Event event, const Environments& environments, Instant now,
           const Json* datastore = nullptr);
  Matching(const Matching&) = delete;
  Matching& operator=(const Matching&) = delete;

  Verdict ask(const Rule& rule) const { return ask(CompiledRule(rule)); }
  Verdict ask(const CompiledRule& rule) const;

  // In two steps, for RuleIndex. What keeps a rule for this trigger from being asked at all;
  // `matched`: nothing does.
  Why before_criteria(const CompiledRule& rule) const;
  // Whether criteria can be met: StackStorm never lets them match an empty payload.
  bool can_meet_criteria() const { return can_meet_criteria_; }
  const Scope& scope() const { return scope_; }
  const std::string& trigger() const { return event_.trigger; }

  Json take_body() &&;  // as it came

 private:
  const Json& body() const { return scope_.value(); }
  Verdict ask_criteria(const CompiledRule& rule) const;
  bool allows(const Rule& rule) const;

  const std::string environment_;
  const bool in_production_;
  Event event_;  // but its body, which is in context_
  Json context_;
  const Facts facts_;
  const Scope scope_;  // of context_
  const bool can_meet_criteria_;
};

// Whether the rule's answer depends on when it is asked.
bool asks_clock(const Rule& rule);

// One criterion against {"trigger": body}: StackStorm's semantics (Python equality, no coercion;
// errors are results).
CriterionResult evaluate(const Criterion& criterion, const Json& context, Instant now);

// The rule's action parameters for this event.
Result<Json> rule_parameters(const Rule& rule, const Event& event);

}  // namespace countersign::core
