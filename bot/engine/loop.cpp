#include "bot/engine/loop.h"

#include <algorithm>
#include <exception>

#include "bot/obs/log.h"

namespace countersign::engine {

Loop::Loop(std::string name, Signal& signal, std::chrono::milliseconds poll,
           std::function<bool(std::stop_token)> step)
    : name_(std::move(name)),
      signal_(signal),
      poll_(poll),
      step_(std::move(step)),
      thread_([this](const std::stop_token& stop) { run(stop); }) {}

Loop::~Loop() { stop(); }

void Loop::request_stop() { thread_.request_stop(); }

void Loop::stop() {
  thread_.request_stop();
  if (thread_.joinable()) thread_.join();
}

void Loop::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (attempt(stop)) continue;
    const auto pause =
        failures_ == 0 ? poll_ : std::chrono::milliseconds(100) * (1 << std::min(failures_, 6));
    signal_.wait(pause, stop, heard_);
  }
}

bool Loop::attempt(const std::stop_token& stop) {
  try {
    const bool more = step_(stop);
    if (failures_ > 0)
      obs::info("works again", {{"part", name_}, {"failures", std::to_string(failures_)}});
    failures_ = 0;
    last_error_.clear();
    return more;
  } catch (const std::exception& e) {
    ++failures_;
    if (last_error_ != e.what())
      obs::error("cannot go on, trying again", {{"part", name_}, {"why", e.what()}});
    last_error_ = e.what();
    return false;
  }
}

}  // namespace countersign::engine
