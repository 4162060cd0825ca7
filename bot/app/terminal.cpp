#include "bot/app/terminal.h"

#include <termios.h>
#include <unistd.h>

#include <iostream>

namespace countersign::app {
namespace {

class NoEcho {
 public:
  NoEcho() {
    changed_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    termios hidden = before_;
    hidden.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &hidden);
  }
  ~NoEcho() {
    if (changed_) tcsetattr(STDIN_FILENO, TCSAFLUSH, &before_);
    std::cerr << "\n";
  }
  NoEcho(const NoEcho&) = delete;
  NoEcho& operator=(const NoEcho&) = delete;

 private:
  termios before_{};
  bool changed_ = false;
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
