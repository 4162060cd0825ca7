// A TCP socket written by hand, for tests that need to be a rude client or a rude server.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

namespace countersign::net::test {

class RawSocket {
 public:
  static RawSocket connected_to(std::uint16_t port);
  explicit RawSocket(int fd);
  RawSocket(RawSocket&& other) noexcept;
  RawSocket(const RawSocket&) = delete;
  RawSocket& operator=(const RawSocket&) = delete;
  ~RawSocket();

  bool send(std::string_view bytes);  // false once the other side is gone
  std::string read_until(
      std::string_view marker);  // up to and including it; what came, if it never did
  std::string read_to_end();     // until the other side closes
  bool at_end();                 // waits: the other side has closed, and nothing is unread
  void finish_sending();
  int fd() const { return fd_; }

 private:
  bool more();  // false at the end, or when nothing came for ten seconds
  int fd_ = -1;
  std::string input_;
};

// Listens on a free port of the loopback interface.
class RawListener {
 public:
  RawListener();
  RawListener(const RawListener&) = delete;
  RawListener& operator=(const RawListener&) = delete;
  ~RawListener();
  std::uint16_t port() const { return port_; }
  RawSocket accept();

 private:
  int fd_ = -1;
  std::uint16_t port_ = 0;
};

// A port that nobody listens on.
std::uint16_t refused_port();

}  // namespace countersign::net::test
