#include "bot/engine/faults.h"

#include <array>
#include <atomic>
#include <csignal>
#include <cstdlib>

namespace countersign::engine {
namespace {

struct Trap {
  Trap(const char* at, const char* after, int its_signal) : signal(its_signal) {
    if (const char* name = std::getenv(at)) place = name;
    if (const char* count = std::getenv(after)) passes = std::atoi(count);
  }
  // This very thread goes no further: a signal for the process alone might let it.
  void step_on(std::string_view name) {
    if (!place.empty() && name == place && passes-- == 0) ::raise(signal);
  }

  const int signal;
  std::string_view place;
  std::atomic<int> passes{0};
};

}  // namespace

void crash_point(std::string_view name) {
  static const bool armed =
      std::getenv("COUNTERSIGN_CRASH_AT") || std::getenv("COUNTERSIGN_PAUSE_AT");
  if (!armed) return;
  static std::array traps{Trap("COUNTERSIGN_CRASH_AT", "COUNTERSIGN_CRASH_AFTER", SIGKILL),
                          Trap("COUNTERSIGN_PAUSE_AT", "COUNTERSIGN_PAUSE_AFTER", SIGSTOP)};
  for (Trap& trap : traps) trap.step_on(name);
}

}  // namespace countersign::engine
