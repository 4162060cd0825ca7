// One thread that does jobs in order, for what may block and must not hold the io thread.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <stop_token>
#include <thread>

namespace countersign::adapters::chat {

class Worker {
 public:
  using Job = std::function<void(std::stop_token)>;

  explicit Worker(std::size_t limit) : limit_(limit) {}
  ~Worker() { stop(); }
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void start();
  // Thread-safe. False when `limit` jobs wait already, or after stop(): the job is dropped.
  bool add(Job job);
  // Returns when no job runs; those that wait are dropped. Twice-safe.
  void stop();

 private:
  void run(const std::stop_token& stop);

  const std::size_t limit_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  std::deque<Job> jobs_;  // guarded by mutex_
  bool closed_ = false;   // guarded by mutex_
  std::jthread thread_;
};

}  // namespace countersign::adapters::chat
