#include "bot/app/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <iostream>

namespace countersign::app {
namespace {

constexpr std::array kEnding = {SIGINT, SIGTERM, SIGHUP};
termios before;  // as the terminal was; read by the handler of a signal

// Installed for one signal only (SA_RESETHAND), so that the second is the end.
void show_again(int signal) {
  tcsetattr(STDIN_FILENO, TCSANOW, &before);
  raise(signal);
}

// Whoever ends the program at the question gets a terminal back that shows what is typed. One at a
// time.
class NoEcho {
 public:
  NoEcho() : changed_(tcgetattr(STDIN_FILENO, &before) == 0) {
    if (!changed_) return;
    struct sigaction action {};
    action.sa_handler = show_again;
    action.sa_flags = static_cast<int>(SA_RESETHAND);
    for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding[i], &action, &handled_[i]);
    termios hidden = before;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~NoEcho() {
    std::cerr << "\n";
    if (!changed_) return;
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    for (std::size_t i = 0; i < kEnding.size(); ++i) sigaction(kEnding[i], &handled_[i], nullptr);
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  const bool changed_;
  std::array<struct sigaction, kEnding.size()> handled_{};
};

}  // namespace

bool at_terminal() { return isatty(STDIN_FILENO) == 1; }

std::string ask(const std::string& question) {
  std::cerr << question << std::flush;
  std::string line;
  std::getline(std::cin, line);
  return line;
}

std::string ask_hidden(const std::string& question) {
  const NoEcho hidden;
  return ask(question);
}

}  // namespace countersign::app
