// A WebSocket client (RFC 6455 over TCP or TLS), narrow on purpose: Beast's templates end in
// websocket.cpp.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "adapters/net/http.h"
#include "adapters/net/io.h"

namespace countersign::net {

struct WebSocketOptions {
  std::string url;                                    // ws:// or wss://
  Headers headers;                                    // for the upgrade request
  std::chrono::milliseconds connect_timeout{10'000};  // resolve, connect, TLS and upgrade together
  std::size_t message_limit = 4 * 1024 * 1024;
  std::string ca_file;  // extra trust anchor for wss; empty: the system's
  // A server that says nothing is pinged after half of this and given up after all of it; 0: never.
  std::chrono::milliseconds silence_limit{0};
};

// Callbacks come on the io thread. Exactly one on_close ends every socket, with the reason in words
// ("connection refused", "upgrade refused: 401", "closed by server: 1001"); none comes after
// close() has been called on the io thread. Server pings are answered with pongs by themselves.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  static std::shared_ptr<WebSocket> open(Io& io, WebSocketOptions options,
                                         std::function<void()> on_open,
                                         std::function<void(std::string text)> on_text,
                                         std::function<void(std::string why)> on_close);
  virtual void send(std::string text) = 0;  // thread-safe, ordered
  virtual void close() = 0;                 // thread-safe; polite if it can be, then cut
};

}  // namespace countersign::net
