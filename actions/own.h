// Runner "countersign": carries out what changes the program's own record. How is the engine's
// business.
//
// Call: {"do": action ref, "with": {...parameters}}.
#pragma once
#include <functional>

#include "bot/core/ports/runner.h"

namespace countersign::actions {

class OwnRunner : public core::Runner {
 public:
  using CarryOut = std::function<core::Outcome(const core::RunRequest& request)>;
  explicit OwnRunner(CarryOut carry_out) : carry_out_(std::move(carry_out)) {}

  std::string_view kind() const override { return "countersign"; }
  Result<void> check(const core::Action&) const override { return {}; }
  core::Outcome run(const core::RunRequest& request, std::stop_token stop) override;

 private:
  const CarryOut carry_out_;
};

}  // namespace countersign::actions
