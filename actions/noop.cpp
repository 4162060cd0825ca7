#include "actions/noop.h"

#include "actions/attempt.h"

namespace countersign::actions {

Result<void> NoopRunner::check(const core::Action&) const { return {}; }

core::Outcome NoopRunner::run(const core::RunRequest&, std::stop_token) {
  return outcome(core::OutcomeClass::ok);
}

}  // namespace countersign::actions
