// The breakers of rules at work. Every function works inside the caller's transaction; a run is
// locked before the breaker of its rule.
#pragma once
#include <optional>
#include <string>

#include "bot/core/rule_breaker.h"
#include "bot/core/run.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class RuleBreakers {
 public:
  explicit RuleBreakers(const Deps& deps) : deps_(deps), announcer_(deps) {}

  // The rule's breaker if it keeps the rule from making a run now. `may_probe`: the run would be
  // planned at once, so that it can say whether the rule works again.
  std::optional<core::RuleBreaker> in_the_way(store::Tx& tx, const core::Rule& rule,
                                              bool may_probe) const;
  // The rule, in whose way nothing was, has made this run about this event.
  void fired(store::Tx& tx, const core::Rule& rule, core::RunId run,
             const core::Event& event) const;
  // A run came to rest in its state; does nothing unless that is an end that says something.
  void ended(store::Tx& tx, const core::Run& run) const;
  // False: it is not open.
  bool close(store::Tx& tx, const core::Rule& rule, const core::Person& who, const std::string& why,
             const core::Event& event) const;
  // Those that are not closed, of rules that still ask for one.
  static std::vector<core::RuleBreaker> open(store::Tx& tx, const Snapshot& now);

 private:
  // By whom and about what it changes, for the record.
  struct Cause {
    std::string by;
    core::Event event;  // its id and correlation
    std::string words;  // why it is closed
  };
  void save(store::Tx& tx, const core::Rule& rule, const core::RuleBreaker& before,
            const core::RuleBreaker& after, const Cause& cause) const;

  const Deps& deps_;
  Announcer announcer_;
};

// What the channels hear. Pure.
core::Message rule_stopped_message(const core::RuleBreaker& breaker, const std::string& prefix);
core::Message rule_resumed_message(const core::RuleBreaker& breaker, const std::string& why);
// "until 2026-..., then one run is let through" or "until R12 has ended".
std::string until_words(const core::RuleBreaker& breaker);

}  // namespace countersign::engine
