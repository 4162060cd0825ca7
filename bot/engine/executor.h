// Carries runs out: claim, look again, intent, act, outcome (durability: two commits before the
// outside world, one after it).
#pragma once
#include <atomic>
#include <optional>

#include "bot/engine/announce.h"
#include "bot/engine/circuit.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class Executor {
 public:
  static constexpr core::Duration kLease = std::chrono::seconds(30);
  static constexpr core::Duration kMargin =
      std::chrono::seconds(5);  // a worker stops itself this long before its lease ends

  explicit Executor(const Deps& deps) : deps_(deps), announcer_(deps), circuit_(deps) {}
  bool run_once(const std::stop_token& stop);  // one run; true if there was one

 private:
  struct Claim {
    core::Run run;
    std::chrono::steady_clock::time_point
        sent;                           // before the claim was sent: what the lease is counted from
    std::string nonce;                  // names this try in the record
    Json call;                          // the real call, made from the plan just checked
    std::vector<core::Person> holders;  // who may approve, looked up for this start
  };
  void carry_out(Claim claim, const std::stop_token& stop);
  bool still_as_approved(Claim& claim, const std::stop_token& stop);
  bool record_intent(Claim& claim);
  core::IntentVerdict try_intent(store::Tx& tx, Claim& claim);
  bool resolve_intent(Claim& claim);
  core::Outcome act(const Claim& claim, const std::stop_token& stop);
  // Stores the outcome, as soon as the database takes it.
  void report(const Claim& claim, const core::Outcome& outcome, const std::stop_token& stop);
  void record_outcome(const Claim& claim, const core::Outcome& outcome);
  void void_approval(store::Tx& tx, core::Run& run, const std::string& why);
  // claimed -> ready after a pause (target busy, shutdown), held, expired or unknown.
  void give_back(const Claim& claim, core::RunState to, core::Duration delay,
                 const std::string& why);

  const Deps& deps_;
  Announcer announcer_;
  Circuit circuit_;
};

}  // namespace countersign::engine
