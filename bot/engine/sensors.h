// The sensors of the configuration: of all replicas one runs each, under a lease. A lease that
// cannot be renewed because the database is away is kept: nothing can be stored meanwhile, and what
// two replicas find is accepted once wherever items have keys of their own. A reload ends the
// sensors whose configuration has changed and starts them anew.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "bot/core/ports/inbox.h"
#include "bot/core/ports/sensor.h"
#include "bot/engine/deps.h"
#include "bot/engine/sensor_post.h"

namespace countersign::engine {

class Sensors {
 public:
  using Make = std::function<std::unique_ptr<core::Sensor>(const config::Sensor&)>;
  static constexpr core::Duration kLease = std::chrono::seconds(15);
  static constexpr std::chrono::seconds kRenewal{5};

  Sensors(const Deps& deps, core::Inbox& inbox, Make make)
      : deps_(deps), inbox_(inbox), make_(std::move(make)) {}
  ~Sensors() { stop(); }
  // Starts and ends sensors as the configuration and the leases want it. False: nothing to do now.
  bool run_once(const std::stop_token& stop);
  // After the last run_once(): all have ended, and another replica may begin. Twice-safe.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  using Posts = std::map<std::string, std::unique_ptr<SensorPost>>;
  void drop_changed(const std::vector<config::Sensor>& wanted);
  void end(Posts& posts);
  void hold(const config::Sensor& sensor);

  // Touched by one thread.
  const Deps& deps_;
  core::Inbox& inbox_;
  const Make make_;
  Posts posts_;
  std::map<std::string, std::int64_t> terms_;  // the last of each that was ours
  std::shared_ptr<const Snapshot> known_;
  std::optional<Clock::time_point> renewed_;
};

}  // namespace countersign::engine
