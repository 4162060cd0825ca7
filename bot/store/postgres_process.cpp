#include "bot/store/postgres_process.h"

#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <iterator>

namespace countersign::store {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr milliseconds kFirstPause{100};
constexpr milliseconds kLongestPause{5'000};
constexpr seconds kFastShutdown{30};  // then an immediate one: the data recovers from its log
constexpr milliseconds kLook{20};

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (std::string& t : texts) out.push_back(t.data());
  out.push_back(nullptr);
  return out;
}

// Nothing of ours goes to the child: our environment holds secrets.
std::vector<std::string> environment() {
  std::vector<std::string> env{"LC_ALL=C", "TZ=UTC"};
  for (const char* name : {"PATH", "LD_LIBRARY_PATH"}) {
    if (const char* value = getenv(name)) env.push_back(std::string(name) + "=" + value);
  }
  return env;
}

void close_from(unsigned first) {
  if (close_range(first, ~0U, 0) == 0) return;
  for (unsigned fd = first; fd < 65'536; ++fd) close(static_cast<int>(fd));
}

// Between fork and exec: only what is safe in the child of a process with threads. Returns only on
// failure.
void become(const Account& account, int log, pid_t parent, char* const* argv, char* const* env) {
  setsid();
  umask(077);
  if (geteuid() == 0 &&
      (setgroups(1, &account.gid) != 0 || setgid(account.gid) != 0 || setuid(account.uid) != 0))
    return;
  prctl(PR_SET_PDEATHSIG, SIGINT);  // after setuid, which clears it
  if (getppid() != parent) return;  // we were killed before the line above
  const int nothing = open("/dev/null", O_RDONLY);
  if (dup2(nothing, 0) < 0 || dup2(log, 1) < 0 || dup2(log, 2) < 0 || chdir("/") != 0) return;
  close_from(3);
  for (int s = 1; s < NSIG; ++s) signal(s, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  execve(argv[0], argv, env);
}

// -1: could not be started.
pid_t spawn(const ProcessSpec& spec) {
  auto argv_texts = spec.argv;
  auto env_texts = environment();
  const auto argv = pointers(argv_texts);
  const auto env = pointers(env_texts);
  const int log = open(spec.log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  if (log < 0) return -1;
  const pid_t parent = getpid();
  const pid_t child = fork();
  if (child == 0) {
    become(spec.account, log, parent, argv.data(), env.data());
    _exit(126);
  }
  close(log);
  return child;
}

// Is this process a server over this data? PostgreSQL lives in its data folder.
bool serves(pid_t pid, const std::filesystem::path& data) {
  std::error_code failed;
  return pid > 0 &&
         std::filesystem::read_symlink("/proc/" + std::to_string(pid) + "/cwd", failed) == data;
}

}  // namespace

int run_to_end(const ProcessSpec& spec) {
  const pid_t child = spawn(spec);
  if (child < 0) return -1;
  int status = -1;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

PostgresServer::PostgresServer(ProcessSpec spec, std::filesystem::path data)
    : spec_(std::move(spec)), data_(std::move(data)), thread_([this] { supervise(); }) {}

int PostgresServer::exits() const {
  const std::lock_guard lock(mutex_);
  return exits_;
}

void PostgresServer::supervise() {
  milliseconds pause = kFirstPause;
  for (;;) {
    stop_orphan();
    pid_t child = 0;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      child = child_ = spawn(spec_);
    }
    const auto began = std::chrono::steady_clock::now();
    const bool wanted = child > 0 && wait_for_exit(child);
    if (std::chrono::steady_clock::now() - began > 2 * kLongestPause) pause = kFirstPause;
    std::unique_lock lock(mutex_);
    child_ = 0;
    if (!wanted) ++exits_;
    changed_.notify_all();
    if (changed_.wait_for(lock, pause, [this] { return stopping_; })) return;
    pause = std::min(2 * pause, kLongestPause);
  }
}

// True if it ended because stop() asked for it. The child stays a zombie until the lock is held, so
// that stop() can never signal a number that somebody else has got meanwhile.
bool PostgresServer::wait_for_exit(pid_t child) {
  siginfo_t info{};
  while (waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT) < 0 && errno == EINTR) {
  }
  const std::lock_guard lock(mutex_);
  waitpid(child, nullptr, 0);
  child_ = 0;
  return stopping_;
}

// A server that an earlier process of ours left behind over this data is stopped first: two would
// ruin it.
void PostgresServer::stop_orphan() {
  const auto pid_file = data_ / "postmaster.pid";
  std::ifstream in(pid_file);
  pid_t pid = 0;
  if (!(in >> pid)) return;
  const auto began = std::chrono::steady_clock::now();
  for (int signal = SIGINT; serves(pid, data_);) {
    if (signal != 0) kill(pid, signal);
    const bool late = std::chrono::steady_clock::now() - began > kFastShutdown;
    signal = late ? SIGQUIT : 0;
    std::unique_lock lock(mutex_);
    if (changed_.wait_for(lock, late ? 50 * kLook : kLook, [this] { return stopping_; })) return;
  }
  if (kill(pid, 0) != 0 && errno == ESRCH) return;
  // The number now belongs to a stranger. PostgreSQL would take it for a living server; its own
  // parent's number it ignores, and it still checks the shared memory that the rest of the file
  // names.
  const std::string rest{std::istreambuf_iterator<char>(in), {}};
  in.close();
  if (std::filesystem::exists(pid_file)) std::ofstream(pid_file) << getpid() << rest;
}

void PostgresServer::stop() {
  {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    if (child_ > 0) kill(child_, SIGINT);
    if (!changed_.wait_for(lock, kFastShutdown, [this] { return child_ <= 0; }))
      kill(child_, SIGQUIT);
  }
  if (thread_.joinable()) thread_.join();
}

}  // namespace countersign::store
