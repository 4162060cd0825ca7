// What carries an action out: one Runner per kind of action. The engine knows only this.
#pragma once
#include <chrono>
#include <functional>
#include <stop_token>
#include <string>

#include "bot/core/action.h"
#include "bot/core/result.h"
#include "bot/core/run.h"

namespace countersign::core {

struct RunRequest {
  std::string run;              // run id as text, for logs and the child's environment
  std::string correlation;      // trace id; becomes traceparent
  std::string idempotency_key;  // the same over all tries of one run (I13)
  std::int64_t fence = 0;
  int attempt = 1;
  bool dry = false;
  Json call;  // from render_call
  std::chrono::milliseconds timeout{60'000};
  std::size_t output_limit = 64 * 1024;
  std::vector<int> not_applied_codes;
  std::function<void(std::string_view)> on_output;  // may be empty; called from the runner's thread
};

struct Outcome {
  OutcomeClass klass = OutcomeClass::ambiguous;
  int code = 0;        // exit code or HTTP status; 0 with `error` set when there was none
  std::string output;  // at most output_limit bytes, made valid UTF-8
  bool truncated = false;
  std::string error;  // one line; empty for ok
  std::chrono::milliseconds took{0};
};
void to_json(Json& j, const Outcome& o);

class Runner {
 public:
  virtual ~Runner() = default;
  virtual std::string_view kind() const = 0;                   // the runner_type it serves
  virtual Result<void> check(const Action& action) const = 0;  // at load, not at 3 a.m.
  // Blocking; honours stop (SIGTERM, grace, SIGKILL for a child) and the timeout. Never throws.
  // Thread-safe.
  virtual Outcome run(const RunRequest& request, std::stop_token stop) = 0;
};

}  // namespace countersign::core
