// What is put to people, for programs and for a terminal: the question, its plan, who must approve
// and who has. The API and the command line show the same.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/approval.h"
#include "bot/core/json.h"
#include "bot/core/run.h"
#include "bot/store/approvals.h"

namespace countersign::app {

struct ApprovalView {
  core::Approval approval;
  core::Run run;
  std::vector<store::VoteRow> votes;
};

ApprovalView view_of(store::Tx& tx, const core::Approval& approval);
// By "R12", for what is asked about that run now; a plain number is an approval's.
std::optional<ApprovalView> find_view(store::Tx& tx, const std::string& id);
std::optional<ApprovalView> find_view(store::Tx& tx, core::RunId run);
// What waits for people, the most urgent first.
std::vector<ApprovalView> pending_views(store::Tx& tx, int n);

Json run_json(const core::Run& run);
Json approval_json(const ApprovalView& view);
std::string approval_line(const ApprovalView& view);  // one line
std::string approval_text(const ApprovalView& view);  // everything that is decided about

}  // namespace countersign::app
