// Runner "http-request": one HTTP call, without redirects, to where the guard lets it go (T27).
//
// Call: {"method", "url", "headers": {...}, "body"}; method (GET), headers and body may be left
// out. A body that is not text is sent as JSON. Every call carries Idempotency-Key, traceparent and
// X-Countersign-Fence.
//
// status declared so                        not_applied
// 2xx                                       ok
// 3xx, 4xx                                  failed
// 5xx, no complete answer, timeout, stop    ambiguous
// no byte was sent                          not_applied
#pragma once
#include "bot/core/ports/runner.h"

namespace countersign::actions {

class HttpRunner : public core::Runner {
 public:
  struct Options {
    bool allow_loopback = false;  // for the demo and for tests
  };
  explicit HttpRunner(Options options) : options_(options) {}

  std::string_view kind() const override { return "http-request"; }
  Result<void> check(const core::Action& action) const override;
  core::Outcome run(const core::RunRequest& request, std::stop_token stop) override;

 private:
  const Options options_;
};

}  // namespace countersign::actions
