// Runner "command": a program of a pack, called with exactly the arguments of the plan. No shell is
// involved (T24).
//
// Call: {"argv": [absolute path, ...], "cwd": "/...", "env": {...}}; cwd and env may be left out.
// The program's environment is PATH, LANG, HOME, then env, then
//   COUNTERSIGN_STATE_DIR, COUNTERSIGN_RUN, COUNTERSIGN_IDEMPOTENCY_KEY, COUNTERSIGN_FENCE,
//   COUNTERSIGN_CORRELATION, TRACEPARENT, which env cannot replace. Nothing of the bot's own
//   environment reaches it (T29, T45).
//
// exit 0                          ok
// exit code declared so, or the
// program could not be started    not_applied
// other exit code                 failed
// signal, timeout, stop           ambiguous
#pragma once
#include <chrono>
#include <string>

#include "bot/core/ports/runner.h"

namespace countersign::actions {

class CommandRunner : public core::Runner {
 public:
  struct Options {
    std::string state_dir;
    std::chrono::milliseconds grace{5'000};  // between SIGTERM and SIGKILL
  };
  explicit CommandRunner(Options options) : options_(std::move(options)) {}

  std::string_view kind() const override { return "command"; }
  // The entry point must be an absolute path to a file that can be executed.
  Result<void> check(const core::Action& action) const override;
  core::Outcome run(const core::RunRequest& request, std::stop_token stop) override;

 private:
  const Options options_;
};

}  // namespace countersign::actions
