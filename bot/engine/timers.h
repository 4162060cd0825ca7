// Timers: each schedule that a rule names becomes an event whenever it is due. Every replica looks,
// and any of them fires: the event's key is the timer and the moment, so it is accepted once (I3).
// What passed while nobody looked fires once, for the latest moment, if that is not too long ago
// (core::Schedule::grace); otherwise it is missed, and the log says so.
#pragma once
#include <map>
#include <memory>
#include <string>

#include "bot/core/ports/inbox.h"
#include "bot/core/schedule.h"
#include "bot/engine/deps.h"
#include "bot/engine/snapshot.h"
#include "bot/store/timers.h"

namespace countersign::engine {

// A schedule with the zone it goes by.
struct Timer {
  core::Schedule schedule;
  core::TimeZone zone;
};
// Those that enabled rules name, by key; rules with the same parameters share one.
std::map<std::string, Timer> timers_of(const Snapshot& snapshot);

class Timers {
 public:
  static constexpr std::chrono::milliseconds kLook{1000};

  // The inbox must not be served by the thread that calls run_once().
  Timers(const Deps& deps, core::Inbox& inbox) : deps_(deps), inbox_(inbox) {}

  // Fires what is due. If the next moment is near, waits for it: then true.
  bool run_once(const std::stop_token& stop);
  // Likewise, at a moment of a test's choice; true if anything was due.
  bool fire_due(core::Instant now, const std::map<std::string, store::TimerRow>& rows);

 private:
  void learn();
  core::Incoming event_of(const std::string& key, const Timer& timer, core::Instant at) const;
  bool accepted(core::Incoming event) const;

  // Touched by one thread.
  const Deps& deps_;
  core::Inbox& inbox_;
  std::shared_ptr<const Snapshot> known_;
  std::map<std::string, Timer> timers_;
};

}  // namespace countersign::engine
