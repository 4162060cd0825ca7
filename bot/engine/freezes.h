// Freezes at work: those of the configuration and those that people began, as one list.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/freeze.h"
#include "bot/core/message.h"
#include "bot/core/run.h"
#include "bot/engine/snapshot.h"
#include "bot/store/pg.h"

namespace countersign::engine {

struct FreezeInForce {
  std::string name;  // as the configuration calls it; "F3" if a person began it
  std::string reason;
  core::PolicyScope scope;
  std::optional<core::Instant> until;  // nothing: until somebody lifts it
  core::FreezeId order;                // 0: it is the configuration's
  core::Person by;                     // who began it
};

std::vector<FreezeInForce> freezes_in_force(store::Tx& tx, const Snapshot& now);
// The first that is about it.
std::optional<FreezeInForce> frozen_by(store::Tx& tx, const Snapshot& now, const core::Wish& wish);
// The same for a run; none is about one for which somebody broke the glass.
std::optional<FreezeInForce> frozen_by(store::Tx& tx, const Snapshot& now, const core::Run& run,
                                       const std::optional<core::Approval>& approval);

// Who can end it before its time: "!unfreeze F3 lifts it", "its configuration ends it".
std::string lift_words(const FreezeInForce& freeze, const std::string& prefix);
// "freeze christmas (nobody is here), until 2027-01-02T00:00:00Z"
std::string freeze_words(const FreezeInForce& freeze);
// The same for a message, with what it is about and what lifts it.
core::Line freeze_line(const FreezeInForce& freeze, const std::string& prefix);

}  // namespace countersign::engine
