// The part of runs.h about replicas and timelines.
#include "bot/store/durability.h"
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

int timeline(Tx& tx) { return static_cast<int>(tx.exec(stmt::timeline)[0].number("timeline")); }

namespace {

std::string durability(Tx& tx) { return tx.exec(stmt::durability)[0].text("durability"); }

// What is open may have lost its past: nothing of it goes on without a person.
void hold_everything(Tx& tx, const std::string& replica, Epoch& epoch) {
  epoch.voided = static_cast<int>(tx.exec(stmt::void_standings, {replica}).affected());
  epoch.voided += static_cast<int>(tx.exec(stmt::void_open_approvals, {replica}).affected());
  for (const Row r : tx.exec(stmt::hold_open_runs, {replica}))
    ++(r.flag("in_doubt") ? epoch.in_doubt : epoch.held_runs);
  // Again for the question of a plan that was being recorded when we looked: to hold its run we
  // waited for it.
  epoch.voided += static_cast<int>(tx.exec(stmt::void_open_approvals, {replica}).affected());
  tx.exec(stmt::note_held, {epoch.held_runs, epoch.voided});
}

}  // namespace

std::string promised_durability(Tx& tx) {
  const Rows epoch = tx.exec(stmt::current_epoch);
  return epoch.empty() ? "" : epoch[0].text("durability");
}

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
  tx.exec(stmt::insert_epoch, {replica, epoch.durability});
  if (!before.empty() && !nothing_lost) hold_everything(tx, replica, epoch);
  return epoch;
}

Epoch hold_after_loss(Tx& tx, const std::string& replica, core::Instant lost) {
  tx.exec(stmt::lock_epochs);
  Epoch epoch;
  if (!tx.exec(stmt::held_since, {lost})[0].flag("held")) hold_everything(tx, replica, epoch);
  return epoch;
}

}  // namespace countersign::store
