#include "bot/engine/electors.h"

#include "bot/engine/plan_maker.h"
#include "bot/store/approvals.h"
#include "bot/store/standings.h"

namespace countersign::engine {
namespace {

std::optional<core::Approval> approval_behind(const Deps& deps, const core::Run& run) {
  if (!run.approval && !run.standing) return std::nullopt;
  return deps.db.transact("read approval", [&](store::Tx& tx) {
    core::ApprovalId id = run.approval;
    if (run.standing) {
      const auto standing = store::find_standing(tx, run.standing);
      if (standing) id = standing->approval;
    }
    return store::find_approval(tx, id);
  });
}

}  // namespace

std::vector<std::string> roles_of(const Snapshot& now, const core::Approval& approval) {
  auto roles = approval.demand.roles();
  const auto& glass = now.settings.break_glass.roles;
  if (approval.broken_glass) roles.insert(roles.end(), glass.begin(), glass.end());
  return roles;
}

Electors electors_of(const Deps& deps, const core::Run& run, Directory::Groups groups) {
  const auto now = deps.current.get();
  Electors out{approval_behind(deps, run), {}};
  auto roles = out.approval ? roles_of(*now, *out.approval) : std::vector<std::string>{};
  // What a standing approval was given for is judged by what is demanded today as well.
  if (!out.approval || run.standing) {
    for (const auto& role : demand_for(*now, run).roles()) roles.push_back(role);
  }
  out.electorate = deps.directory.electorate(roles, groups);
  return out;
}

bool still_suffices(const Snapshot& now, const core::Approval& approval,
                    const core::Electorate& electorate, core::Instant at) {
  if (!approval.broken_glass) return core::suffices(approval, electorate, at);
  return electorate.holds(approval.decided_by, now.settings.break_glass.roles, at);
}

}  // namespace countersign::engine
