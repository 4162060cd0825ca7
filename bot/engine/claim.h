// A run in this worker's hands, from its claim to its outcome.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/run.h"

namespace countersign::engine {

struct Claim {
  // A lease that is not renewed ends after kLease; a worker stops itself kMargin before that.
  static constexpr core::Duration kLease = std::chrono::seconds(30);
  static constexpr core::Duration kMargin = std::chrono::seconds(5);

  core::Run run;
  // Before the claim, then the intent was sent: what the lease is counted from.
  std::chrono::steady_clock::time_point sent;
  std::string nonce;                  // names this try in the record
  Json call;                          // the real call, made from the plan just checked
  core::Electorate electorate;        // who counts in its approval, looked up for this start
  std::string obstacle;               // why it must not act after its intent; empty: it may
  std::optional<core::Person> alone;  // who broke the glass for it
  bool told = false;                  // its thread has seen it at work
};

}  // namespace countersign::engine
