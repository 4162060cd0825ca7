// Sends deliveries as GitHub or Alertmanager would and prints for each: its 16-digit key, the
// nanoseconds (monotonic clock) when it was due, when it was answered, the status (0: no answer),
// how many events it is, and how often it was sent.
//   send KIND PORT CREDENTIAL FIRST MODE NUMBERS...
//     pace RATE COUNT           one after another at a fixed rate; late answers hold nothing up
//     burst COUNT [OPEN]        all at once, each on its own connection; opened before, or, with
//                               OPEN, in its turn, so many at most open at once
//     loop CONNS SECONDS        CONNS connections, each sends the next when it has its answer
//     insist CONNS RATE COUNT   as pace; what is not accepted is sent again until it is
// KIND: gh or am. FIRST numbers the first delivery: no two calls against the same target may share
// numbers. One thread; what is sent is signed before the clock starts, except by insist.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <deque>
#include <stdexcept>

#include "deliveries.h"

namespace {

using Nanoseconds = long long;
constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kPatience = 20 * kSecond;      // with an answer
constexpr Nanoseconds kBetweenTries = kSecond / 4;   // of one that insists
constexpr Nanoseconds kInsistence = 180 * kSecond;   // after the last was due
constexpr Nanoseconds kBetweenLooks = kSecond / 20;  // at what is late
constexpr std::size_t kMostPerSecond = 20'000;       // of those that are signed before
constexpr std::size_t kPacers = 32;

Nanoseconds now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

struct Push {
  Nanoseconds due = 0, answered = 0;
  Mac mac{};
  int status = 0, tries = 0;
};

struct Connection {
  int fd = -1;
  bool busy = false, unsent = false;
  std::size_t push = 0;
  Nanoseconds begun = 0;
  std::size_t sent = 0;
  std::string bytes, answer;
};

struct Plan {
  std::size_t count = 0, connections = 0;
  Nanoseconds apart = 0;   // between two that fall due
  Nanoseconds begin = -1;  // for so long; negative: until all were sent
  bool once = false;       // a connection carries one
  bool opened = false;     // before the clock starts
  bool insists = false;
};

std::size_t number(const char* text) {
  return static_cast<std::size_t>(std::strtoull(text, nullptr, 10));
}

Plan plan_of(const std::string& mode, const std::vector<std::size_t>& n) {
  const auto apart = [](std::size_t rate) { return kSecond / static_cast<Nanoseconds>(rate); };
  if (mode == "pace" && n.size() == 2)
    return {.count = n[1], .connections = kPacers, .apart = apart(n[0]), .opened = true};
  if (mode == "burst" && n.size() == 1)
    return {.count = n[0], .connections = n[0], .once = true, .opened = true};
  if (mode == "burst" && n.size() == 2)
    return {.count = n[0], .connections = std::min(n[0], n[1]), .once = true};
  if (mode == "loop" && n.size() == 2)
    return {.count = n[1] * kMostPerSecond,
            .connections = n[0],
            .begin = static_cast<Nanoseconds>(n[1]) * kSecond,
            .opened = true};
  if (mode == "insist" && n.size() == 3)
    return {.count = n[2], .connections = n[0], .apart = apart(n[1]), .insists = true};
  throw std::invalid_argument("send: see the head of its source");
}

class Sender {
 public:
  Sender(const Deliveries& deliveries, std::uint64_t first, int port, const Plan& plan)
      : deliveries_(deliveries),
        first_(first),
        port_(port),
        plan_(plan),
        pushes_(plan.count),
        connections_(plan.connections) {
    if (!plan.insists)
      for (std::size_t n = 0; n < plan.count; ++n) pushes_[n].mac = deliveries.sign(first + n);
    for (Connection& c : connections_) {
      if (plan.opened) open(c);
      idle_.push_back(&c);
    }
  }

  void run() {
    start_ = now();
    for (Nanoseconds t = start_;; t = now()) {
      if (t >= next_look_) give_up(t);
      while (!idle_.empty() && begin_next(t)) {
      }
      if (under_way_ == 0 && over(t)) return;
      exchange(wait(t));
    }
  }

  void print() const {
    for (std::size_t n = 0; n < next_; ++n) {
      const Push& push = pushes_[n];
      std::printf("%s %lld %lld %d %d %d\n", Deliveries::key(first_ + n).c_str(), push.due,
                  push.answered, push.status, deliveries_.events(first_ + n), push.tries);
    }
  }

 private:
  Nanoseconds due(std::size_t n) const {
    return start_ + plan_.apart * static_cast<Nanoseconds>(n);
  }
  bool no_more(Nanoseconds t) const {
    return next_ == pushes_.size() || (plan_.begin >= 0 && t - start_ >= plan_.begin);
  }
  bool over(Nanoseconds t) const {
    return no_more(t) && (again_.empty() || t - due(pushes_.size()) > kInsistence);
  }
  Nanoseconds wait(Nanoseconds t) const {
    Nanoseconds until = next_look_;
    if (!idle_.empty() && !no_more(t)) until = std::min(until, due(next_));
    if (!idle_.empty() && !again_.empty()) until = std::min(until, again_.front().at);
    return std::max(until - t, 0LL);
  }

