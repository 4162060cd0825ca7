// Private to this room: one accepted connection of the HTTP server, and what all of them share.
#pragma once
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <unordered_set>

#include "adapters/net/crowd.h"
#include "adapters/net/http_server.h"

namespace countersign::net {

// Something that holds one accepted socket. Used on the io thread only.
class Connection {
 public:
  virtual ~Connection() = default;
  virtual void cut() = 0;  // ends it now; its callbacks for the end run inside, none after
};

// Lives as long as any connection does; empty of connections once the server has stopped.
struct ServerCore {
  explicit ServerCore(HttpServerOptions given)
      : options(std::move(given)), crowd(options.connections_each) {}

  const HttpServerOptions options;
  HttpServer::Handler handler;
  HttpServer::Upgrade upgrade;
  HttpServer::Admit admit;
  std::weak_ptr<boost::asio::io_context> context;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  Crowd crowd;             // senders that are counted
  std::size_t bodies = 0;  // bytes of unfinished bodies
  std::atomic<bool> stopped = false;
};

// Reads requests from `socket` one after another, and answers each before the next. Closes it at
// once if its sender has all the connections it may have.
void serve(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket);

// For the metrics: a connection was closed because of the limit of "all" or of one "sender".
void count_closed(const char* whose_limit);

// The WebSocket half (server_socket.cpp). `accept` takes over the socket after the upgrade was
// allowed; `raw_request` is the request's header as it came.
class PendingSocket {
 public:
  explicit PendingSocket(std::shared_ptr<ServerCore> core);
  std::shared_ptr<ServerSocket> socket() const;
  void accept(boost::asio::ip::tcp::socket tcp, const std::string& raw_request);

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace countersign::net
