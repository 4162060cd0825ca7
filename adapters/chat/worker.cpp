#include "adapters/chat/worker.h"

#include <exception>

#include "bot/obs/log.h"

namespace countersign::adapters::chat {

void Worker::start() {
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

bool Worker::add(Job job) {
  const std::lock_guard lock(mutex_);
  if (closed_ || jobs_.size() >= limit_) return false;
  jobs_.push_back(std::move(job));
  changed_.notify_one();
  return true;
}

void Worker::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
  std::deque<Job> dropped;
  const std::lock_guard lock(mutex_);
  closed_ = true;
  dropped.swap(jobs_);
}

void Worker::run(const std::stop_token& stop) {
  for (;;) {
    Job job;
    {
      std::unique_lock lock(mutex_);
      if (!changed_.wait(lock, stop, [this] { return !jobs_.empty(); }) || stop.stop_requested())
        return;
      job = std::move(jobs_.front());
      jobs_.pop_front();
    }
    try {
      job(stop);
    } catch (const std::exception& e) {
      obs::error("a job of the chat adapter failed", {{"what", e.what()}});
    }
  }
}

}  // namespace countersign::adapters::chat
