#include "bot/engine/own_actions.h"

#include "bot/engine/promotions.h"
#include "bot/engine/standings.h"
#include "config/own_actions.h"

namespace countersign::engine {

core::Outcome carry_out_own(const Deps& deps, const core::RunRequest& request) {
  const std::string action = request.call.value("do", "");
  if (action == config::kGrantStanding) return Standings(deps).carry_out(request);
  if (action == config::kPromoteRule) return Promotions(deps).carry_out(request);
  return {core::OutcomeClass::not_applied, 0, "", false, "there is no action " + action, {}};
}

}  // namespace countersign::engine
