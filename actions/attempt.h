// What all runners share: one attempt is measured, and an exception becomes an outcome instead of
// travelling on.
#pragma once
#include <chrono>
#include <exception>
#include <string>
#include <utility>

#include "actions/output.h"
#include "bot/core/ports/runner.h"

namespace countersign::actions {

inline core::Outcome outcome(core::OutcomeClass klass, std::string_view error = {}) {
  core::Outcome made;
  made.klass = klass;
  made.error = one_line(error);
  return made;
}

// A call that cannot even be read was certainly not carried out.
inline core::Outcome not_carried_out(const Error& error) {
  return outcome(core::OutcomeClass::not_applied, error.message);
}

template <class Body>
core::Outcome attempt(Body&& body) {
  const auto begin = std::chrono::steady_clock::now();
  core::Outcome made;
  try {
    made = std::forward<Body>(body)();
  } catch (const std::exception& e) {
    // A defect of ours; how far it came, nobody can tell.
    made = outcome(core::OutcomeClass::ambiguous, e.what());
  }
  made.took = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::steady_clock::now() - begin);
  return made;
}

// The W3C traceparent of this attempt: the run's trace, and a parent id made from run and attempt.
std::string traceparent(const core::RunRequest& request);

}  // namespace countersign::actions
