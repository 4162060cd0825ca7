// A log that others can fill is written at a walking pace: so many lines in a minute, and then how
// many were left out.
#pragma once
#include <chrono>

namespace countersign::engine {

class Paced {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr int kLines = 20;
  static constexpr std::chrono::minutes kWindow{1};

  // Whether one more may be written now. `left_out`: how many were not since the last that was.
  bool pass(Clock::time_point now, int& left_out) {
    if (now - began_ >= kWindow) {
      began_ = now;
      lines_ = 0;
    }
    if (lines_ >= kLines) {
      ++left_out_;
      return false;
    }
    ++lines_;
    left_out = left_out_;
    left_out_ = 0;
    return true;
  }

 private:
  Clock::time_point began_{};
  int lines_ = 0;
  int left_out_ = 0;
};

}  // namespace countersign::engine
