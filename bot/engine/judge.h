// What the rules say of an event, before windows, limits and episodes are asked. Pure; shared by
// the decider and by the door, which spares it what comes to nothing anyway.
#pragma once
#include <vector>

#include "bot/core/match.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/rule_index.h"
#include "bot/engine/snapshot.h"
#include "bot/store/events.h"

namespace countersign::engine {

struct Judgement {
  const core::Rule* rule;
  core::Verdict verdict;
};
// Of the rules that are for such events, in the catalog's order. The judgements point into the
// catalog.
std::vector<Judgement> judge(const core::RuleIndex& rules, const core::Matching& matching);

store::Decision recorded(const Judgement& judgement, std::string what);
store::Decision no_rule(const std::string& trigger);

// What is to be recorded of an event that no rule matches, whatever else is known (I2). Empty: it
// has to be decided, because a rule matches, or because the answer is the database's: it belongs to
// an episode, a rule asks the clock, or so many rules want it that its sender should not wait for
// them.
std::vector<store::Decision> foregone(const Snapshot& now, core::Incoming& in);

}  // namespace countersign::engine
