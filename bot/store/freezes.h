// Freezes that people began in chat, in all replicas. Those of the configuration are not here.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/ids.h"
#include "bot/core/policy.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct FreezeOrder {
  core::FreezeId id;
  core::Person by;
  std::string why;  // may be empty
  core::PolicyScope scope;
  core::Instant at{};
  std::optional<core::Instant> until;  // nothing: until somebody lifts it
};

// Asked by a start after halted(), the answer holds until this transaction ends, because a freeze
// waits for it as a halt does.
std::vector<FreezeOrder> freeze_orders(Tx& tx);
// Blocks until the starts that are on their way are committed. `id` and `at` are made here.
core::FreezeId begin_freeze(Tx& tx, const FreezeOrder& order);
// False if it is not in force (any more).
bool lift_freeze(Tx& tx, core::FreezeId id, const core::Person& by);

}  // namespace countersign::store
