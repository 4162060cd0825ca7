// The only file that instantiates Beast's WebSocket client: it takes twenty seconds and a gigabyte
// to compile.
#include "adapters/net/websocket.h"

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket.hpp>
#include <boost/beast/websocket/ssl.hpp>
#include <cctype>
#include <deque>

#include "adapters/net/io_impl.h"
#include "adapters/net/url.h"

namespace countersign::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::milliseconds kPoliteClose{2'000};

using Plain = websocket::stream<tcp::socket>;
using Secure = websocket::stream<asio::ssl::stream<tcp::socket>>;

struct Callbacks {
  std::function<void()> on_open;
  std::function<void(std::string)> on_text;
  std::function<void(std::string)> on_close;
};

std::string words(const error_code& error) {
  std::string text = error.message();
  if (!text.empty()) text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  return text;
}

// What Plain and Secure have in common from the caller's side.
template <class Stream>
class Client : public std::enable_shared_from_this<Client<Stream>> {
 public:
  static constexpr bool kTls = std::is_same_v<Stream, Secure>;

  template <class... StreamArgs>
  Client(Io& io, WebSocketOptions options, Url url, Callbacks callbacks, StreamArgs&&... args)
      : io_(io),
        context_(io.impl().context),
        options_(std::move(options)),
        url_(std::move(url)),
        callbacks_(std::move(callbacks)),
        resolver_(*io.impl().context),
        stream_(*io.impl().context, std::forward<StreamArgs>(args)...) {}

  void begin_on_io() {
    on_io([](Client& self) { self.begin(); });
  }

  void send(std::string text) {
    on_io([text = std::move(text)](Client& self) mutable {
      if (self.over_) return;
      self.output_.push_back(std::move(text));
      self.write_next();
    });
  }

  void close() {
    if (context_.expired()) return;
    if (io_.impl().on_thread()) return close_now();
    on_io([](Client& self) { self.close_now(); });
  }

 private:
  std::shared_ptr<Client> self() { return this->shared_from_this(); }

  void on_io(std::function<void(Client&)> work) {
    const auto context = context_.lock();
    if (!context) return;
    asio::post(*context, [self = self(), work = std::move(work)] { work(*self); });
  }

  void begin() {
    if (over_) return;
    deadline_ = io_.after(options_.connect_timeout, [weak = this->weak_from_this()] {
      if (const auto self = weak.lock()) self->fail("connecting took too long");
    });
    resolver_.async_resolve(
        url_.host, url_.port,
        [self = self()](const error_code& error, const tcp::resolver::results_type& found) {
          if (self->over_) return;
          if (error) return self->fail("unknown host: " + error.message());
          self->connect(found);
        });
  }

  tcp::socket& tcp_socket() {
    if constexpr (kTls) {
      return stream_.next_layer().next_layer();
    } else {
      return stream_.next_layer();
    }
  }

  void connect(const tcp::resolver::results_type& found) {
    asio::async_connect(tcp_socket(), found,
                        [self = self()](const error_code& error, const tcp::endpoint&) {
                          if (self->over_) return;
                          if (error) return self->fail(words(error));
                          error_code ignored;
                          self->tcp_socket().set_option(tcp::no_delay(true), ignored);
                          self->secure();
                        });
  }

  void secure() {
    if constexpr (kTls) {
      auto& tls = stream_.next_layer();
      SSL_set_tlsext_host_name(tls.native_handle(), url_.host.c_str());
      tls.set_verify_callback(asio::ssl::host_name_verification(url_.host));
      tls.async_handshake(asio::ssl::stream_base::client, [self = self()](const error_code& error) {
        if (self->over_) return;
        if (error) return self->fail("TLS failed: " + error.message());
        self->upgrade();
      });
    } else {
      upgrade();
    }
  }

  void upgrade() {
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = kPoliteClose + options_.connect_timeout;
    timeout.idle_timeout = websocket::stream_base::none();
    if (options_.silence_limit.count() > 0) timeout.idle_timeout = options_.silence_limit;
    timeout.keep_alive_pings = true;
    stream_.set_option(timeout);
    stream_.read_message_max(options_.message_limit);
    stream_.set_option(websocket::stream_base::decorator(
        [headers = options_.headers](websocket::request_type& request) {
          for (const auto& [name, value] : headers) request.set(name, value);
        }));
    stream_.async_handshake(answer_, url_.authority, url_.target,
                            [self = self()](const error_code& error) { self->upgraded(error); });
  }

  void upgraded(const error_code& error) {
    if (over_) return;
    if (error == websocket::error::upgrade_declined) {
      return fail("upgrade refused: " + std::to_string(answer_.result_int()));
    }
    if (error) return fail("upgrade failed: " + error.message());
    deadline_.cancel();
    open_ = true;
    const auto call = callbacks_.on_open;  // survives a close from inside
    if (call) call();
    if (over_) return;
    read();
    write_next();
  }

  void read() {
    stream_.async_read(input_, [self = self()](const error_code& error, std::size_t) {
      if (self->over_) return;
      if (error) return self->fail(self->reason(error));
      std::string text = beast::buffers_to_string(self->input_.data());
      self->input_.consume(self->input_.size());
      const auto call = self->callbacks_.on_text;  // survives a close from inside
      if (call) call(std::move(text));
      if (!self->over_) self->read();
    });
  }

