// One sensor at work: its thread, its pauses, and the way of its items into the inbox.
#pragma once
#include <string>
#include <thread>

#include "bot/core/ports/inbox.h"
#include "bot/core/ports/sensor.h"
#include "bot/engine/deps.h"
#include "bot/engine/paced.h"

namespace countersign::engine {

// Runs as long as it exists. Each life that ends badly is followed by another, after a pause that
// doubles until something was taken again; said once for each change of reason.
class SensorPost : private core::SensorDesk {
 public:
  // `term`: that of the lease under which it runs.
  SensorPost(const Deps& deps, core::Inbox& inbox, config::Sensor about, std::int64_t term,
             std::unique_ptr<core::Sensor> sensor);
  ~SensorPost() override;  // returns when the sensor has ended
  void request_stop() { thread_.request_stop(); }
  const config::Sensor& about() const { return about_; }

 private:
  void run(const std::stop_token& stop);
  core::Duration after(const Result<core::Duration>& ended);

  bool take(const std::vector<core::SensorItem>& items, const std::stop_token& stop) override;
  void refuse(const std::string& why) override;
  void say(const std::string& line) override;
  std::string cursor() override;
  Result<void> move_cursor(const std::string& cursor) override;

  core::Incoming event_of(const core::SensorItem& item) const;
  Result<std::vector<core::Accepted>> store(std::vector<core::Incoming> events) const;
  void works();
  void fails(const std::string& why);
  void show(bool up) const;

  const Deps& deps_;
  core::Inbox& inbox_;
  const config::Sensor about_;
  const std::int64_t term_;
  const std::unique_ptr<core::Sensor> sensor_;
  // Touched by the thread only.
  Signal pause_;
  Paced refusals_, words_, troubles_;
  int failures_ = 0;     // in a row, without anything taken in between
  std::string trouble_;  // the last that was logged; empty: it works
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace countersign::engine
