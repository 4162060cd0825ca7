#include "actions/own.h"

#include "actions/attempt.h"

namespace countersign::actions {

core::Outcome OwnRunner::run(const core::RunRequest& request, std::stop_token stop) {
  return attempt([&] {
    if (stop.stop_requested())
      return outcome(core::OutcomeClass::not_applied, "stopped before it began");
    return carry_out_(request);
  });
}

}  // namespace countersign::actions
