// People's second factors, one row each. The secret is sealed by the engine; here it is only text.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/second_factor.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct StepUpRow {
  core::Person who;  // as Directory::identify() named them
  std::string sealed;
  core::Instant made_at{};
  std::optional<core::Instant> confirmed_at;
  core::SecondFactor factor;
};

// Locks the row until the transaction ends: only then look at the clock.
std::optional<StepUpRow> lock_step_up(Tx& tx, const std::string& person);
// False, and nothing changed, if the person has confirmed a secret. One that is not confirmed is
// replaced, with all that was remembered about it.
bool offer_step_up(Tx& tx, const core::Person& who, const std::string& sealed);
// What may change: confirmed_at and the factor. Of a locked row.
void save_step_up(Tx& tx, const StepUpRow& row);
void forget_step_up(Tx& tx, const std::string& person);
std::vector<StepUpRow> step_ups(Tx& tx);  // by person

}  // namespace countersign::store
