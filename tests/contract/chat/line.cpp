#include "tests/contract/chat/line.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace countersign::contract {
namespace {

constexpr std::chrono::seconds kDeadline{30};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

bool send_all(int to, const char* data, std::size_t size) {
  while (size > 0) {
    const auto sent = ::send(to, data, size, MSG_NOSIGNAL);
    if (sent <= 0) return false;
    data += sent;
    size -= static_cast<std::size_t>(sent);
  }
  return true;
}

}  // namespace

struct Line::Pair {
  Pair(int from, int to) : client(from), server(to) {}
  ~Pair() {
    ::close(client);
    ::close(server);
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;

  const int client, server;
  bool begun = false;
  bool lost = false;  // the answer
  bool ended = false;
};

Line::Line(std::uint16_t to) : to_(to) {
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  wake_ = ::eventfd(0, EFD_CLOEXEC);
  auto address = loopback(0);
  socklen_t size = sizeof(address);
  auto* const plain = reinterpret_cast<sockaddr*>(&address);
  const bool listens = ::bind(listener_, plain, size) == 0 && ::listen(listener_, 128) == 0 &&
                       ::getsockname(listener_, plain, &size) == 0;
  EXPECT_TRUE(listens);
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { run(); });
}

Line::~Line() {
  const std::uint64_t one = 1;
  EXPECT_EQ(::write(wake_, &one, sizeof(one)), static_cast<ssize_t>(sizeof(one)));
  thread_.join();
  ::close(listener_);
  ::close(wake_);
}

void Line::cut() {
  const std::lock_guard lock(mutex_);
  for (const auto& pair : pairs_) {
    ::shutdown(pair->client, SHUT_RDWR);
    ::shutdown(pair->server, SHUT_RDWR);
  }
}

void Line::set_down(bool down) {
  {
    const std::lock_guard lock(mutex_);
    refused_ = 0;
    down_ = down;
  }
  if (down) cut();
}

void Line::lose_answer(std::vector<std::string> beginnings) {
  const std::lock_guard lock(mutex_);
  losing_ = std::move(beginnings);
}

void Line::wait_for_refused(int connections) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kDeadline, [&] { return refused_ >= connections; }));
}

void Line::wait_for_requests(const std::string& beginning, int count) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_for(lock, kDeadline,
                                [&] {
                                  return std::ranges::count_if(requests_, [&](const auto& one) {
                                           return one.starts_with(beginning);
                                         }) >= count;
                                }))
      << "no " << beginning;
}

void Line::run() {
  for (;;) {
    std::vector<pollfd> watched = {{wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    const std::size_t count = pairs_.size();
    for (const auto& pair : pairs_) {
      watched.push_back({pair->client, POLLIN, 0});
      watched.push_back({pair->server, POLLIN, 0});
    }
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) break;
    for (std::size_t i = 0; i < count; ++i) {
      if (watched[2 + 2 * i].revents != 0) pump(*pairs_[i], true);
      if (watched[3 + 2 * i].revents != 0) pump(*pairs_[i], false);
    }
    if (watched[1].revents != 0) take();
    const std::lock_guard lock(mutex_);
    std::erase_if(pairs_, [](const auto& pair) { return pair->ended; });
  }
  const std::lock_guard lock(mutex_);
  pairs_.clear();
}

void Line::take() {
  const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (client < 0) return;
  const std::lock_guard lock(mutex_);
  if (down_) {
    ::close(client);
    ++refused_;
    changed_.notify_all();
    return;
  }
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const auto address = loopback(to_);
  const int on = 1;
  for (const int end : {client, server})
    ::setsockopt(end, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  auto pair = std::make_unique<Pair>(client, server);
  if (::connect(server, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0)
    pairs_.push_back(std::move(pair));
}

void Line::begin(Pair& pair, const std::string& request) {
  pair.begun = true;
  const std::lock_guard lock(mutex_);
  requests_.push_back(request.substr(0, request.find('\r')));
  pair.lost =
      std::ranges::any_of(losing_, [&](const auto& one) { return request.starts_with(one); });
  if (pair.lost) losing_.clear();
  changed_.notify_all();
}

void Line::pump(Pair& pair, bool from_client) {
  std::array<char, 16'384> bytes;
  const auto got = ::recv(from_client ? pair.client : pair.server, bytes.data(), bytes.size(), 0);
  pair.ended = pair.ended || got <= 0 || (pair.lost && !from_client);
  if (pair.ended) return;
  const auto size = static_cast<std::size_t>(got);
  if (from_client && !pair.begun)
    begin(pair, std::string(bytes.data(), std::min<std::size_t>(size, 200)));
  pair.ended = !send_all(from_client ? pair.server : pair.client, bytes.data(), size);
}

}  // namespace countersign::contract
