// Sends pushes as GitHub would, each once, and prints for each: its 16-digit key, the nanoseconds (monotonic clock) when it was due, when it was
// answered, and the status; 0 for no answer.
//   send PORT SECRET FIRST pace RATE COUNT     one after another at a fixed rate; late answers do not hold up the next
//   send PORT SECRET FIRST burst COUNT         all at the same moment, each on a connection of its own that was opened before
//   send PORT SECRET FIRST loop CONNS SECONDS  CONNS connections, each sends the next when it has its answer
// FIRST numbers the first push: no two calls against the same target may share numbers. One thread; what is sent is made before the clock starts.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <string>
#include <vector>

namespace {

using Nanoseconds = long long;
constexpr Nanoseconds kSecond = 1'000'000'000;
constexpr Nanoseconds kPatience = 20 * kSecond;
constexpr std::size_t kMostPushes = 40'000;

Nanoseconds now() {
  timespec t{};
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec * kSecond + t.tv_nsec;
}

struct Push {
  std::string key, bytes;
  Nanoseconds due = 0, answered = 0;
  int status = 0;
};

struct Connection {
  int fd = -1;
  long push = -1;  // under way
  std::size_t sent = 0;
  std::string answer;
};

std::string digits(unsigned long long n) {
  char text[17];
  std::snprintf(text, sizeof text, "%016llx", n);
  return text;
}

// Some 3 KB: a push of a few commits.
std::string body_of(const std::string& key) {
  const std::string commit = key + "000000000000000000000000";
  std::string commits;
  for (int i = 0; i < 5; ++i) {
    commits += std::string(i ? "," : "") + R"({"id":")" + digits(static_cast<unsigned>(i)) + key +
               R"(","message":"Make the parser of durations accept weeks\n\nThe old one stopped at days, and nobody could say why.","distinct":true,)"
               R"("timestamp":"2026-01-15T10:00:00+01:00","url":"https://git.example.com/acme/api/commit/)" + key +
               R"(","author":{"name":"alice","email":"alice@example.com"},"added":["src/duration.cpp"],"removed":[],"modified":["src/duration.h","tests/duration.cpp"]})";
  }
  return R"({"ref":"refs/heads/main","before":"0000000000000000000000000000000000000000","after":")" + commit +
         R"(","repository":{"id":7,"name":"api","full_name":"acme/api","private":true,"html_url":"https://git.example.com/acme/api","default_branch":"main"},)"
         R"("pusher":{"name":"alice","email":"alice@example.com"},"sender":{"login":"alice","id":3},"created":false,"deleted":false,"forced":false,"commits":[)" + commits + "]}";
}

std::string signature(const std::string& secret, const std::string& body) {
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()), reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac, &size);
  std::string hex;
  for (unsigned i = 0; i < size; ++i) {
    char two[3];
    std::snprintf(two, sizeof two, "%02x", mac[i]);
    hex += two;
  }
  return hex;
}

