// Of the commands that serve: SIGINT and SIGTERM end the program politely, SIGHUP reloads. They
// call block_signals() before any thread is made, so that all of them arrive in wait_for_end().
#pragma once
#include <functional>
#include <thread>

namespace countersign::app {

void block_signals();
// Returns SIGINT or SIGTERM, whichever came; calls `reload` at each SIGHUP. A SIGINT afterwards
// ends the process at once.
int wait_for_end(const std::function<void()>& reload);

// While it lives, another SIGTERM calls `hurry`, from a thread of its own.
class Impatience {
 public:
  explicit Impatience(std::function<void()> hurry);

 private:
  std::jthread thread_;
};

}  // namespace countersign::app