  std::string reason(const error_code& error) const {
    if (error == websocket::error::closed)
      return "closed by server: " + std::to_string(stream_.reason().code);
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated)
      return "ended by server";
    if (error == beast::error::timeout) return "the server has gone silent";
    return words(error);
  }

  void write_next() {
    if (!open_ || writing_ || output_.empty()) return;
    writing_ = true;
    stream_.text(true);
    stream_.async_write(asio::buffer(output_.front()),
                        [self = self()](const error_code& error, std::size_t) {
                          self->writing_ = false;
                          if (self->over_) return;
                          if (error) return self->fail(words(error));
                          self->output_.pop_front();
                          self->write_next();
                        });
  }

  // The end as the caller sees it comes at once; the close frame is a courtesy with a time limit.
  void close_now() {
    if (over_) return;
    over_ = true;
    release();
    if (!open_) return cut();
    cut_later_ = io_.after(kPoliteClose, [self = self()] { self->cut(); });
    stream_.async_close(websocket::close_code::normal, [self = self()](const error_code&) {
      self->cut_later_.cancel();
      self->cut();
    });
  }

  void fail(std::string why) {
    if (over_) return;
    over_ = true;
    cut();
    const auto closed = callbacks_.on_close;
    release();
    if (closed) closed(std::move(why));
  }

  void cut() {
    error_code ignored;
    resolver_.cancel();
    tcp_socket().close(ignored);
  }

  // The callbacks usually hold this socket, so let go of them.
  void release() {
    deadline_.cancel();
    callbacks_ = {};
  }

  Io& io_;
  const std::weak_ptr<asio::io_context> context_;
  const WebSocketOptions options_;
  const Url url_;
  Callbacks callbacks_;
  tcp::resolver resolver_;
  Stream stream_;
  Io::Timer deadline_;
  Io::Timer cut_later_;
  websocket::response_type answer_;
  beast::flat_buffer input_;
  std::deque<std::string> output_;
  bool open_ = false;
  bool writing_ = false;
  bool over_ = false;
};

// Certificates are read anew for every connection: reconnects are rare, and a renewed store takes
// effect.
asio::ssl::context trust(const std::string& ca_file, error_code& error) {
  asio::ssl::context context(asio::ssl::context::tls_client);
  context.set_verify_mode(asio::ssl::verify_peer, error);
  if (!error) context.set_default_verify_paths(error);
  if (!error && !ca_file.empty()) context.load_verify_file(ca_file, error);
  return context;
}

// What the caller holds. The client itself lives as long as something is pending on the io thread,
// and never longer than that thread, whatever the caller does with this handle.
template <class Stream>
class Handle : public WebSocket {
 public:
  explicit Handle(const std::shared_ptr<Client<Stream>>& client) : client_(client) {
    client->begin_on_io();
  }
  void send(std::string text) override {
    if (const auto client = client_.lock()) client->send(std::move(text));
  }
  void close() override {
    if (const auto client = client_.lock()) client->close();
  }

 private:
  const std::weak_ptr<Client<Stream>> client_;
};

// A socket that was never one: it says why, and that was all.
class Stillborn : public WebSocket {
 public:
  void send(std::string) override {}
  void close() override { closed_ = true; }
  static std::shared_ptr<WebSocket> open(Io& io, std::function<void(std::string)> on_close,
                                         std::string why) {
    const auto socket = std::make_shared<Stillborn>();
    io.post([socket, on_close = std::move(on_close), why = std::move(why)] {
      if (!socket->closed_ && on_close) on_close(why);
    });
    return socket;
  }

 private:
  std::atomic<bool> closed_ = false;
};

}  // namespace

std::shared_ptr<WebSocket> WebSocket::open(Io& io, WebSocketOptions options,
                                           std::function<void()> on_open,
                                           std::function<void(std::string)> on_text,
                                           std::function<void(std::string)> on_close) {
  auto url = parse_url(options.url);
  if (!url) return Stillborn::open(io, std::move(on_close), url.error().message);
  if (url->scheme != "ws" && url->scheme != "wss") {
    return Stillborn::open(io, std::move(on_close), "the address is not ws(s)");
  }
  for (const auto& [name, value] : options.headers) {
    if (!sendable(name, value))
      return Stillborn::open(io, std::move(on_close), "a header is not valid");
  }
  Callbacks callbacks{std::move(on_open), std::move(on_text), std::move(on_close)};
  if (!url->secure()) {
    return std::make_shared<Handle<Plain>>(std::make_shared<Client<Plain>>(
        io, std::move(options), std::move(*url), std::move(callbacks)));
  }
  error_code error;
  auto tls = trust(options.ca_file, error);
  if (error) return Stillborn::open(io, std::move(callbacks.on_close), "TLS: " + error.message());
  return std::make_shared<Handle<Secure>>(std::make_shared<Client<Secure>>(
      io, std::move(options), std::move(*url), std::move(callbacks), tls));
}

}  // namespace countersign::net
