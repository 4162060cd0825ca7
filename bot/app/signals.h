// SIGINT and SIGTERM end the program, SIGHUP reloads. block_signals() is called in main before any
// thread is made, so that all of them arrive in wait_for_end().
#pragma once
#include <functional>

namespace countersign::app {

void block_signals();
// Returns at SIGINT or SIGTERM; calls `reload` at each SIGHUP. A second SIGINT afterwards ends the
// process at once.
void wait_for_end(const std::function<void()>& reload);

}  // namespace countersign::app
