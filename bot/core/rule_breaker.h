// Stops a rule that does harm or noise: after so many failures of its runs, or so many runs, within
// a while it makes no more. When its time has come one run is let through as a probe, and what
// becomes of it decides. One for each rule that asks for it. Pure: who keeps it locks it.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/breaker.h"
#include "bot/core/ids.h"
#include "bot/core/instant.h"
#include "bot/core/rule.h"

namespace countersign::core {

struct RuleBreaker {
  std::string rule;
  BreakerState state = BreakerState::closed;
  std::vector<Instant> failures;      // while closed; oldest first, no more than the policy counts
  std::vector<Instant> fires;         // likewise
  RunId run;                          // open: whose end or making opened it; half open: the probe
  std::optional<Instant> since;       // not closed: when it opened first
  std::optional<Instant> open_until;  // open only
  std::string why;                    // not closed: "3 of its runs failed within 30m"
};

// Whether the rule may make a run now. `probing`: the probe still is to end; one that came to
// nothing (denied, expired, cancelled, held) makes room for another.
bool admits(const RuleBreaker& breaker, bool probing, Instant now);
// After the rule, which it admits, has made this run.
RuleBreaker fired(RuleBreaker breaker, const RuleBreakerPolicy& policy, RunId run, Instant now);
// After a run of the rule has come to an end: it succeeded or it did not. While the breaker is not
// closed only the probe counts.
RuleBreaker ended(RuleBreaker breaker, const RuleBreakerPolicy& policy, RunId run, bool succeeded,
                  Instant now);
// A person has seen to it.
RuleBreaker closed(RuleBreaker breaker);

}  // namespace countersign::core
