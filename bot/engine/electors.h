// Who counts in the approval of a run: of the question that was asked, of the standing approval
// that covers it, or, before there is either, of what would be asked today.
#pragma once
#include <optional>

#include "bot/core/approval.h"
#include "bot/core/run.h"
#include "bot/core/standing.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

struct Electors {
  std::optional<core::Approval> approval;  // by which it may start: its own, or the standing one's
  core::Electorate electorate;
};

// Blocking; not inside a transaction.
Electors electors_of(const Deps& deps, const core::Run& run,
                     Directory::Groups groups = Directory::Groups::kept);

// The roles in whose hands this approval is.
std::vector<std::string> roles_of(const Snapshot& now, const core::Approval& approval);
// Whether those who approved it still may, and are enough. One given by breaking the glass needs
// the one who did.
bool still_suffices(const Snapshot& now, const core::Approval& approval,
                    const core::Electorate& electorate, core::Instant at);

}  // namespace countersign::engine
