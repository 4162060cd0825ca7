#include "bot/store/postgres_home.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pwd.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstring>
#include <fstream>
#include <optional>

#include "bot/core/digest.h"

namespace countersign::store {
namespace fs = std::filesystem;
namespace {

constexpr std::size_t kSocketPathLimit = 107;  // sun_path, less the final NUL
constexpr char kSocketName[] = "/.s.PGSQL.5432";
constexpr char kFarHome[] = "/var/lib/countersign";

std::string short_hash(const fs::path& path) {
  return core::sha256_hex(path.string()).substr(0, 12);
}

Error cannot(std::string_view what, const fs::path& path) {
  return {ErrorKind::unavailable,
          fmt::format("cannot {} {}: {}", what, path.string(), std::strerror(errno))};
}

// May this account go through every folder down to `path`? By mode bits; access lists are not
// looked at.
bool can_reach(const Account& account, const fs::path& path) {
  for (fs::path p = path;; p = p.parent_path()) {
    struct stat s {};
    if (stat(p.c_str(), &s) != 0) return false;
    const mode_t needed = s.st_uid == account.uid   ? S_IXUSR
                          : s.st_gid == account.gid ? S_IXGRP
                                                    : S_IXOTH;
    if ((s.st_mode & needed) == 0) return false;
    if (p == p.root_path()) return true;
  }
}

// A folder for the account alone. One that exists and is somebody else's is refused, never taken
// over.
Result<void> own_folder(const fs::path& path, const Account& account) {
  if (mkdir(path.c_str(), 0700) == 0) {
    if (geteuid() == 0 && chown(path.c_str(), account.uid, account.gid) != 0)
      return cannot("give away", path);
    return {};
  }
  if (errno != EEXIST) return cannot("make", path);
  struct stat s {};
  if (lstat(path.c_str(), &s) != 0) return cannot("look at", path);
  if (!S_ISDIR(s.st_mode)) return refused(path.string() + " is in the way: it is not a folder");
  if (s.st_uid != account.uid) {
    return refused(
        fmt::format("{} belongs to user {}: start as that user, or name another state_dir",
                    path.string(), s.st_uid));
  }
  if (chmod(path.c_str(), 0700) != 0) return cannot("protect", path);
  return {};
}

// As root: the owner of what is there already, else `postgres`, else `nobody`.
Result<Account> choose_account(const fs::path& home) {
  if (geteuid() != 0) return Account{geteuid(), getegid()};
  struct stat s {};
  if (stat(home.c_str(), &s) == 0 && s.st_uid != 0) return Account{s.st_uid, s.st_gid};
  for (const char* name : {"postgres", "nobody"}) {
    if (const passwd* user = getpwnam(name); user && user->pw_uid != 0)
      return Account{user->pw_uid, user->pw_gid};
  }
  return refused(
      "PostgreSQL does not run as root, and there is neither a user postgres nor nobody to run it "
      "as");
}

// The folder for data and socket: below the state directory, or, where root started us and the
// account cannot get there, in /var/lib with a link in the state directory.
Result<fs::path> make_home(const fs::path& link, const Account& account) {
  std::error_code failed;
  if (fs::is_symlink(link, failed)) {
    const fs::path target = fs::read_symlink(link, failed);
    const auto owned = own_folder(target, account);
    if (!owned) return owned.error();
    return target;
  }
  if (geteuid() != 0 || can_reach(account, link.parent_path())) {
    const auto owned = own_folder(link, account);
    if (!owned) return owned.error();
    return link;
  }
  const fs::path far = fs::path(kFarHome) / short_hash(link);
  fs::create_directories(far.parent_path(), failed);
  const auto owned = own_folder(far, account);
  if (!owned) return owned.error();
  if (symlink(far.c_str(), link.c_str()) != 0) return cannot("link", link);
  return far;
}

Result<fs::path> make_socket_dir(const fs::path& home, const Account& account) {
  fs::path dir = home / "run";
  if (dir.string().size() + std::strlen(kSocketName) > kSocketPathLimit)
    dir = "/tmp/countersign-" + short_hash(home);
  const auto owned = own_folder(dir, account);
  if (!owned) return owned.error();
  return dir;
}

std::optional<int> read_number(const fs::path& file) {
  std::ifstream in(file);
  int n = 0;
  if (in >> n) return n;
  return std::nullopt;
}

bool has_server(const fs::path& bin) {
  return access((bin / "initdb").c_str(), X_OK) == 0 &&
         access((bin / "postgres").c_str(), X_OK) == 0;
}

// The newest installed server, or the one that made the data if there is any.
Result<fs::path> find_server(const fs::path& data) {
  const std::optional<int> wanted = read_number(data / "PG_VERSION");
  int best = 0;
  fs::path found;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", failed)) {
    const std::string name = entry.path().filename();
    int version = 0;
    std::from_chars(name.data(), name.data() + name.size(), version);
    if (version <= best || (wanted && version != *wanted) || !has_server(entry.path() / "bin"))
      continue;
    best = version;
    found = entry.path() / "bin";
  }
  if (!found.empty()) return found;
  std::string path = std::getenv("PATH") ? std::getenv("PATH") : "";
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find(':', at), path.size());
    if (const fs::path dir = path.substr(at, end - at); !dir.empty() && has_server(dir)) return dir;
    at = end + 1;
  }
  if (wanted) {
    return unavailable(fmt::format(
        "the data in {} was made by PostgreSQL {}, which is not installed here: install the "
        "package postgresql-{}, or set database.url",
        data.string(), *wanted, *wanted));
  }
  return unavailable(
      "no PostgreSQL server found (initdb, postgres): install the package postgresql, or set "
      "database.url");
}

}  // namespace

Result<StateLock> StateLock::take(const fs::path& state_dir) {
  const fs::path file = state_dir / "lock";
  const int fd = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (fd < 0) return cannot("open", file);
  StateLock lock(fd);
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    const auto holder = read_number(file);
    return Error{ErrorKind::conflict,
                 fmt::format("{} is in use by process {}: stop it first, or name another state_dir",
                             state_dir.string(), holder ? std::to_string(*holder) : "unknown")};
  }
  const std::string pid = std::to_string(getpid()) + "\n";
  if (ftruncate(fd, 0) != 0 || write(fd, pid.data(), pid.size()) < 0) return cannot("write", file);
  return lock;
}

void StateLock::release() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

Result<PostgresHome> prepare_home(const fs::path& state_dir) {
  const fs::path link = state_dir / "postgres";
  const auto account = choose_account(link);
  if (!account) return account.error();
  const auto made = make_home(link, *account);
  if (!made) return made.error();
  std::error_code failed;
  const fs::path home = fs::canonical(*made, failed);
  if (failed)
    return unavailable(fmt::format("cannot resolve {}: {}", made->string(), failed.message()));
  const auto socket_dir = make_socket_dir(home, *account);
  if (!socket_dir) return socket_dir.error();
  const auto bin = find_server(home / "data");
  if (!bin) return bin.error();
  return PostgresHome{*account, *bin, home / "data", *socket_dir, state_dir / "postgres.log"};
}

}  // namespace countersign::store
