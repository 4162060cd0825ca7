#include "bot/app/state_dir.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace countersign::app {
namespace {

std::string read_line(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  return line;
}

}  // namespace

Result<StateDir> StateDir::open(const std::string& path, core::IdSource& ids) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem)
    return unavailable("the state directory " + path + " cannot be made: " + problem.message());
  const auto file = std::filesystem::path(path) / "bot.lock";
  const int lock = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0) return unavailable("the state directory " + path + " cannot be written");
  if (::flock(lock, LOCK_EX | LOCK_NB) != 0) {
    const std::string holder = read_line(file);
    ::close(lock);
    return unavailable("the state directory " + path + " is in use by process " +
                       (holder.empty() ? "(unknown)" : holder) +
                       "; stop it, or name another directory");
  }
  const std::string pid = std::to_string(::getpid()) + "\n";
  if (::ftruncate(lock, 0) != 0 || ::pwrite(lock, pid.data(), pid.size(), 0) < 0) {
    ::close(lock);
    return unavailable("the state directory " + path + " cannot be written");
  }
  const auto identity = std::filesystem::path(path) / "replica";
  std::string replica = read_line(identity);
  if (replica.size() != 36) {
    replica = ids.uuid();
    std::ofstream(identity) << replica << "\n";
  }
  return StateDir(path, lock, replica);
}

StateDir::StateDir(StateDir&& other) noexcept
    : path_(std::move(other.path_)), lock_(other.lock_), replica_(std::move(other.replica_)) {
  other.lock_ = -1;
}

StateDir::~StateDir() {
  if (lock_ >= 0) ::close(lock_);
}

void StateDir::note_database(const std::string& url) const {
  std::ofstream(std::filesystem::path(path_) / "database_url") << url << "\n";
}

std::string StateDir::noted_database(const std::string& path) {
  return read_line(std::filesystem::path(path) / "database_url");
}

}  // namespace countersign::app
