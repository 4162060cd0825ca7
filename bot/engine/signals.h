// Wake-ups between threads: whoever commits work rings, whoever does that work
// waits. A lost ring costs one poll interval, nothing else.
#pragma once
#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <mutex>
#include <stop_token>

namespace countersign::engine {

class Signal {
 public:
  // How many of those who wait here a ring wakes. One is right where every ring is about one thing
  // and any waiter will do; the others hear of it when they look next.
  enum class Wakes { all, one };
  explicit Signal(Wakes wakes = Wakes::all) : wakes_(wakes) {}
  // Here and in other replicas.
  void ring() {
    ring_here();
    if (also_) also_();
  }
  void ring_here() {
    {
      const std::scoped_lock lock(mutex_);
      ++rings_;
    }
    wakes_ == Wakes::one ? condition_.notify_one() : condition_.notify_all();
  }
  // For a waiter that only wants to hear what comes from now on.
  std::uint64_t rings() const {
    const std::scoped_lock lock(mutex_);
    return rings_;
  }
  // What every ring does as well; set before anybody rings.
  void also(std::function<void()> work) { also_ = std::move(work); }
  // Until a ring that this waiter has not heard yet (also one from before), the end of `patience`,
  // or a stop request. `heard` is the waiter's own, 0 at first.
  void wait(std::chrono::milliseconds patience, const std::stop_token& stop, std::uint64_t& heard) {
    std::unique_lock lock(mutex_);
    condition_.wait_for(lock, stop, patience, [&] { return rings_ != heard; });
    heard = rings_;
  }
  // For a pause that nothing but a stop request cuts short, unless it rings.
  void wait(std::chrono::milliseconds patience, const std::stop_token& stop) {
    std::uint64_t heard = 0;
    wait(patience, stop, heard);
  }

 private:
  const Wakes wakes_;
  std::function<void()> also_;
  mutable std::mutex mutex_;
  std::condition_variable_any condition_;
  std::uint64_t rings_ = 0;  // guarded by mutex_
};

// Senders wait for the door, nobody waits for the rest by the millisecond: while deliveries crowd
// there, whoever decides and starts pauses before each piece of work, so that the processor is the
// door's. The pause has an end, so that work goes on all the same.
class Precedence {
 public:
  static constexpr std::chrono::milliseconds kPause{100};
  // Senders that were just answered come again.
  static constexpr std::chrono::milliseconds kLinger{20};
  void crowded() { until_ = (Clock::now() + kLinger).time_since_epoch().count(); }
  // Until nobody crowds any more, the end of the pause, or a stop request.
  void give_way(const std::stop_token& stop) {
    const auto end = Clock::now() + kPause;
    std::unique_lock lock(mutex_);
    for (auto now = Clock::now(); now < until() && now < end && !stop.stop_requested();
         now = Clock::now())
      stopped_.wait_until(lock, stop, std::min(until(), end), [] { return false; });
  }

 private:
  using Clock = std::chrono::steady_clock;
  Clock::time_point until() const { return Clock::time_point(Clock::duration(until_)); }
  std::atomic<Clock::rep> until_ = 0;  // senders are expected
  std::mutex mutex_;
  std::condition_variable_any stopped_;
};

struct Signals {
  Precedence door;
  Signal events;                     // an event was accepted
  Signal planned;                    // a run waits for its plan
  Signal ready{Signal::Wakes::one};  // a run may start
  Signal outbox;                     // something is to be said
  Signal stops;                      // a person wants a run ended that executes
};

}  // namespace countersign::engine