std::vector<Push> make_pushes(const std::string& secret, unsigned long long first, std::size_t count, bool once_per_connection) {
  std::vector<Push> all(count);
  for (Push& push : all) {
    push.key = digits(first++ * 0x9E3779B97F4A7C15ull);  // an odd factor: different numbers stay different
    const std::string body = body_of(push.key);
    push.bytes = "POST /hooks/gh HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nX-GitHub-Event: push\r\nX-GitHub-Delivery: " + push.key +
                 "\r\nX-Hub-Signature-256: sha256=" + signature(secret, body) + (once_per_connection ? "\r\nConnection: close" : "") +
                 "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  }
  return all;
}

class Sender {
 public:
  Sender(int port, std::vector<Push>& pushes, std::size_t connections, bool once) : port_(port), pushes_(pushes), once_(once), connections_(connections) {
    for (Connection& c : connections_) open(c);
  }

  // `due`: when push number n may go, counted from the start; none is begun at or after `end`.
  template <class Due>
  void run(Due due, Nanoseconds end) {
    const Nanoseconds start = now();
    for (Nanoseconds t = start;; t = now()) {
      const bool over = next_ == pushes_.size() || t - start >= end;
      if (over && under_way_ == 0) return;
      Nanoseconds wait = kSecond / 20;
      for (Connection& c : connections_) {
        if (c.push >= 0 && t - pushes_[static_cast<std::size_t>(c.push)].due > kPatience) finish(c, 0);
        if (over || c.push >= 0 || next_ == pushes_.size()) continue;
        const Nanoseconds at = start + due(next_);
        if (at > t && end == kForever) {
          wait = std::min(wait, at - t);
          break;
        }
        begin(c, end == kForever ? at : t);
      }
      exchange(wait);
    }
  }
  static constexpr Nanoseconds kForever = 1'000'000 * kSecond;

 private:
  void open(Connection& c) {
    c.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int one = 1;
    setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port_));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (connect(c.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) close_of(c);
  }
  static void close_of(Connection& c) {
    if (c.fd >= 0) close(c.fd);
    c.fd = -1;
  }
  void begin(Connection& c, Nanoseconds due) {
    if (c.fd < 0) open(c);
    c.push = static_cast<long>(next_++);
    c.sent = 0;
    c.answer.clear();
    pushes_[static_cast<std::size_t>(c.push)].due = due;
    ++under_way_;
    if (c.fd < 0) return finish(c, 0);
    push_on(c);
  }
  void push_on(Connection& c) {
    const std::string& bytes = pushes_[static_cast<std::size_t>(c.push)].bytes;
    const ssize_t n = send(c.fd, bytes.data() + c.sent, bytes.size() - c.sent, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n > 0) c.sent += static_cast<std::size_t>(n);
  }
  void finish(Connection& c, int status) {
    Push& push = pushes_[static_cast<std::size_t>(c.push)];
    push.status = status;
    push.answered = now();
    c.push = -1;
    --under_way_;
    if (status == 0 || once_) close_of(c);
  }
  void exchange(Nanoseconds wait) {
    std::vector<pollfd> fds;
    std::vector<Connection*> who;
    for (Connection& c : connections_) {
      if (c.push < 0 || c.fd < 0) continue;
      const bool unsent = c.sent < pushes_[static_cast<std::size_t>(c.push)].bytes.size();
      fds.push_back({c.fd, static_cast<short>(unsent ? POLLIN | POLLOUT : POLLIN), 0});
      who.push_back(&c);
    }
    const timespec patience{wait / kSecond, wait % kSecond};
    ppoll(fds.data(), fds.size(), &patience, nullptr);
    for (std::size_t i = 0; i < fds.size(); ++i) {
      if (fds[i].revents & POLLOUT) push_on(*who[i]);
      if (fds[i].revents & ~POLLOUT) receive(*who[i]);
    }
  }
  void receive(Connection& c) {
    char buffer[8192];
    const ssize_t n = recv(c.fd, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n > 0) c.answer.append(buffer, static_cast<std::size_t>(n));
    const auto head = c.answer.find("\r\n\r\n");
    const bool ended = n == 0 || (n < 0 && errno != EAGAIN);
    if (head == std::string::npos) {
      if (ended) finish(c, 0);
      return;
    }
    const char* length = strcasestr(c.answer.c_str(), "\r\ncontent-length:");
    const bool whole = length != nullptr && c.answer.size() >= head + 4 + std::strtoul(length + 17, nullptr, 10);
    if (whole || ended) finish(c, std::atoi(c.answer.c_str() + 9));
  }

  const int port_;
  std::vector<Push>& pushes_;
  const bool once_;
  std::vector<Connection> connections_;
  std::size_t next_ = 0;
  std::size_t under_way_ = 0;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 6) return std::fprintf(stderr, "send: see the head of its source\n"), 2;
  const std::string mode = argv[4];
  const auto a = std::strtoul(argv[5], nullptr, 10);
  const auto b = argc > 6 ? std::strtoul(argv[6], nullptr, 10) : 0;
  rlimit most{};
  getrlimit(RLIMIT_NOFILE, &most);
  most.rlim_cur = most.rlim_max;
  setrlimit(RLIMIT_NOFILE, &most);
  const bool burst = mode == "burst";
  const std::size_t count = burst ? a : mode == "pace" ? b : std::min<std::size_t>(kMostPushes, b * 4'000);
  auto pushes = make_pushes(argv[2], std::strtoull(argv[3], nullptr, 10), count, burst);
  Sender sender(std::atoi(argv[1]), pushes, burst ? count : mode == "pace" ? 32 : a, burst);
  if (mode == "pace") {
    sender.run([&](std::size_t n) { return static_cast<Nanoseconds>(n) * kSecond / static_cast<Nanoseconds>(a); }, Sender::kForever);
  } else if (burst) {
    sender.run([](std::size_t) { return Nanoseconds{0}; }, Sender::kForever);
  } else {
    sender.run([](std::size_t) { return Nanoseconds{0}; }, static_cast<Nanoseconds>(b) * kSecond);
  }
  for (const Push& push : pushes) {
    if (push.due) std::printf("%s %lld %lld %d\n", push.key.c_str(), push.due, push.answered, push.status);
  }
}
