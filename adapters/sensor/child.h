// A program that runs for a long time and prints. It leads a process group of its own, has a fixed
// environment and no descriptor but 0, 1 and 2, reads nothing, and dies with us.
#pragma once
#include <sys/types.h>

#include <chrono>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "bot/core/result.h"

namespace countersign::adapters::sensor {

class Descriptor {
 public:
  explicit Descriptor(int fd = -1) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept;
  Descriptor& operator=(Descriptor&& other) noexcept;
  ~Descriptor() { close(); }
  void close();
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_;
};

class Child {
 public:
  struct Spec {
    std::vector<std::string> argv;           // argv[0]: the absolute path; no shell reads any of it
    std::map<std::string, std::string> env;  // all of it
    std::string user;                        // whom root becomes; empty: nobody else
    std::chrono::milliseconds grace{5'000};  // between SIGTERM and SIGKILL
  };
  // Belongs to the thread that starts it: the child dies with that thread.
  static Result<std::unique_ptr<Child>> start(const Spec& spec);
  ~Child();  // end()

  // Waits until there is something to read or the end, and reads a portion of each. False: it has
  // ended and all is read, or `stop` was asked for.
  bool read(std::string& out, std::string& err, const std::stop_token& stop);
  // Ends the whole group, the hard way after the grace; how it ended, in words. Twice-safe.
  const std::string& end();

 private:
  Child(pid_t pid, std::chrono::milliseconds grace, Descriptor pidfd, Descriptor out,
        Descriptor err);
  bool exited() const;
  void wait_for_exit() const;

  const pid_t pid_;
  const std::chrono::milliseconds grace_;
  Descriptor pidfd_, out_, err_;
  std::string words_;  // empty: not ended yet
};

}  // namespace countersign::adapters::sensor
