// What comes after a run by itself: an action that checks whether it worked, and one that takes it
// back, offered to people when it did not.
#pragma once
#include <optional>

#include "bot/core/action.h"
#include "bot/core/run.h"

namespace countersign::core {

// What the end of `run`, made by `action`, calls for; nothing if it calls for nothing. A failed
// check calls for the rollback of what it checked: then `action` is that of its parent.
//   succeeded                        verify
//   failed or given up after a try   rollback
// A run that did nothing (no try, or a last one proven not applied) has nothing to be taken back,
// and what a person has said about an unknown run is theirs to follow up.
std::optional<Purpose> follow_up_of(const Run& run, const Action& action);

// The parameters of `next`, made from those that the run was carried out with. An Error says which
// one cannot be made.
Result<Json> follow_up_parameters(const FollowUp& follow_up, const Json& bound, const Action& next);

}  // namespace countersign::core
