// What time does: people are reminded, approvals expire, dead leases are taken back, alerts that
// flapped are calm, replicas show that they live, timelines are opened.
#pragma once
#include <chrono>
#include <optional>

#include "bot/engine/announce.h"
#include "bot/engine/circuit.h"
#include "bot/engine/deps.h"
#include "bot/engine/dry_reports.h"
#include "bot/engine/flapping.h"
#include "bot/engine/follow_ups.h"
#include "bot/engine/recall.h"
#include "bot/engine/reminders.h"
#include "bot/store/runs.h"

namespace countersign::engine {

class Keeper {
 public:
  explicit Keeper(const Deps& deps)
      : deps_(deps),
        announcer_(deps),
        circuit_(deps),
        flapping_(deps),
        follow_ups_(deps),
        recall_(deps),
        reminders_(deps),
        dry_reports_(deps) {}

  // Once, before anything is claimed: registers this replica, opens the timeline, takes back what
  // an earlier life of this very replica (same state directory, exclusively locked) still held.
  void begin(const std::string& name);
  bool run_once(const std::stop_token& stop);  // one round; false: nothing was due

 private:
  void watch_timeline();
  void upkeep();
  void drop_old_days();
  int expire();
  int reap();

  const Deps& deps_;
  Announcer announcer_;
  Circuit circuit_;
  Flapping flapping_;
  FollowUps follow_ups_;
  Recall recall_;
  Reminders reminders_;
  DryReports dry_reports_;
  int timeline_ = 0;  // on which the journal was compared; touched by one thread
  std::optional<std::chrono::steady_clock::time_point> last_upkeep_;  // touched by one thread
};

}  // namespace countersign::engine
