// The inbound HTTP server (asynchronous): answers come whenever the handler calls back, thousands
// may wait at once. Also upgrades connections to WebSocket, for the sandbox's chat servers.
//
// What a stranger can make it do is bounded: connections in all and for each sender, bytes of
// header and body, bytes of all unfinished bodies together, time for each part of a request and for
// its answer. Requests of one connection are answered in order, one in a turn of the loop.
#pragma once
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/net/http.h"
#include "adapters/net/io.h"
#include "bot/core/cidr.h"
#include "bot/core/result.h"

namespace countersign::net {

// One accepted WebSocket. All callbacks come on the io thread; send and close are thread-safe.
// Protocol pings of the client are answered by themselves.
class ServerSocket : public std::enable_shared_from_this<ServerSocket> {
 public:
  virtual ~ServerSocket() = default;
  virtual void send(std::string text) = 0;  // queued in order; dropped once closed
  virtual void close(int code) = 0;  // WebSocket close code; 0 cuts the connection without a frame
  virtual std::size_t queued() const = 0;  // messages not yet handed to the kernel
  std::function<void(std::string)> on_text;
  std::function<void()> on_close;  // exactly once, also after our own close
};

struct HttpServerOptions {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;                             // 0: any free one
  std::size_t header_limit = 16 * 1024;               // beyond: 431
  std::size_t body_limit = 1024 * 1024;               // beyond: 413, before buffering
  std::size_t bodies_limit = 64 * 1024 * 1024;        // of all unfinished bodies; beyond: 503
  std::chrono::milliseconds header_deadline{5'000};   // whole header
  std::chrono::milliseconds body_deadline{15'000};    // whole body
  std::chrono::milliseconds rate_window{5'000};       // a body that grows too little in it: 408
  std::size_t least_growth = 2'500;                   // bytes of body in one window
  std::chrono::milliseconds answer_deadline{30'000};  // taking the whole answer
  std::chrono::milliseconds idle_deadline{60'000};    // between requests of one connection
  // Beyond: closed at accept. Fewer where the process may not open so many descriptors.
  std::size_t connection_limit = 10'000;
  std::size_t connections_each = 256;  // of one IPv4 address or IPv6 /64; beyond: closed at accept
  // These may have as many as there are. So may trusted proxies.
  std::vector<core::Cidr> uncounted = core::loopback_blocks();
  // Told whenever the server refuses a request by itself, on the io thread; must not block.
  std::function<void(int status, const std::string& why, const std::string& peer)> on_refused = {};
  // Whose X-Forwarded-For is believed, for HttpRequest::peer.
  std::vector<core::Cidr> trusted_proxies = {};
  std::size_t websocket_limit = 8 * 1024;  // client message size; beyond: close 1009
  std::chrono::milliseconds websocket_ping{
      60'000};  // we ping every open socket this often; 0: never
  std::chrono::milliseconds websocket_pong{
      100'000};  // a socket whose pong is not heard for this long is cut
};

class HttpServer {
 public:
  using Respond = std::function<void(HttpResponse)>;  // once, from any thread
  using Handler =
      std::function<void(HttpRequest, Respond)>;  // called on the io thread; must not block
  // Asked when a request's header is complete and nothing of its body has been read: an answer
  // refuses it (the connection closes), nothing lets it go on. On the io thread; must not block.
  using Admit = std::function<std::optional<HttpResponse>(const HttpRequest& head)>;
  // Decides about an upgrade request on the io thread: fills in the callbacks of `socket` and
  // returns true to accept (101), or fills `refusal` and returns false.
  using Upgrade = std::function<bool(const HttpRequest&, std::shared_ptr<ServerSocket> socket,
                                     HttpResponse& refusal)>;

  HttpServer(Io& io, HttpServerOptions options, Handler handler, Upgrade upgrade = {},
             Admit admit = {});
  ~HttpServer();  // stop()
  Result<std::uint16_t>
  start();      // the bound port; an Error names address and port ("already in use")
  void stop();  // closes the listener and all connections; twice-safe

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace countersign::net
