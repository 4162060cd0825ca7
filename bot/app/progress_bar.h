// How far something long is, on one line of the terminal that stderr is; nothing where it is none.
#pragma once
#include <chrono>
#include <string>

namespace countersign::app {

class ProgressBar {
 public:
  ProgressBar();
  ~ProgressBar();  // takes the line away
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  // `part` from 0 to 1. Drawn ten times a second at most.
  void show(double part, const std::string& words);

 private:
  const bool seen_;
  bool drawn_ = false;
  std::chrono::steady_clock::time_point next_{};
};

}  // namespace countersign::app
