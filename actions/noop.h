// Runner "noop": does nothing and succeeds; for rules that only want to be seen.
#pragma once
#include "bot/core/ports/runner.h"

namespace countersign::actions {

class NoopRunner : public core::Runner {
 public:
  std::string_view kind() const override { return "noop"; }
  Result<void> check(const core::Action& action) const override;
  core::Outcome run(const core::RunRequest& request, std::stop_token stop) override;
};

}  // namespace countersign::actions
