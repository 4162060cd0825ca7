// Private to this room: one accepted connection of the HTTP server, and what all of them share.
#pragma once
#include <atomic>
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <unordered_set>

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
  HttpServerOptions options;
  HttpServer::Handler handler;
  HttpServer::Upgrade upgrade;
  HttpServer::Admit admit;
  std::weak_ptr<boost::asio::io_context> context;
  std::unordered_set<std::shared_ptr<Connection>> connections;
  std::atomic<bool> stopped = false;
};

// Reads requests from `socket` one after another, and answers each before the next.
void serve(std::shared_ptr<ServerCore> core, boost::asio::ip::tcp::socket socket);

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
