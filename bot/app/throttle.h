// So much in a minute from one place, and then no more until the minute is over: an address that
// tries tokens, a token that posts without end. Thread-safe.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace countersign::app {

class Throttle {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kWatched = 10'000;  // no more are watched at once

  explicit Throttle(int most) : most_(most) {}

  // How long this one is not listened to; zero: it is.
  std::chrono::seconds wait(const std::string& who, Clock::time_point now) const;
  // True if this time was the last that is listened to.
  bool note(const std::string& who, Clock::time_point now);

 private:
  struct Counted {
    Clock::time_point since;
    int times = 0;
  };
  const int most_;  // in one window
  mutable std::mutex mutex_;
  std::map<std::string, Counted> counted_;  // guarded by mutex_
};

}  // namespace countersign::app
