// Child processes of PostgreSQL: one that ends by itself (initdb), and the server, kept alive by a
// thread.
#pragma once
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "bot/store/postgres_home.h"

namespace countersign::store {

struct ProcessSpec {
  std::vector<std::string> argv;  // argv[0] is the absolute path of the program
  Account account;
  std::filesystem::path log;  // gets stdout and stderr, appended
};

// Waits for its end. 0: done. Anything else: the log says why.
int run_to_end(const ProcessSpec& spec);

// Keeps a server running until stop(): started again with back-off whenever it ends by itself. It
// gets a fast shutdown from the kernel when we are killed. Ctrl-C does not reach it: it has a
// session of its own.
class PostgresServer {
 public:
  PostgresServer(ProcessSpec spec, std::filesystem::path data);  // returns at once
  ~PostgresServer() { stop(); }
  void stop();        // returns when it has ended; twice-safe
  int exits() const;  // how often it ended by itself

 private:
  void supervise();
  void stop_orphan();
  bool wait_for_exit(pid_t child);

  const ProcessSpec spec_;
  const std::filesystem::path data_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool stopping_ = false;  // guarded by mutex_, as are all below
  pid_t child_ = 0;
  int exits_ = 0;

  // The kernel ties a child to the thread that made it, not to the process: this thread lives as
  // long as the child.
  std::thread thread_;
};

}  // namespace countersign::store
