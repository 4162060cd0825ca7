// The whole story behind an event or run, read from the record: what `why?` and `countersign trace`
// answer from.
#pragma once
#include <optional>
#include <vector>

#include "bot/core/match.h"
#include "bot/core/message.h"
#include "bot/core/run.h"
#include "bot/core/standing.h"
#include "bot/engine/refs.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/events.h"
#include "bot/store/reviews.h"
#include "bot/store/runs.h"

namespace countersign::engine {

struct ApprovalStory {
  core::Approval approval;
  std::vector<store::VoteRow> votes;
};
struct RunStory {
  core::Run run;
  std::vector<ApprovalStory> approvals;  // one for each plan
  std::vector<store::Attempt> attempts;
  std::optional<core::Standing> standing;   // by which it started
  std::vector<store::VoteRow> standing_by;  // who gave that
  std::vector<store::Review> reviews;       // after it was started alone
};
struct Chain {
  core::Event event;
  std::vector<store::Decision> decisions;
  std::vector<RunStory> runs;
  std::vector<store::AuditRow> audit;
};

// `only`: leave out the event's other runs.
std::optional<Chain> load_chain(store::Tx& tx, const Reference& reference, bool only = false);

core::Message why_message(const Chain& chain);  // for the thread
// Parts of it.
core::Line criterion_line(const core::CriterionResult& criterion);
std::vector<core::Line> decision_words(const store::Decision& decision);
Json chain_json(const Chain& chain);            // everything, for programs
std::string chain_text(const Chain& chain);     // for a terminal, the audit trail included

}  // namespace countersign::engine
