// Where a private PostgreSQL lives and as whom it runs.
#pragma once
#include <sys/types.h>

#include <filesystem>
#include <string>

#include "bot/core/result.h"

namespace countersign::store {

// The right to use a state directory, held by at most one process; gone when that process ends,
// however it ends.
class StateLock {
 public:
  static Result<StateLock> take(
      const std::filesystem::path& state_dir);  // an Error names the holder's pid
  StateLock(StateLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  StateLock& operator=(StateLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~StateLock() { release(); }
  void release();

 private:
  explicit StateLock(int fd) : fd_(fd) {}
  int fd_ = -1;
};

struct Account {
  uid_t uid = 0;
  gid_t gid = 0;
};

struct PostgresHome {
  Account account;             // PostgreSQL refuses to run as root
  std::filesystem::path bin;   // folder of initdb and postgres
  std::filesystem::path data;  // may not exist yet
  std::filesystem::path socket_dir;
  std::filesystem::path log;
};

// Makes the folders, owned by the account that will run the server. Needs the lock of the state
// directory, which is absolute.
Result<PostgresHome> prepare_home(const std::filesystem::path& state_dir);

}  // namespace countersign::store
