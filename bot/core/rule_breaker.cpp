#include "bot/core/rule_breaker.h"

namespace countersign::core {
namespace {

// Notes the moment and forgets what is too old; true if the count is full.
bool count(std::vector<Instant>& moments, int limit, Duration within, Instant now) {
  if (limit == 0) return false;
  std::erase_if(moments, [&](Instant at) { return at <= now - within; });
  moments.push_back(now);
  return static_cast<int>(moments.size()) >= limit;
}

RuleBreaker opened(RuleBreaker breaker, const RuleBreakerPolicy& policy, RunId run, Instant now) {
  breaker.state = BreakerState::open;
  breaker.run = run;
  if (!breaker.since) breaker.since = now;
  breaker.open_until = now + policy.open_for;
  breaker.failures.clear();
  breaker.fires.clear();
  return breaker;
}

}  // namespace

bool admits(const RuleBreaker& breaker, bool probing, Instant now) {
  if (breaker.state == BreakerState::open) return now >= breaker.open_until;
  return breaker.state == BreakerState::closed || !probing;
}

RuleBreaker fired(RuleBreaker breaker, const RuleBreakerPolicy& policy, RunId run, Instant now) {
  if (breaker.state != BreakerState::closed) {
    breaker.state = BreakerState::half_open;
    breaker.run = run;
    breaker.open_until.reset();
    return breaker;
  }
  if (!count(breaker.fires, policy.fires, policy.within, now)) return breaker;
  breaker.why = "it made " + std::to_string(policy.fires) + (policy.fires == 1 ? " run" : " runs") +
                " within " + format_duration(policy.within);
  return opened(std::move(breaker), policy, run, now);
}

RuleBreaker ended(RuleBreaker breaker, const RuleBreakerPolicy& policy, RunId run, bool succeeded,
                  Instant now) {
  if (breaker.state != BreakerState::closed) {
    const bool probe = breaker.state == BreakerState::half_open && breaker.run == run;
    if (!probe) return breaker;
    return succeeded ? closed(std::move(breaker)) : opened(std::move(breaker), policy, run, now);
  }
  if (succeeded || !count(breaker.failures, policy.failures, policy.within, now)) return breaker;
  breaker.why =
      std::to_string(policy.failures) +
      (policy.failures == 1 ? " of its runs failed"
                            : " of its runs failed within " + format_duration(policy.within));
  return opened(std::move(breaker), policy, run, now);
}

RuleBreaker closed(RuleBreaker breaker) {
  RuleBreaker out;
  out.rule = std::move(breaker.rule);
  return out;
}

}  // namespace countersign::core
