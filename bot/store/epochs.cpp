// The part of runs.h about replicas and timelines.
#include "bot/store/runs.h"

namespace countersign::store {

void register_replica(Tx& tx, const std::string& replica, const std::string& name,
                      const std::string& version) {
  tx.exec(stmt::register_replica, {replica, name, version});
}

void heartbeat(Tx& tx, const std::string& replica) { tx.exec(stmt::heartbeat, {replica}); }

std::vector<ReplicaRow> live_replicas(Tx& tx) {
  std::vector<ReplicaRow> all;
  for (const Row r : tx.exec(stmt::live_replicas))
    all.push_back(
        {r.text("name"), r.text("version"), r.text_or("chats", ""), r.instant("started_at")});
  return all;
}

void end_leases_of(Tx& tx, const std::string& replica) {
  tx.exec(stmt::end_run_leases, {replica});
  tx.exec(stmt::end_event_leases, {replica});
}

bool epoch_is_open(Tx& tx) { return tx.exec(stmt::epoch_is_open)[0].flag("open"); }

namespace {

std::string durability(Tx& tx) { return tx.exec(stmt::durability)[0].text("durability"); }

}  // namespace

void note_durability(Tx& tx) { tx.exec(stmt::note_durability, {durability(tx)}); }

Epoch open_epoch(Tx& tx, const std::string& replica) {
  tx.exec(stmt::lock_epochs);
  Epoch epoch;
  if (const Rows known = tx.exec(stmt::current_epoch); !known.empty()) {
    epoch.durability = known[0].text("durability");
    epoch.held_runs = static_cast<int>(known[0].number("held_runs"));
    epoch.voided = static_cast<int>(known[0].number("voided"));
    return epoch;
  }
  epoch.opened = true;
  epoch.durability = durability(tx);
  const Rows before = tx.exec(stmt::latest_durability);
  // Only what follows a timeline that was synchronous all the time is sure to hold everything that
  // was committed (I18).
  const bool nothing_lost = !before.empty() && before[0].text("durability") == "sync";
  if (!before.empty() && !nothing_lost) {
    epoch.voided = static_cast<int>(tx.exec(stmt::void_open_approvals, {replica}).affected());
    epoch.held_runs = static_cast<int>(tx.exec(stmt::hold_open_runs, {replica}).affected());
  }
  tx.exec(stmt::insert_epoch, {replica, epoch.durability, epoch.held_runs, epoch.voided});
  return epoch;
}

}  // namespace countersign::store
