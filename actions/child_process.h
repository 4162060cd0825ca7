// One child process: started, fed nothing, watched, captured, ended. The only file that knows how
// processes are made.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace countersign::actions {

struct ChildSpec {
  std::vector<std::string>
      argv;  // argv[0] is the program's absolute path; no shell reads any of it
  std::string cwd = "/";
  std::map<std::string, std::string> env;  // all of it
  std::chrono::milliseconds timeout{60'000};
  std::chrono::milliseconds grace{5'000};  // between SIGTERM and SIGKILL, both to the whole group
  std::size_t output_limit = 64 * 1024;  // of stdout and stderr together; more is read and dropped
  std::function<void(std::string_view)> on_output;  // all of it, as it comes; may be empty
};

struct ChildResult {
  enum class End {
    not_started,  // proven: the program did not begin; `code` is the errno
    exited,       // by itself, with exit code `code`
    killed,       // by signal `code`, or still there after SIGKILL (code 0)
  } end = End::not_started;
  enum class Cut { none, timeout, stop } cut = Cut::none;  // why we ended it, if we did
  int code = 0;
  std::string output;  // made valid UTF-8 without U+0000
  bool truncated = false;
};

// Blocking. The child leads a process group of its own and inherits no descriptor but 0, 1 and 2.
// When it has ended, whatever is left of its group is killed; a grandchild that left the group and
// holds the pipe open delays nothing (T29).
ChildResult run_child(const ChildSpec& spec, std::stop_token stop);

}  // namespace countersign::actions
