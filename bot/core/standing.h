// A standing approval: given once by the people who would have to agree each time, for runs of one
// rule on some targets, until a moment, so many times at most. Made by the run of an action of our
// own (config/own_actions.h), and used up one start at a time.
#pragma once
#include <string>
#include <vector>

#include "bot/core/approval.h"
#include "bot/core/run.h"

namespace countersign::core {

enum class StandingState { granted, revoked, voided };
std::string_view name(StandingState state);  // voided is "void"
std::optional<StandingState> parse_standing_state(std::string_view text);

struct Standing {
  StandingId id;
  ApprovalId approval;  // by which it was granted
  std::string rule;
  std::string rule_hash;  // of the rule and the action as they were then
  std::string action;
  std::string action_hash;
  std::vector<std::string> targets;  // shell wildcards; each target of a run has to fit one
  Instant until{};
  int times = 1;
  int used = 0;
  StandingState state = StandingState::granted;
};

// Whether it is for this run at all, whose plan is made.
bool covers(const Standing& standing, const Run& run);
// Whether another start may use it now. One that was counted before is not counted again, but has
// to be within its time all the same.
bool usable(const Standing& standing, bool counted, Instant now);

}  // namespace countersign::core
