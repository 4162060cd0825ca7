// What the bot says about itself: status, what waits, help. Pure, and short enough for a phone: at
// most kShown things each, then how many more there are and how to see them.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/approval.h"
#include "bot/core/message.h"
#include "bot/core/rule_breaker.h"
#include "bot/core/run.h"
#include "bot/core/standing.h"
#include "bot/engine/freezes.h"
#include "bot/store/halts.h"
#include "bot/store/reviews.h"
#include "bot/store/runs.h"
#include "config/packs.h"

namespace countersign::engine {

struct Overview {
  static constexpr std::size_t kShown = 6;
  static constexpr std::size_t kListed = 15;  // by who asks for the list itself

  std::string prefix;                        // of commands
  std::vector<core::Run> open;               // not final, oldest change first; one more than shown
  std::vector<core::Approval> approvals;     // pending ones of `open`
  std::map<std::string, std::int64_t> runs;  // how many in each state
  std::int64_t events_waiting = 0;
  std::int64_t dead_letters = 0;
  std::vector<store::ReplicaRow> replicas;
  std::string durability;  // sync, async, single
  std::optional<store::Halt> halt;
  std::vector<FreezeInForce> freezes;
  std::vector<core::RuleBreaker> breakers;  // of rules, not closed
  std::vector<core::Standing> standings;  // in force
  std::vector<store::Review> reviews;     // open
  std::size_t rules = 0;
  std::size_t actions = 0;
};

core::Message status_message(const Overview& overview);
// Only what waits for people, and for whom.
core::Message pending_message(const Overview& overview);

struct CommandHelp {
  std::string name, usage, summary;
  bool rare = false;  // named, but not explained, in the list of all
};
// `wanted`: words after "help"; the first may name a command, the second narrows the actions.
core::Message help_message(const std::string& prefix, const std::vector<CommandHelp>& commands,
                           const config::Catalog& catalog, const std::vector<std::string>& wanted);

}  // namespace countersign::engine
