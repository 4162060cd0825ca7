#include "bot/engine/reminders.h"

#include "bot/engine/ask.h"
#include "bot/engine/electors.h"
#include "bot/engine/narrate_approval.h"
#include "bot/obs/log.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr int kAtOnce = 20;

// Not now, because people sleep: until when.
std::optional<core::Instant> put_off(store::Tx& tx, const core::Demand& demand) {
  if (!demand.quiet) return std::nullopt;
  const auto quiet = core::quiet_for(*demand.quiet, store::minute_of_day(tx, demand.quiet->zone));
  if (quiet.count() == 0) return std::nullopt;
  return tx.now() + quiet;
}

std::optional<core::Instant> next_notice(const core::Approval& approval, std::size_t given,
                                         const std::vector<core::Notice>& all) {
  if (given >= all.size()) return std::nullopt;
  return approval.asked_at + all[given].after;
}

}  // namespace

std::vector<core::ChatPlace> channels_of(const Snapshot& now,
                                         const std::vector<core::NotifyTarget>& targets) {
  core::Rule rule;
  rule.notify = targets;
  return targets.empty() ? std::vector<core::ChatPlace>{} : places_for(now, &rule);
}

int Reminders::run_once() {
  const auto due = deps_.db.transact("due notices",
                                     [](store::Tx& tx) { return store::due_notices(tx, kAtOnce); });
  int done = 0;
  for (const core::ApprovalId id : due) {
    try {
      done += give(id) ? 1 : 0;
    } catch (const store::StoreError& e) {
      if (e.kind() == ErrorKind::unavailable) throw;
      obs::error("a reminder could not be given", {{"approval", id.text()}, {"why", e.what()}});
    }
  }
  return done;
}

bool Reminders::give(core::ApprovalId id) {
  const auto waiting = deps_.db.transact(
      "find approval", [&](store::Tx& tx) { return store::find_approval(tx, id); });
  if (!waiting) return false;
  const auto now = deps_.current.get();
  const auto electorate = deps_.directory.electorate(roles_of(*now, *waiting));
  return deps_.db.transact("notice", [&](store::Tx& tx) {
    const auto approval = store::lock_approval(tx, id);
    if (!approval || approval->state != core::ApprovalState::pending) return false;
    const auto all = core::notices(approval->demand);
    if (approval->noticed >= all.size()) return false;
    if (const auto later = put_off(tx, approval->demand)) {
      store::note_notice(tx, id, approval->noticed, *later);
      return true;
    }
    const auto run = store::find_run(tx, approval->run);
    if (!run) return false;
    const core::Notice& notice = all[approval->noticed];
    const bool escalates = notice.kind == core::Notice::Kind::escalation;
    const auto message = notice_message(*run, *approval, notice, electorate, tx.now());
    announcer_.say_in_thread(tx, *run, message);
    if (escalates) {
      for (const auto& place :
           channels_of(*now, approval->demand.clauses.at(notice.clause).escalation->notify))
        announcer_.tell_channel(tx, *run, place, message);
      announcer_.refresh_plan(tx, *run, electorate);
    }
    store::note_notice(tx, id, approval->noticed + 1,
                       next_notice(*approval, approval->noticed + 1, all));
    store::add_audit(tx, {"clock",
                          escalates ? "approval.escalated" : "approval.reminded",
                          "run:" + run->id.text(),
                          run->correlation,
                          {{"after", core::format_duration(notice.after)}},
                          {}});
    return true;
  });
}

}  // namespace countersign::engine
