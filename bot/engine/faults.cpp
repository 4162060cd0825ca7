#include "bot/engine/faults.h"

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <string>

#include <unistd.h>

namespace countersign::engine {

void crash_point(std::string_view name) {
  static const char* const armed = std::getenv("COUNTERSIGN_CRASH_AT");
  if (!armed || name != armed) return;
  static std::atomic<int> passes{[] {
    const char* after = std::getenv("COUNTERSIGN_CRASH_AFTER");
    return after ? std::atoi(after) : 0;
  }()};
  if (passes-- > 0) return;
  ::kill(::getpid(), SIGKILL);
}

}  // namespace countersign::engine
