// The io thread: one event loop for all sockets and timers. Nothing that runs on it may block.
#pragma once
#include <chrono>
#include <functional>
#include <memory>

namespace countersign::net {

class Io {
 public:
  Io();   // starts the thread
  ~Io();  // stop()
  Io(const Io&) = delete;
  Io& operator=(const Io&) = delete;

  void post(std::function<void()> work);  // thread-safe; runs on the io thread
  // A timer: runs `work` on the io thread after `delay` unless cancelled. Thread-safe.
  class Timer {
   public:
    Timer() = default;
    void cancel();  // no call begins after this returns, when called on the io thread
   private:
    friend class Io;
    struct State;
    std::shared_ptr<State> state_;
  };
  Timer after(std::chrono::milliseconds delay, std::function<void()> work);
  void stop();  // twice-safe; returns when the thread has ended

  struct Impl;
  Impl& impl() { return *impl_; }  // for the files of this room only

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::net
