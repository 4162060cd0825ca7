#include "adapters/net/http_server.h"

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>

#include "adapters/net/descriptors.h"
#include "adapters/net/http_session.h"
#include "adapters/net/io_impl.h"

namespace countersign::net {
namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {
constexpr std::chrono::milliseconds kAcceptPause{100};
}

struct HttpServer::Impl : std::enable_shared_from_this<HttpServer::Impl> {
  Impl(Io& io, HttpServerOptions options, Handler handler, Upgrade upgrade, Admit admit)
      : loop(io),
        acceptor(*io.impl().context),
        core(std::make_shared<ServerCore>(std::move(options))) {
    core->handler = std::move(handler);
    core->upgrade = std::move(upgrade);
    core->admit = std::move(admit);
    core->context = io.impl().context;
  }

  error_code listen() {
    error_code error;
    const auto address = asio::ip::make_address(core->options.address, error);
    if (error) return error;
    const tcp::endpoint endpoint(address, core->options.port);
    acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    return error;
  }

  void accept() {
    acceptor.async_accept([self = shared_from_this()](const error_code& error, tcp::socket socket) {
      if (self->core->stopped || error == asio::error::operation_aborted) return;
      if (error) return self->pause();
      self->admit(std::move(socket));
      self->accept();
    });
  }

  // Beyond the limit the socket closes as it goes out of scope.
  void admit(tcp::socket socket) {
    if (core->connections.size() < room) return serve(core, std::move(socket));
    count_closed("all");
  }

  // Most likely out of descriptors: trying again at once would burn the io thread.
  void pause() {
    retry = loop.after(kAcceptPause, [weak = weak_from_this()] {
      const auto self = weak.lock();
      if (self && !self->core->stopped) self->accept();
    });
  }

  void close_all() {
    core->stopped = true;
    retry.cancel();
    error_code ignored;
    acceptor.close(ignored);
    const auto connections = std::move(core->connections);
    core->connections.clear();
    for (const auto& connection : connections) connection->cut();
  }

  Io& loop;
  tcp::acceptor acceptor;
  Io::Timer retry;
  const std::shared_ptr<ServerCore> core;
  std::size_t room = 0;  // for connections; set before the first is accepted
};

HttpServer::HttpServer(Io& io, HttpServerOptions options, Handler handler, Upgrade upgrade,
                       Admit admit)
    : impl_(std::make_shared<Impl>(io, std::move(options), std::move(handler), std::move(upgrade),
                                   std::move(admit))) {}

HttpServer::~HttpServer() { stop(); }

Result<std::uint16_t> HttpServer::start() {
  const error_code error = impl_->listen();
  if (error) {
    const auto& options = impl_->core->options;
    return unavailable("cannot listen on " + options.address + ":" + std::to_string(options.port) +
                       ": " + error.message());
  }
  impl_->room = room_for_connections(impl_->core->options.connection_limit);
  const auto port = impl_->acceptor.local_endpoint().port();
  impl_->loop.impl().run_and_wait([impl = impl_] { impl->accept(); });
  return port;
}

void HttpServer::stop() {
  if (impl_->core->stopped) return;
  impl_->loop.impl().run_and_wait([impl = impl_] { impl->close_all(); });
}

}  // namespace countersign::net
