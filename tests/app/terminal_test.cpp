// Questions at a terminal that is a pseudo terminal here.
#include "bot/app/terminal.h"

#include <gtest/gtest.h>

#include <array>
#include <csignal>

#include <fcntl.h>
#include <pty.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

namespace countersign::app {
namespace {

constexpr unsigned kDeadline =
    20; // seconds, after which the one who is asked ends

bool shows_what_is_typed(int terminal) {
  termios now{};
  EXPECT_EQ(tcgetattr(terminal, &now), 0);
  return (now.c_lflag & static_cast<tcflag_t>(ECHO)) != 0;
}

TEST(Terminal, shows_what_is_typed_again_after_an_interrupted_question) {
  int master = -1;
  std::array<char, 256> name{};
  const pid_t child = forkpty(&master, name.data(), nullptr, nullptr);
  ASSERT_GE(child, 0);
  if (child == 0) {
    alarm(kDeadline);
    ask_hidden("Code: ");
    _exit(0);
  }
  const int terminal = open(name.data(), O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  std::string said;
  for (char c = 0;
       said.find("Code: ") == std::string::npos && read(master, &c, 1) == 1;)
    said += c;
  EXPECT_FALSE(shows_what_is_typed(terminal));
  ASSERT_EQ(write(master, "\x03", 1), 1);
  int status = 0;
  ASSERT_EQ(waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
  EXPECT_TRUE(shows_what_is_typed(terminal));
  close(terminal);
  close(master);
}

} // namespace
} // namespace countersign::app
