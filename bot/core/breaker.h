// Keeps runs away from something that does not work. After some failures in a row nothing is let
// through for a while; then one run is, as a probe, and its outcome decides. One for each name,
// shared by all who work on the same thing. Pure: who keeps it locks it.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/event.h"
#include "bot/core/ids.h"

namespace countersign::core {

enum class BreakerState { closed, open, half_open };
std::string_view name(BreakerState state);
std::optional<BreakerState> parse_breaker_state(std::string_view text);

struct Breaker {
  std::string name;
  BreakerState state = BreakerState::closed;
  int failures = 0;                   // in a row
  RunId run;                          // open: whose failure opened it; half open: the probe
  std::optional<Instant> open_until;  // open only
  std::vector<ChatPlace> told;        // who knows that it is open
};

// The name of the one that watches this call of the action: its own, the host for http-request, the
// pack otherwise. Empty: the action has none.
std::string breaker_of(const Action& action, const Json& call);

// Whether another run may start now. `probing`: the probe is still under way; one that ended
// without an outcome (a failover held it) makes room for another.
bool admits(const Breaker& breaker, bool probing, Instant now);
// After this run, which it admits, has started.
Breaker started(Breaker breaker, RunId run);
// After it has ended. Everything but ok is a failure: what is refused, breaks off or fails says
// nothing good about what it works on. Runs from before the breaker opened change nothing any more.
Breaker ended(Breaker breaker, const BreakerPolicy& policy, RunId run, OutcomeClass outcome,
              Instant now);

}  // namespace countersign::core
