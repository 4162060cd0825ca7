// Which rules are live for their content, and what was recorded that shows what a rule would do.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct Promotion {
  std::int64_t id = 0;
  core::ApprovalId approval;  // by which it was promoted
  std::string rule;
  std::string rule_hash;
  core::Instant promoted_at{};
};

// Rules that are loaded for the first time begin their trial now; for others nothing changes.
void begin_trials(Tx& tx, const std::vector<std::string>& rules);
std::optional<core::Instant> trial_since(Tx& tx, const std::string& rule);

bool is_promoted(Tx& tx, const std::string& rule, const std::string& rule_hash);
std::vector<Promotion> promotions_in_force(Tx& tx);
// Ends the one of this rule that was in force, and begins this. False: this approval was used for
// it before.
bool promote(Tx& tx, const Promotion& promotion, const core::Person& by);
// The one that was in force.
std::optional<Promotion> end_promotion(Tx& tx, const std::string& rule, const core::Person& by,
                                       const std::string& why);

struct Past {
  core::Instant from{}, until{};
  std::vector<std::string> triggers;
};
// Its deliveries, replays left out, by id from after `after` on, at most `n`: for events_of(), which
// another thread may call.
Rows past_events(Tx& tx, const Past& past, core::EventId after, int n);
// Of such rows: which rules matched then, with the verdict.
using Matches = std::map<core::EventId, std::map<std::string, std::string>>;
Matches past_matches(Tx& tx, const Rows& events);

// True: the report of that day (2026-11-22) is the caller's to send.
bool begin_dry_report(Tx& tx, const std::string& day);
struct DryRuns {
  std::string rule;
  std::int64_t runs = 0;
  std::vector<std::string> targets;  // the first few
};
std::vector<DryRuns> dry_runs_between(Tx& tx, core::Instant from, core::Instant until);

}  // namespace countersign::store
