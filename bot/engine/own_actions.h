// Carries out the actions that the program brings along (config/own_actions.h).
#pragma once
#include "bot/core/ports/runner.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

core::Outcome carry_out_own(const Deps& deps, const core::RunRequest& request);

}  // namespace countersign::engine
