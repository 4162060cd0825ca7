// The breakers at work: who may start, what an outcome does to its breaker (and an end to that of
// its rule), and telling those whose runs wait. Every function works inside the caller's
// transaction, after the run is locked.
#pragma once
#include <optional>

#include "bot/core/breaker.h"
#include "bot/core/run.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"
#include "bot/engine/rule_breakers.h"

namespace countersign::engine {

class Circuit {
 public:
  explicit Circuit(const Deps& deps) : deps_(deps), announcer_(deps), rules_(deps) {}

  // The run's breaker if it is not closed, locked.
  std::optional<core::Breaker> in_the_way(store::Tx& tx, const core::Run& run) const;
  bool admits(store::Tx& tx, const core::Breaker& breaker) const;
  // The run starts as the probe of a breaker that admits it.
  void probe(store::Tx& tx, const core::Breaker& breaker, const core::Run& run) const;
  void ended(store::Tx& tx, const core::Run& run, core::OutcomeClass outcome) const;

  // Tells every channel whose runs wait for an open breaker, once; true if there was one to tell.
  bool tell() const;

 private:
  bool tell_about(store::Tx& tx, core::Breaker breaker) const;
  void record(store::Tx& tx, const char* kind, const core::Breaker& breaker,
              const core::Run& run) const;

  const Deps& deps_;
  Announcer announcer_;
  RuleBreakers rules_;
};

// What the channels hear. Pure.
core::Message opened_message(const core::Breaker& breaker, const core::Run& run);
core::Message closed_message(const core::Breaker& breaker, const core::Run& run);

}  // namespace countersign::engine
