// What a running action has to say for itself: its last lines, in its thread, in one message that
// changes in place. Only what takes a while is told of, and the longer it takes the less often.
#pragma once
#include <chrono>
#include <mutex>
#include <string>
#include <string_view>

#include "bot/core/run.h"
#include "bot/engine/announce.h"
#include "bot/engine/deps.h"

namespace countersign::engine {

class Progress {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::seconds kFirst{2};     // what is over sooner speaks by its result
  static constexpr std::chrono::seconds kShortest{3};  // between two changes of the message
  static constexpr std::chrono::seconds kLongest{30};

  Progress(const Deps& deps, core::Run run)
      : deps_(deps), announcer_(deps), run_(std::move(run)), due_(began_ + kFirst) {}

  // What it printed; from any thread.
  void add(std::string_view output);

  // These three from one thread: when there may be something to tell, telling it, and whether there
  // was.
  Clock::time_point due() const { return due_; }
  void tell();
  bool told() const { return told_; }

 private:
  std::string news();  // empty: none since the last time

  const Deps& deps_;
  Announcer announcer_;
  core::Run run_;
  const Clock::time_point began_ = Clock::now();
  Clock::time_point due_;
  bool told_ = false;
  std::mutex mutex_;
  std::string tail_;    // guarded by mutex_
  bool fresh_ = false;  // guarded by mutex_
};

}  // namespace countersign::engine
