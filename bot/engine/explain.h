// For an event: what each rule says of it today, and what would still stand between a match and its
// run. Nothing is recorded, nothing runs.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/match.h"
#include "bot/core/message.h"
#include "bot/engine/deps.h"
#include "bot/store/events.h"

namespace countersign::engine {

struct Guard {
  std::string what;   // "everything is halted by alice: maintenance"
  std::string lifts;  // "!resume lifts it"; may be empty
};

struct RuleView {
  const core::Rule* rule;  // of the snapshot
  core::Verdict verdict;
  // Every criterion, also those after the first that failed: how close it was. Empty where another
  // reason came first.
  std::vector<core::CriterionResult> criteria;
  std::size_t met = 0;  // of them
  // Of a match: what would be called, or why that cannot be made.
  Json parameters;
  std::string error;
  std::vector<Guard> guards;  // what would keep it from running now
};

// Where to look what only the database knows.
struct Record {
  const Deps& deps;
  store::Tx& tx;
};

// Of the rules for such events, those that match first. `record`: null without a database.
std::vector<RuleView> explain(const Record* record, const Snapshot& now, const core::Event& event);
RuleView explain(const Record* record, const Snapshot& now, const core::Event& event,
                 const core::Rule& rule);

// In words.
std::vector<core::Line> view_lines(const RuleView& view);
Json view_json(const RuleView& view);

}  // namespace countersign::engine
