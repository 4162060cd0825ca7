#include "bot/store/private_postgres.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <locale.h>
#include <unistd.h>

#include <cstring>
#include <fstream>
#include <thread>

#include "bot/store/pg.h"
#include "bot/store/postgres_home.h"
#include "bot/store/postgres_process.h"

namespace countersign::store {
namespace fs = std::filesystem;
namespace {

constexpr std::chrono::seconds kStartLimit{120};  // crash recovery may take its time
constexpr int kHopeless = 8;                      // ends in a row before anything answered
constexpr std::uintmax_t kLogLimit = 8 * 1024 * 1024;

std::string percent_encode(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) ||
                       std::string_view("/._-").find(c) != std::string_view::npos;
    out += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return out;
}

std::string url_of(const PostgresHome& home, std::string_view database) {
  return fmt::format("postgresql:///{}?host={}&port=5432&user=countersign", database,
                     percent_encode(home.socket_dir.string()));
}

// What the server or initdb said last, on one line.
std::string last_words(const fs::path& log) {
  std::ifstream in(log);
  std::string line, last;
  while (std::getline(in, line)) {
    if (!line.empty()) last = line;
  }
  return last;
}

bool has_locale(const char* name) {
  const locale_t found = newlocale(LC_ALL_MASK, name, nullptr);
  if (found != nullptr) freelocale(found);
  return found != nullptr;
}

// One call for the whole file system takes a fraction of what initdb's thousand take.
bool reach_the_disk(const fs::path& folder) {
  const int fd = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  const bool done = fd >= 0 && syncfs(fd) == 0;
  if (fd >= 0) close(fd);
  return done;
}

// Into a side folder that gets its name when it is complete: whoever is killed halfway begins
// again.
Result<void> create_cluster(const PostgresHome& home) {
  const fs::path unfinished = home.data.string() + ".new";
  std::error_code failed;
  fs::remove_all(unfinished, failed);
  const std::string locale = has_locale("C.UTF-8") ? "C.UTF-8" : "C";
  const ProcessSpec initdb{
      {home.bin / "initdb", "--pgdata=" + unfinished.string(), "--username=countersign",
       "--auth=trust", "--encoding=UTF8", "--locale=" + locale, "--no-instructions", "--no-sync"},
      home.account,
      home.log};
  if (run_to_end(initdb) != 0) {
    return unavailable(fmt::format("cannot create a database in {}: {} (more in {})",
                                   home.data.string(), last_words(home.log), home.log.string()));
  }
  if (!reach_the_disk(unfinished)) {
    return unavailable(
        fmt::format("cannot write {} to the disk: {}", unfinished.string(), std::strerror(errno)));
  }
  fs::rename(unfinished, home.data, failed);
  if (failed)
    return unavailable(fmt::format("cannot make {}: {}", home.data.string(), failed.message()));
  return {};
}

ProcessSpec server_of(const PostgresHome& home) {
  std::vector<std::string> argv{home.bin / "postgres", "-D", home.data};
  for (const std::string& setting :
       {std::string("listen_addresses="), "unix_socket_directories=" + home.socket_dir.string(),
        std::string("unix_socket_permissions=0700"), std::string("port=5432"),
        std::string("shared_buffers=32MB"), std::string("max_connections=60"),
        std::string("max_wal_size=512MB"), std::string("jit=off"),
        std::string("max_parallel_workers_per_gather=0"), std::string("logging_collector=off"),
        std::string("log_destination=stderr")}) {
    argv.insert(argv.end(), {"-c", setting});
  }
  return {std::move(argv), home.account, home.log};
}

void keep_log_small(const fs::path& log) {
  std::error_code failed;
  if (fs::file_size(log, failed) > kLogLimit && !failed)
    fs::rename(log, log.string() + ".1", failed);
}

// Blocks until it answers, or until it is clear that it will not.
Result<void> wait_until_ready(const PostgresHome& home, const PostgresServer& server) {
  Database probe({url_of(home, "postgres"), 1});
  const auto deadline = std::chrono::steady_clock::now() + kStartLimit;
  for (std::string why; !probe.reachable(&why);) {
    if (server.exits() >= kHopeless || std::chrono::steady_clock::now() > deadline) {
      return unavailable(fmt::format("the private PostgreSQL does not start: {} (more in {})",
                                     last_words(home.log), home.log.string()));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return {};
}

Result<void> create_database(const PostgresHome& home) {
  try {
    if (Database({url_of(home, "countersign"), 1}).reachable()) return {};
    Database({url_of(home, "postgres"), 1}).script("CREATE DATABASE countersign");
    return {};
  } catch (const StoreError& e) {
    return Error{e.kind(), e.what()};
  }
}

}  // namespace

struct PrivatePostgres::Impl {
  Impl(StateLock taken, const PostgresHome& home)
      : lock(std::move(taken)),
        socket_dir(home.socket_dir),
        url(url_of(home, "countersign")),
        server(server_of(home), home.data) {}
  StateLock lock;
  const fs::path socket_dir;
  const std::string url;
  PostgresServer server;  // ends before the lock does
};

Result<std::unique_ptr<PrivatePostgres>> PrivatePostgres::start(PrivatePostgresOptions options) {
  const auto say = [&](const std::string& text) {
    if (options.progress) options.progress(text);
  };
  std::error_code failed;
  const fs::path wanted = fs::absolute(options.state_dir, failed);
  fs::create_directories(wanted, failed);
  const fs::path state_dir = fs::canonical(wanted, failed);
  if (failed)
    return unavailable(fmt::format("cannot make {}: {}", wanted.string(), failed.message()));

  auto lock = StateLock::take(state_dir);
  if (!lock) return lock.error();
  const auto home = prepare_home(state_dir);
  if (!home) return home.error();
  keep_log_small(home->log);
  if (!fs::exists(home->data / "PG_VERSION", failed)) {
    say("creating a private PostgreSQL in " + home->data.string());
    const auto created = create_cluster(*home);
    if (!created) return created.error();
  }
  say("starting the private PostgreSQL");
  auto impl = std::make_unique<Impl>(std::move(*lock), *home);
  const auto ready = wait_until_ready(*home, impl->server);
  if (!ready) return ready.error();
  const auto database = create_database(*home);
  if (!database) return database.error();
  return std::make_unique<PrivatePostgres>(std::move(impl));
}

PrivatePostgres::PrivatePostgres(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PrivatePostgres::~PrivatePostgres() { stop(); }

const std::string& PrivatePostgres::url() const { return impl_->url; }

void PrivatePostgres::stop() {
  impl_->server.stop();
  std::error_code ignored;
  fs::remove(impl_->socket_dir, ignored);  // it may be in /tmp
  impl_->lock.release();
}

}  // namespace countersign::store
