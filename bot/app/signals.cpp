#include "bot/app/signals.h"

#include <csignal>
#include <utility>

#include <pthread.h>

namespace countersign::app {
namespace {

sigset_t ours() {
  sigset_t set;
  sigemptyset(&set);
  for (const int s : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, s);
  return set;
}

}  // namespace

void block_signals() {
  const sigset_t set = ours();
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

int wait_for_end(const std::function<void()>& reload) {
  const sigset_t set = ours();
  int received = 0;
  while (sigwait(&set, &received) == 0 && received == SIGHUP) reload();
  // Whoever presses Ctrl-C again does not want to wait for a polite end.
  std::signal(SIGINT, SIG_DFL);
  sigset_t interrupt;
  sigemptyset(&interrupt);
  sigaddset(&interrupt, SIGINT);
  pthread_sigmask(SIG_UNBLOCK, &interrupt, nullptr);
  return received;
}

Impatience::Impatience(std::function<void()> hurry)
    : thread_([hurry = std::move(hurry)](const std::stop_token& stop) {
        sigset_t terminate;
        sigemptyset(&terminate);
        sigaddset(&terminate, SIGTERM);
        const timespec look{.tv_sec = 0, .tv_nsec = 100'000'000};
        while (!stop.stop_requested()) {
          if (sigtimedwait(&terminate, nullptr, &look) == SIGTERM) hurry();
        }
      }) {}

}  // namespace countersign::app
