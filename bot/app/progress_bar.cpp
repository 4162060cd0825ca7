#include "bot/app/progress_bar.h"

#include <unistd.h>

#include <algorithm>
#include <iostream>

namespace countersign::app {
namespace {

constexpr std::size_t kWidth = 30;
constexpr std::chrono::milliseconds kPause{100};

}  // namespace

ProgressBar::ProgressBar() : seen_(isatty(STDERR_FILENO) == 1) {}

ProgressBar::~ProgressBar() {
  if (drawn_) std::cerr << "\r\033[K" << std::flush;
}

void ProgressBar::show(double part, const std::string& words) {
  const auto now = std::chrono::steady_clock::now();
  if (!seen_ || now < next_) return;
  next_ = now + kPause;
  drawn_ = true;
  const double clamped = std::clamp(part, 0.0, 1.0);
  const auto full = static_cast<std::size_t>(clamped * kWidth);
  std::cerr << "\r[" << std::string(full, '#') << std::string(kWidth - full, '.') << "] "
            << static_cast<int>(clamped * 100) << " %  " << words << "\033[K" << std::flush;
}

}  // namespace countersign::app