  bool begin_next(Nanoseconds t) {
    if (!again_.empty() && again_.front().at <= t) {
      const std::size_t push = again_.front().push;
      again_.pop_front();
      begin(push, t);
      return true;
    }
    if (no_more(t) || due(next_) > t) return false;
    // In a loop the next one is due when somebody is free to send it.
    pushes_[next_].due = plan_.begin >= 0 ? t : due(next_);
    begin(next_++, t);
    return true;
  }
  void begin(std::size_t n, Nanoseconds t) {
    Connection& c = *idle_.back();
    idle_.pop_back();
    if (c.fd < 0) open(c);
    Push& push = pushes_[n];
    if (plan_.insists) push.mac = deliveries_.sign(first_ + n);
    c.busy = true;
    c.push = n;
    c.begun = t;
    c.sent = 0;
    c.bytes = deliveries_.request(first_ + n, push.mac);
    c.answer.clear();
    ++push.tries;
    ++under_way_;
    push_on(c);
  }

  void open(Connection& c) {
    c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    const int one = 1;
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    (void)connect(c.fd, reinterpret_cast<sockaddr*>(&address), sizeof address);
    c.unsent = false;
    watch(c, EPOLL_CTL_ADD);
  }
  void watch(Connection& c, int how) {
    epoll_event event{};
    event.events = c.unsent ? EPOLLIN | EPOLLOUT : EPOLLIN;
    event.data.ptr = &c;
    epoll_ctl(epoll_, how, c.fd, &event);
  }
  static void close_of(Connection& c) {
    if (c.fd >= 0) close(c.fd);
    c.fd = -1;
  }

  void push_on(Connection& c) {
    const ssize_t n = ::send(c.fd, c.bytes.data() + c.sent, c.bytes.size() - c.sent, MSG_NOSIGNAL);
    if (n > 0) c.sent += static_cast<std::size_t>(n);
    const bool unsent = c.sent < c.bytes.size();
    if (unsent != c.unsent) {
      c.unsent = unsent;
      watch(c, EPOLL_CTL_MOD);
    }
  }
  void finish(Connection& c, int status, bool keep) {
    Push& push = pushes_[c.push];
    push.status = status;
    push.answered = now();
    c.busy = false;
    --under_way_;
    idle_.push_back(&c);
    if (!keep || plan_.once || c.unsent) close_of(c);
    if (plan_.insists && (status < 200 || status >= 300))
      again_.push_back({c.push, push.answered + kBetweenTries});
  }
  void give_up(Nanoseconds t) {
    next_look_ = t + kBetweenLooks;
    for (Connection& c : connections_)
      if (c.busy && t - c.begun > kPatience) finish(c, 0, false);
  }

  void exchange(Nanoseconds patience) {
    const timespec limit{patience / kSecond, patience % kSecond};
    pollfd ready{epoll_, POLLIN, 0};
    if (ppoll(&ready, 1, &limit, nullptr) <= 0) return;
    epoll_event events[256];
    const int n = epoll_wait(epoll_, events, 256, 0);
    for (int i = 0; i < n; ++i) {
      Connection& c = *static_cast<Connection*>(events[i].data.ptr);
      if (!c.busy) {
        close_of(c);  // the other side has closed one that rested
        continue;
      }
      if (events[i].events & EPOLLOUT) push_on(c);
      if (events[i].events & ~static_cast<unsigned>(EPOLLOUT)) receive(c);
    }
  }
  void receive(Connection& c) {
    char buffer[8192];
    const ssize_t n = recv(c.fd, buffer, sizeof buffer, 0);
    if (n > 0) c.answer.append(buffer, static_cast<std::size_t>(n));
    const auto head = c.answer.find("\r\n\r\n");
    const bool ended = n == 0 || (n < 0 && errno != EAGAIN);
    if (head == std::string::npos) {
      if (ended) finish(c, 0, false);
      return;
    }
    const char* length = strcasestr(c.answer.c_str(), "\r\ncontent-length:");
    const bool whole = length && c.answer.size() >= head + 4 + number(length + 17);
    const bool last = ended || strcasestr(c.answer.c_str(), "\r\nconnection: close");
    if (whole || ended) finish(c, std::atoi(c.answer.c_str() + 9), !last);
  }

  struct Again {
    std::size_t push;
    Nanoseconds at;
  };
  const Deliveries& deliveries_;
  const std::uint64_t first_;
  const int port_;
  const Plan plan_;
  const int epoll_ = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Push> pushes_;
  std::vector<Connection> connections_;
  std::vector<Connection*> idle_;
  std::deque<Again> again_;
  Nanoseconds start_ = 0, next_look_ = 0;
  std::size_t next_ = 0, under_way_ = 0;
};

}  // namespace

int main(int argc, char** argv) try {
  std::vector<std::size_t> numbers;
  for (int i = 6; i < argc; ++i) numbers.push_back(number(argv[i]));
  const Plan plan = plan_of(argc > 5 ? argv[5] : "", numbers);
  rlimit most{};
  getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  setrlimit(RLIMIT_NOFILE, &most);
  const Deliveries deliveries(argv[1], argv[3], plan.once);
  Sender sender(deliveries, number(argv[4]), std::atoi(argv[2]), plan);
  sender.run();
  sender.print();
} catch (const std::invalid_argument& e) {
  return std::fprintf(stderr, "%s\n", e.what()), 2;
}
