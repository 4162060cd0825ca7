// What the end of a run sets going: the check whether it worked, and the offer to take it back.
#pragma once
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class FollowUps {
 public:
  explicit FollowUps(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // To be called in the transaction that ends a run, after it is saved: what follows exists if and
  // only if the end does. True: a run waits to be planned, ring once that is committed.
  bool ended(store::Tx& tx, const core::Run& run) const;

 private:
  bool begin(store::Tx& tx, const core::Run& run, const core::Run& of, core::Purpose purpose) const;
  bool cannot(store::Tx& tx, const core::Run& run, const std::string& why) const;

  const Deps& deps_;
  Announcer announcer_;
};

}  // namespace countersign::engine
