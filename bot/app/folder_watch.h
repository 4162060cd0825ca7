// Notices that something below some folders has changed (inotify), once it has been quiet for a
// moment: an editor and a git checkout write more than once.
#pragma once
#include <functional>
#include <string>
#include <thread>
#include <vector>

namespace countersign::app {

class FolderWatch {
 public:
  // Calls `changed` from a thread of its own, never twice at a time. Folders that do not exist, and
  // what cannot be watched, are told to the log.
  FolderWatch(std::vector<std::string> folders, std::function<void()> changed);
  ~FolderWatch();  // waits for a call that is under way
  FolderWatch(const FolderWatch&) = delete;
  FolderWatch& operator=(const FolderWatch&) = delete;

 private:
  void watch(const std::string& folder);
  void watch_all();
  bool drain();            // true: something worth a call
  bool wait(int timeout);  // until something happens or it is to end; milliseconds, -1 for ever
  void run(const std::stop_token& stop);

  const std::vector<std::string> folders_;
  const std::function<void()> changed_;
  int notify_ = -1;
  int wake_ = -1;
  std::jthread thread_;
};

}  // namespace countersign::app
