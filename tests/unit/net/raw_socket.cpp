#include "tests/unit/net/raw_socket.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <utility>

namespace countersign::net::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

}  // namespace

RawSocket::RawSocket(int fd) : fd_(fd) {
  const timeval limit{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

RawSocket::RawSocket(RawSocket&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), input_(std::move(other.input_)) {}

RawSocket::~RawSocket() {
  if (fd_ >= 0) ::close(fd_);
}

RawSocket RawSocket::connected_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  const auto address = loopback(port);
  ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  return RawSocket(fd);
}

bool RawSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool RawSocket::more() {
  std::array<char, 4096> bytes;
  const auto count = ::recv(fd_, bytes.data(), bytes.size(), 0);
  if (count > 0) input_.append(bytes.data(), static_cast<std::size_t>(count));
  return count > 0;
}

std::string RawSocket::read_until(std::string_view marker) {
  while (input_.find(marker) == std::string::npos) {
    if (!more()) return std::exchange(input_, "");
  }
  const auto size = input_.find(marker) + marker.size();
  const auto taken = input_.substr(0, size);
  input_.erase(0, size);
  return taken;
}

std::string RawSocket::read_to_end() {
  while (more()) {
  }
  return std::exchange(input_, "");
}

bool RawSocket::at_end() { return input_.empty() && !more() && input_.empty(); }

void RawSocket::finish_sending() { ::shutdown(fd_, SHUT_WR); }

RawListener::RawListener() : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
  auto address = loopback(0);
  ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(fd_, 16);
  socklen_t size = sizeof address;
  ::getsockname(fd_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
}

RawListener::~RawListener() { ::close(fd_); }

RawSocket RawListener::accept() { return RawSocket(::accept(fd_, nullptr, nullptr)); }

std::uint16_t refused_port() { return RawListener().port(); }

}  // namespace countersign::net::test
