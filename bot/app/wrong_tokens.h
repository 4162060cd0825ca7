// Keeps an address that tries tokens from keeping the database busy: a token cannot be guessed, but
// each wrong one costs a look-up. Thread-safe.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <string>

namespace countersign::app {

class WrongTokens {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kMost = 20;  // in one window
  static constexpr std::chrono::seconds kWindow{60};
  static constexpr std::size_t kAddresses = 10'000;  // no more are watched at once

  // How long this address is not listened to; zero: it is.
  std::chrono::seconds wait(const std::string& address, Clock::time_point now) const;
  // True if this one was the last that is looked at.
  bool note(const std::string& address, Clock::time_point now);

 private:
  struct Tried {
    Clock::time_point since;
    int times = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Tried> tried_;  // guarded by mutex_
};

}  // namespace countersign::app
