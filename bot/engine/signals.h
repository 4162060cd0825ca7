// Wake-ups between the threads of this process: whoever commits work rings, whoever does that work
// waits. A lost ring costs one poll interval, nothing else.
#pragma once
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <stop_token>

namespace countersign::engine {

class Signal {
 public:
  void ring() {
    {
      const std::scoped_lock lock(mutex_);
      rung_ = true;
    }
    condition_.notify_one();
  }
  // Until a ring (also one from before), the end of `patience`, or a stop request.
  void wait(std::chrono::milliseconds patience, const std::stop_token& stop) {
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, stop, patience, [this] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable_any condition_;
  bool rung_ = false;  // guarded by mutex_
};

struct Signals {
  Signal events;   // an event was accepted
  Signal planned;  // a run waits for its plan
  Signal ready;    // a run may start
  Signal outbox;   // something is to be said
};

}  // namespace countersign::engine
