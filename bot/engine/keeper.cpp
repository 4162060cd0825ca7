#include "bot/engine/keeper.h"

#include "bot/engine/narrate.h"
#include "bot/engine/promotions.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/retention.h"
#include "bot/store/runs.h"
#include "bot/store/token_buckets.h"

namespace countersign::engine {
namespace {

constexpr int kKeyPortions = 100;  // a minute; each is a transaction of its own
constexpr int kTrimmed = 50'000;   // a minute, of each kind: more than any one source may add
constexpr core::Duration kSeriesKept = std::chrono::hours(24 * 7);  // since it was last heard of

}  // namespace

void Keeper::begin(const std::string& name) {
  deps_.db.transact("begin", [&](store::Tx& tx) {
    store::register_replica(tx, deps_.replica, name, COUNTERSIGN_VERSION);
    store::end_leases_of(tx, deps_.replica);
  });
  watch_timeline();
  // Before the first event: one that arrives while today's partition is being made is refused.
  last_upkeep_ = {};
  upkeep();
}

// After a failover nothing is claimed or started before the new timeline is opened; and whoever
// opened it, each replica compares its own journal with what is left (I18).
void Keeper::watch_timeline() {
  int seen = 0;
  const auto epoch = deps_.db.transact("timeline", [&](store::Tx& tx) {
    store::Epoch opened;
    if (store::epoch_is_open(tx)) {
      store::note_durability(tx);
    } else {
      opened = store::open_epoch(tx, deps_.replica);
    }
    seen = store::timeline(tx);
    if (seen != timeline_) recall_.everything(tx, opened);
    return opened;
  });
  if (seen == timeline_) return;
  timeline_ = seen;
  deps_.signals.outbox.ring();
  if (!epoch.opened) return;
  obs::info("opened the database timeline", {{"durability", epoch.durability},
                                             {"held_runs", std::to_string(epoch.held_runs)},
                                             {"voided_approvals", std::to_string(epoch.voided)}});
  if (epoch.durability == "async")
    obs::warning("the standby follows asynchronously: a failover may lose the last moments",
                 {{"mend", "set synchronous_standby_names"}});
}

bool Keeper::run_once(const std::stop_token&) {
  watch_timeline();
  deps_.db.transact("heartbeat", [&](store::Tx& tx) {
    tx.relax();
    store::heartbeat(tx, deps_.replica);
  });
  upkeep();
  const int done = reminders_.run_once() + expire() + reap() + flapping_.settle() +
                   static_cast<int>(circuit_.tell());
  if (done > 0) {
    deps_.signals.outbox.ring();
    deps_.signals.planned.ring();
    deps_.signals.ready.ring();
  }
  return done > 0;
}

// Partitions for the days to come, expired keys out, the record sealed: at the start, then every
// minute.
void Keeper::upkeep() {
  const auto now = std::chrono::steady_clock::now();
  if (last_upkeep_ && now - *last_upkeep_ < std::chrono::minutes(1)) return;
  last_upkeep_ = now;
  deps_.db.transact("upkeep", [](store::Tx& tx) { store::upkeep(tx); });
  deps_.db.transact("seal", [](store::Tx& tx) { store::seal_audit(tx); });
  for (int i = 0; i < kKeyPortions; ++i) {
    if (!deps_.db.transact("trim keys",
                           [](store::Tx& tx) { return store::trim_delivery_keys(tx); }))
      break;
  }
  drop_old_days();
  deps_.db.transact("trials", [&](store::Tx& tx) {
    Promotions::begin_trials(tx, *deps_.current.get());
  });
  dry_reports_.send();
  deps_.db.transact("trim", [](store::Tx& tx) {
    store::trim_windows(tx, kTrimmed);
    store::trim_buckets(tx, kTrimmed);
    store::trim_series(tx, kSeriesKept, kTrimmed);
  });
}

// A day that cannot go now is tried again in a minute; the others do not wait for it.
void Keeper::drop_old_days() {
  const config::Retention kept = deps_.current.get()->settings.retention;
  const auto days = deps_.db.transact("old days", [&](store::Tx& tx) {
    store::make_old_partitions(tx);
    return store::days(tx, {kept.events, kept.decisions, kept.audit});
  });
  for (const store::Day& day : days) {
    if (!day.goes()) continue;
    try {
      deps_.db.transact("drop a day", [&](store::Tx& tx) { store::drop_day(tx, day); });
      obs::info("dropped a day", {{"of", day.parent}, {"day", day.day}});
    } catch (const store::StoreError& e) {
      obs::warning("a day could not be dropped",
                   {{"of", day.parent}, {"day", day.day}, {"why", e.what()}});
      if (day.parent == "audit") return;  // the record goes from its beginning only
    }
  }
}

int Keeper::expire() {
  const auto due = deps_.db.transact("due approvals",
                                     [&](store::Tx& tx) { return store::due_approvals(tx, 50); });
  int done = 0;
  for (const core::ApprovalId id : due) {
    done += deps_.db.transact("expire", [&](store::Tx& tx) {
      const auto approval = store::lock_approval(tx, id);
      const auto now = tx.now();
      if (!approval) return 0;
      const bool pending =
          approval->state == core::ApprovalState::pending && now >= approval->expires_at;
      const bool unused = approval->state == core::ApprovalState::approved &&
                          approval->usable_until && now >= *approval->usable_until;
      auto run = store::lock_run(tx, approval->run);
      if (!run || (!pending && !unused)) return 0;
      // A claimed run is its worker's to give up: it finds the approval stale by itself.
      if (run->state != core::RunState::awaiting_approval && run->state != core::RunState::ready)
        return 0;
      const auto after =
          core::step(*approval, pending ? core::ApprovalEvent::expire : core::ApprovalEvent::unused,
                     "clock", now);
      if (!after) return 0;
      store::save_approval(tx, *after, approval->state);
      const auto from = run->state;
      run->state = core::RunState::expired;
      store::save_run(tx, *run, from, run->fence);
      store::add_audit(tx, {"clock",
                            "approval.expired",
                            "run:" + run->id.text(),
                            run->correlation,
                            {{"from", core::name(approval->state)}},
                            {}});
      announcer_.refresh_plan(tx, *run, {});
      return 1;
    });
  }
  return done;
}

int Keeper::reap() {
  return deps_.db.transact("reap", [&](store::Tx& tx) {
    const auto abandoned = store::lock_abandoned(tx, 20);
    for (core::Run run : abandoned) {
      const auto from = run.state;
      run.state = core::reaped(run);
      core::drop_lease(run);
      if (from == core::RunState::executing)
        run.outcome = {{"class", "ambiguous"}, {"error", "the process that ran it is gone"}};
      store::save_run(tx, run, from, run.fence);
      if (run.state == core::RunState::ready) {
        const auto pause =
            jittered(core::backoff(run.attempt, run.retry.base, run.retry.cap), deps_.ids);
        run.next_at = tx.now() + pause;
        store::postpone_run(tx, run.id, pause);
      }
      if (from == core::RunState::executing) circuit_.ended(tx, run, core::OutcomeClass::ambiguous);
      store::add_audit(tx, {"clock",
                            "run.lease_ended",
                            "run:" + run.id.text(),
                            run.correlation,
                            {{"from", core::name(from)}, {"to", core::name(run.state)}},
                            {}});
      obs::warning("a run's worker is gone", {{"run", show(run.id)},
                                              {"was", std::string(core::name(from))},
                                              {"is", std::string(core::name(run.state))}});
      if (from == core::RunState::executing) {
        announcer_.end_progress(tx, run);
        announcer_.refresh_plan(tx, run, {});
      }
      if (run.state == core::RunState::ready) continue;
      if (run.state == core::RunState::unknown) {
        announcer_.say_in_thread(
            tx, run, unknown_message(run, store::attempts_of(tx, run.id), deps_.button_key));
      } else {
        announcer_.say_result(tx, run);
        follow_ups_.ended(tx, run);
      }
    }
    return static_cast<int>(abandoned.size());
  });
}

}  // namespace countersign::engine
