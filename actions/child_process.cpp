#include "actions/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <utility>

#include "actions/output.h"

namespace countersign::actions {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kReadsPerRound = 32;  // a chatty child must not keep us from looking at the clock

class Descriptor {
 public:
  Descriptor() = default;
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {};
  ::fcntl(ends[0], F_SETFL,
          O_NONBLOCK);  // our end only: O_NONBLOCK at the child's would surprise it
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

// glibc 2.36 declares pidfd_open without C linkage.
Descriptor open_pid(pid_t pid) {
  return Descriptor(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (std::string& text : texts) all.push_back(text.data());
  all.push_back(nullptr);
  return all;
}

// The C structures of posix_spawn, destroyed with their scope.
struct SpawnSetup {
  posix_spawn_file_actions_t files;
  posix_spawnattr_t attributes;

  SpawnSetup(const std::string& cwd, int output) {
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, output, 1);
    posix_spawn_file_actions_adddup2(&files, output, 2);
    posix_spawn_file_actions_addclosefrom_np(&files, 3);
    posix_spawn_file_actions_addchdir_np(&files, cwd.c_str());

    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(
        &attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &all);  // an ignored SIGPIPE would be inherited
  }
  ~SpawnSetup() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  SpawnSetup(const SpawnSetup&) = delete;
  SpawnSetup& operator=(const SpawnSetup&) = delete;
};

// 0, or the errno of whatever kept the program from starting.
int spawn(const ChildSpec& spec, int output, pid_t& pid) {
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> variables;
  for (const auto& [name, value] : spec.env) variables.push_back(name + '=' + value);
  const SpawnSetup setup(spec.cwd, output);
  return ::posix_spawn(&pid, spec.argv.front().c_str(), &setup.files, &setup.attributes,
                       pointers(arguments).data(), pointers(variables).data());
}

class Watch {
 public:
  Watch(const ChildSpec& spec, pid_t pid, Descriptor pidfd, Descriptor output)
      : spec_(spec),
        pid_(pid),
        pidfd_(std::move(pidfd)),
        pipe_(std::move(output)),
        output_(spec.output_limit) {}

  ChildResult until_end(const Descriptor& wake, std::stop_token stop) {
    const std::stop_callback on_stop(stop, [fd = wake.get()] {
      const std::uint64_t one = 1;
      [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
    });
    deadline_ = Clock::now() + spec_.timeout;
    while (wait_for(wake.get())) {
      if (cut_ == ChildResult::Cut::none && stop.stop_requested()) {
        cut_ = ChildResult::Cut::stop;
        if (!escalate()) break;
      } else if (Clock::now() >= deadline_) {
        if (cut_ == ChildResult::Cut::none) cut_ = ChildResult::Cut::timeout;
        if (!escalate()) break;
      }
    }
    return result();
  }

 private:
  // Waits for output, a stop, a deadline or the end; false at the end.
  bool wait_for(int wake) {
    // Once we have begun to end it, the stop has no more to say and would only keep poll from
    // waiting.
    const int wake_fd = cut_ == ChildResult::Cut::none ? wake : -1;
    std::array<pollfd, 3> fds{
        {{pidfd_.get(), POLLIN, 0}, {pipe_.get(), POLLIN, 0}, {wake_fd, POLLIN, 0}}};
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    ::poll(fds.data(), fds.size(), static_cast<int>(std::clamp<long long>(left, 0, 3'600'000)));
    if (fds[1].revents != 0) read_some();
    return fds[0].revents == 0;
  }

  void read_some() {
    std::array<char, 16 * 1024> buffer;
    for (int i = 0; i < kReadsPerRound; ++i) {
      const auto n = ::read(pipe_.get(), buffer.data(), buffer.size());
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
      if (n <= 0) return pipe_.close();  // poll ignores it from now on
      const std::string_view read(buffer.data(), static_cast<std::size_t>(n));
      output_.add(read);
      if (spec_.on_output) spec_.on_output(read);
    }
  }

  // The next harder way to end the group; false when there is none left.
  bool escalate() {
    static constexpr std::array kSignals{SIGTERM, SIGKILL};
    if (signals_ == kSignals.size()) return false;
    ::kill(-pid_, kSignals[signals_++]);
    deadline_ = Clock::now() + spec_.grace;
    return true;
  }

  ChildResult result() {
    ChildResult result;
    result.cut = cut_;
    result.end = ChildResult::End::killed;
    siginfo_t info{};
    // The zombie keeps the group's number from being given to anybody else while the group is being
    // killed.
    if (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
        info.si_pid == pid_) {
      ::kill(-pid_, SIGKILL);
      if (pipe_) read_some();
      ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED);
      result.code = info.si_status;
      if (info.si_code == CLD_EXITED) result.end = ChildResult::End::exited;
    }
    result.output = output_.text();
    result.truncated = output_.truncated();
    return result;
  }

  const ChildSpec& spec_;
  const pid_t pid_;
  Descriptor pidfd_;
  Descriptor pipe_;
  Output output_;
  Clock::time_point deadline_;
  std::size_t signals_ = 0;  // sent so far
  ChildResult::Cut cut_ = ChildResult::Cut::none;
};

ChildResult not_started(int error) {
  ChildResult result;
  result.code = error;
  return result;
}

// A child that cannot be watched (out of descriptors) is not let loose.
ChildResult kill_unwatched(pid_t pid) {
  ::kill(-pid, SIGKILL);
  siginfo_t info{};
  ::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED);
  ChildResult result;
  result.end = ChildResult::End::killed;
  result.code = SIGKILL;
  return result;
}

}  // namespace

ChildResult run_child(const ChildSpec& spec, std::stop_token stop) {
  if (stop.stop_requested()) {
    ChildResult result = not_started(ECANCELED);
    result.cut = ChildResult::Cut::stop;
    return result;
  }
  Pipe pipe = make_pipe();
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!pipe.read || !wake) return not_started(errno);
  pid_t pid = 0;
  if (const int error = spawn(spec, pipe.write.get(), pid); error != 0) return not_started(error);
  pipe.write.close();
  Descriptor pidfd = open_pid(pid);
  if (!pidfd) return kill_unwatched(pid);
  return Watch(spec, pid, std::move(pidfd), std::move(pipe.read)).until_end(wake, std::move(stop));
}

}  // namespace countersign::actions
