// From the claim to the intent: the plan is made again, the approval and everything else that may
// stand in the way is looked at, and the start is recorded before it happens (durability: the
// second commit). A start that is refused gives the run back.
#pragma once
#include <stop_token>
#include <string>

#include "bot/core/standing.h"
#include "bot/engine/announce.h"
#include "bot/engine/circuit.h"
#include "bot/engine/claim.h"
#include "bot/engine/deps.h"
#include "bot/engine/recall.h"

namespace countersign::engine {

class Starter {
 public:
  explicit Starter(const Deps& deps)
      : deps_(deps), announcer_(deps), circuit_(deps), recall_(deps) {}

  // True: the intent is recorded, and claim.run and claim.call say what is to be done now.
  bool start(Claim& claim, const std::stop_token& stop);

 private:
  bool waits_for_freeze(const Claim& claim);
  bool look_again(Claim& claim, const std::stop_token& stop);
  bool still_as_approved(Claim& claim, const std::stop_token& stop);
  bool still_demanded(Claim& claim);
  void plan_again(const Claim& claim, const std::vector<std::string>& changes);
  bool admits(store::Tx& tx, const core::Standing& standing, const core::Run& run,
              const Claim& claim, core::Instant now) const;
  bool record_intent(Claim& claim);
  core::IntentVerdict try_intent(store::Tx& tx, Claim& claim);
  bool resolve_intent(Claim& claim);
  void write_down(Claim& claim);
  void void_approval(store::Tx& tx, core::Run& run, const std::string& by);
  // claimed -> ready after a pause (target busy, shutdown), planned, held, expired or unknown.
  void give_back(const Claim& claim, core::RunState to, core::Duration delay,
                 const std::string& why);

  const Deps& deps_;
  Announcer announcer_;
  Circuit circuit_;
  Recall recall_;
};

}  // namespace countersign::engine
