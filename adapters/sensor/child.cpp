#include "adapters/sensor/child.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <utility>

namespace countersign::adapters::sensor {
namespace {

constexpr int kNotStarted = 126;

struct Pipe {
  Descriptor read, write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return {Descriptor(), Descriptor()};
  ::fcntl(ends[0], F_SETFL, O_NONBLOCK);  // our end only
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

struct Identity {
  bool other = false;  // than ours
  uid_t uid = 0;
  gid_t gid = 0;
  std::vector<gid_t> groups;
};

Result<Identity> identity_of(const std::string& user) {
  Identity who;
  if (user.empty()) return who;
  const passwd* account = ::getpwnam(user.c_str());
  if (account == nullptr) return unavailable("there is no user " + user);
  who.uid = account->pw_uid;
  who.gid = account->pw_gid;
  who.other = ::geteuid() == 0;
  int count = 256;
  who.groups.resize(static_cast<std::size_t>(count));
  if (::getgrouplist(user.c_str(), who.gid, who.groups.data(), &count) < 0)
    return unavailable(user + " is in too many groups");
  who.groups.resize(static_cast<std::size_t>(count));
  return who;
}

// Between fork and exec: only what is safe in the child of a process with threads. Returns only on
// failure.
void become(const Identity& who, int out, int err, pid_t parent, char* const* argv,
            char* const* env) {
  ::setpgid(0, 0);
  ::umask(077);
  if (who.other && (::setgroups(who.groups.size(), who.groups.data()) != 0 ||
                    ::setgid(who.gid) != 0 || ::setuid(who.uid) != 0))
    return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // after setuid, which clears it
  if (::getppid() != parent) return;   // we were killed before the line above
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (::dup2(nothing, 0) < 0 || ::dup2(out, 1) < 0 || ::dup2(err, 2) < 0 || ::chdir("/") != 0)
    return;
  if (::close_range(3, ~0U, 0) != 0) return;
  for (int s = 1; s < NSIG; ++s) ::signal(s, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(argv[0], argv, env);
}

void read_portion(Descriptor& from, std::string& into) {
  std::array<char, 64 * 1024> buffer;
  const auto n = ::read(from.get(), buffer.data(), buffer.size());
  if (n > 0) {
    into.append(buffer.data(), static_cast<std::size_t>(n));
  } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
    from.close();  // poll ignores it from now on
  }
}

std::string words_for(const siginfo_t& info) {
  if (info.si_code != CLD_EXITED) return "was ended by signal " + std::to_string(info.si_status);
  if (info.si_status == kNotStarted) return "could not be started (exit code 126)";
  return "ended with exit code " + std::to_string(info.si_status);
}

}  // namespace

Descriptor::Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  std::swap(fd_, other.fd_);
  return *this;
}
void Descriptor::close() {
  if (fd_ >= 0) ::close(std::exchange(fd_, -1));
}

Result<std::unique_ptr<Child>> Child::start(const Spec& spec) {
  const auto who = identity_of(spec.user);
  if (!who) return who.error();
  Pipe out = make_pipe();
  Pipe err = make_pipe();
  if (!out.read || !err.read) return unavailable("no pipe can be made");
  std::vector<std::string> arguments = spec.argv;
  std::vector<std::string> variables;
  for (const auto& [name, value] : spec.env) variables.push_back(name + '=' + value);
  const auto argv = pointers(arguments);
  const auto env = pointers(variables);
  const pid_t parent = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    become(*who, out.write.get(), err.write.get(), parent, argv.data(), env.data());
    ::_exit(kNotStarted);
  }
  if (pid < 0) return unavailable(std::string("no process can be made: ") + std::strerror(errno));
  ::setpgid(pid, pid);  // here too: whoever is first, the group exists from now on
  std::unique_ptr<Child> child(
      new Child(pid, spec.grace, open_pid(pid), std::move(out.read), std::move(err.read)));
  if (!child->pidfd_) return unavailable("the program cannot be watched");
  return child;
}

Child::Child(pid_t pid, std::chrono::milliseconds grace, Descriptor pidfd, Descriptor out,
             Descriptor err)
    : pid_(pid),
      grace_(grace),
      pidfd_(std::move(pidfd)),
      out_(std::move(out)),
      err_(std::move(err)) {}

Child::~Child() { end(); }

bool Child::exited() const {
  siginfo_t info{};
  return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT | WNOHANG) == 0 &&
         info.si_pid == pid_;
}

bool Child::read(std::string& out, std::string& err, const std::stop_token& stop) {
  const Descriptor wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  const std::stop_callback on_stop(stop, [fd = wake.get()] {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
  });
  if (stop.stop_requested()) return false;
  std::array<pollfd, 4> fds{{{out_.get(), POLLIN, 0},
                             {err_.get(), POLLIN, 0},
                             {wake.get(), POLLIN, 0},
                             {pidfd_.get(), POLLIN, 0}}};
  ::poll(fds.data(), fds.size(), -1);
  const bool over = fds[3].revents != 0;
  const auto before = out.size() + err.size();
  if (fds[0].revents != 0) read_portion(out_, out);
  if (fds[1].revents != 0) read_portion(err_, err);
  if (stop.stop_requested()) return false;
  // A grandchild may hold the pipes open for ever: what is not there at the end does not count.
  return !over || out.size() + err.size() > before;
}

void Child::wait_for_exit() const {
  pollfd ended{pidfd_.get(), POLLIN, 0};
  ::poll(&ended, 1, static_cast<int>(grace_.count()));
}

const std::string& Child::end() {
  if (!words_.empty()) return words_;
  const bool by_itself = exited();
  if (!by_itself && pidfd_) {
    ::kill(-pid_, SIGTERM);
    wait_for_exit();
  }
  // Whatever is left of the group; the child is reaped last, so that its number stays its own.
  ::kill(-pid_, SIGKILL);
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) < 0 && errno == EINTR) {
  }
  words_ = by_itself ? words_for(info) : "was stopped";
  return words_;
}

}  // namespace countersign::adapters::sensor
