// A thread that repeats a public step: run_once() does one portion of work and says whether there
// may be more.
#pragma once
#include <chrono>
#include <functional>
#include <string>
#include <thread>

#include "bot/engine/signals.h"

namespace countersign::engine {

class Loop {
 public:
  // `step` runs until it returns false, then the loop waits for the signal or the poll interval. A
  // step that throws is logged once per change of reason and tried again with a growing pause.
  Loop(std::string name, Signal& signal, std::chrono::milliseconds poll,
       std::function<bool(std::stop_token)> step);
  ~Loop();              // stop()
  void request_stop();  // returns at once
  void stop();          // waits for the step under way; twice-safe

 private:
  void run(const std::stop_token& stop);
  bool attempt(const std::stop_token& stop);

  const std::string name_;
  Signal& signal_;
  const std::chrono::milliseconds poll_;
  const std::function<bool(std::stop_token)> step_;
  std::string last_error_;  // touched by the thread only
  int failures_ = 0;        // likewise
  std::uint64_t heard_ = 0;  // likewise
  std::jthread thread_;     // last: it uses all of the above
};

}  // namespace countersign::engine
