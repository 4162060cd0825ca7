#include "bot/app/folder_watch.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "bot/obs/log.h"

namespace countersign::app {
namespace {

namespace fs = std::filesystem;

constexpr int kQuiet = 500;  // milliseconds
constexpr std::uint32_t kMask =
    IN_CLOSE_WRITE | IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_DELETE_SELF;

// Editors leave these beside what they edit.
bool is_by_product(const std::string& name) {
  return name.starts_with('.') || name.ends_with('~') || name.ends_with(".swp") || name == "4913";
}

}  // namespace

FolderWatch::FolderWatch(std::vector<std::string> folders, std::function<void()> changed)
    : folders_(std::move(folders)),
      changed_(std::move(changed)),
      notify_(inotify_init1(IN_CLOEXEC | IN_NONBLOCK)),
      wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  if (notify_ < 0 || wake_ < 0) {
    obs::warning("changes of rules are not noticed by themselves; SIGHUP reloads them",
                 {{"why", std::strerror(errno)}});
    return;
  }
  watch_all();
  thread_ = std::jthread([this](const std::stop_token& stop) { run(stop); });
}

FolderWatch::~FolderWatch() {
  thread_.request_stop();
  if (wake_ >= 0) eventfd_write(wake_, 1);
  if (thread_.joinable()) thread_.join();
  for (const int fd : {notify_, wake_}) {
    if (fd >= 0) close(fd);
  }
}

void FolderWatch::watch(const std::string& folder) {
  if (inotify_add_watch(notify_, folder.c_str(), kMask) < 0 && errno != ENOENT)
    obs::warning("a folder cannot be watched; SIGHUP reloads what changes there",
                 {{"folder", folder}, {"why", std::strerror(errno)}});
}

// Asking again for one that is watched changes nothing.
void FolderWatch::watch_all() {
  for (const std::string& folder : folders_) {
    watch(folder);
    std::error_code ignored;
    for (auto it = fs::recursive_directory_iterator(
             folder, fs::directory_options::skip_permission_denied, ignored);
         !ignored && it != fs::recursive_directory_iterator(); it.increment(ignored)) {
      if (it->is_directory(ignored)) watch(it->path().string());
    }
  }
}

bool FolderWatch::drain() {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer{};
  bool any = false;
  for (ssize_t n = 0; (n = read(notify_, buffer.data(), buffer.size())) > 0;) {
    for (ssize_t at = 0; at < n;) {
      inotify_event head{};
      std::memcpy(&head, buffer.data() + at, sizeof(head));
      const char* name = buffer.data() + at + sizeof(head);
      any = any || head.len == 0 || !is_by_product(name);
      at += static_cast<ssize_t>(sizeof(head)) + head.len;
    }
  }
  return any;
}

bool FolderWatch::wait(int timeout) {
  std::array<pollfd, 2> fds{pollfd{notify_, POLLIN, 0}, pollfd{wake_, POLLIN, 0}};
  return poll(fds.data(), fds.size(), timeout) > 0;
}

void FolderWatch::run(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    wait(-1);
    bool any = drain();
    while (!stop.stop_requested() && wait(kQuiet)) any = drain() || any;
    if (stop.stop_requested() || !any) continue;
    watch_all();
    changed_();
  }
}

}  // namespace countersign::app
