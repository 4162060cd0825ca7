// Makes the plan of a run from today's rules, actions and world, the dry run included. The same
// steps before the approval and right before the start: if the two differ, the approval is void
// (I8, T31).
#pragma once
#include <stop_token>

#include "bot/core/policy.h"
#include "bot/core/run.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

struct Prepared {
  core::Plan plan;
  Json call;  // the real one, secrets included: for the runner only, never stored or shown (T45)
  core::Retry retry;
  std::string breaker;  // of what the call works on; empty: none
};

// The plan, or the reason why there can be none (unknown action, bad parameters, failed dry run).
// Blocking: a dry run may take the action's whole timeout; hold no transaction.
Result<Prepared> make_plan(const Deps& deps, const Snapshot& now, const core::Run& run,
                           std::stop_token stop);

// All that is configured about who has to agree.
core::PolicyBook book_of(const Snapshot& now);
// The run as policies look at it.
core::Wish wish_for(const Snapshot& now, const core::Run& run);
// What an approval of this run must meet.
core::Demand demand_for(const Snapshot& now, const core::Run& run);
core::Demand demand_for(const Snapshot& now, const core::Wish& wish);

// The runs that a standing approval with these parameters would be for, as policies look at them.
core::Wish wish_behind(const Snapshot& now, const Json& parameters);

}  // namespace countersign::engine
