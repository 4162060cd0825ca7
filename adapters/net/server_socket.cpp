// The accepting half of WebSocket: the other half, the client, is websocket.cpp.
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/buffers_to_string.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/websocket.hpp>
#include <deque>
#include <optional>

#include "adapters/net/http_session.h"

namespace countersign::net {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;

namespace {
constexpr std::chrono::milliseconds kNever{0};
}

class PendingSocket::Impl : public ServerSocket, public Connection {
 public:
  explicit Impl(std::shared_ptr<ServerCore> core) : core_(std::move(core)) {}

  void send(std::string text) override {
    queued_++;
    on_io([text = std::move(text)](Impl& self) mutable { self.enqueue(std::move(text)); });
  }

  void close(int code) override {
    on_io([code](Impl& self) { self.begin_close(code); });
  }

  std::size_t queued() const override { return queued_; }

  void cut() override {
    error_code ignored;
    if (stream_) stream_->next_layer().close(ignored);
    finish();
  }

  void accept(asio::ip::tcp::socket tcp, const std::string& raw_request) {
    core_->connections.insert(self());
    stream_.emplace(std::move(tcp));
    stream_->read_message_max(core_->options.websocket_limit);
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = core_->options.header_deadline;
    timeout.idle_timeout = websocket::stream_base::none();
    stream_->set_option(timeout);
    http::request_parser<http::empty_body> parser;
    parser.header_limit(static_cast<std::uint32_t>(raw_request.size() + 1));
    error_code error;
    parser.put(asio::buffer(raw_request), error);
    if (error) return cut();
    stream_->async_accept(parser.get(),
                          [self = self()](const error_code& result) { self->on_accept(result); });
  }

 private:
  std::shared_ptr<Impl> self() {
    return std::static_pointer_cast<Impl>(ServerSocket::shared_from_this());
  }

  std::weak_ptr<Impl> weak_self() { return self(); }

  void on_io(std::function<void(Impl&)> work) {
    const auto context = core_->context.lock();
    if (!context) return;
    asio::post(*context, [self = self(), work = std::move(work)] { work(*self); });
  }

  void on_accept(const error_code& error) {
    if (finished_) return;
    if (error) return cut();
    open_ = true;
    begin_heartbeat();
    read();
    write_next();
  }

  // Pings go out on their own time; only pongs count as a sign of life.
  void begin_heartbeat() {
    if (core_->options.websocket_ping == kNever) return;
    stream_->control_callback([weak = weak_self()](websocket::frame_type kind, beast::string_view) {
      const auto alive = weak.lock();
      if (alive && kind == websocket::frame_type::pong) alive->expect_pong();
    });
    next_ping_.emplace(stream_->get_executor());
    pong_due_.emplace(stream_->get_executor());
    expect_pong();
    ping_later();
  }

  void expect_pong() {
    if (finished_) return;
    pong_due_->expires_after(core_->options.websocket_pong);
    pong_due_->async_wait([weak = weak_self()](const error_code& error) {
      const auto alive = weak.lock();
      if (!error && alive && !alive->finished_) alive->cut();
    });
  }

  void ping_later() {
    next_ping_->expires_after(core_->options.websocket_ping);
    next_ping_->async_wait([weak = weak_self()](const error_code& error) {
      const auto alive = weak.lock();
      if (!error && alive && !alive->finished_) alive->ping();
    });
  }

  void ping() {
    stream_->async_ping({}, [self = self()](const error_code& error) {
      if (!self->finished_ && !error) self->ping_later();
    });
  }

  void read() {
    stream_->async_read(input_, [self = self()](const error_code& error, std::size_t) {
      if (self->finished_) return;
      if (error) return self->cut();
      self->on_message();
    });
  }

  void on_message() {
    std::string text = beast::buffers_to_string(input_.data());
    input_.consume(input_.size());
    if (!stream_->got_text()) {
      begin_close(websocket::close_code::unknown_data);
    } else if (!closing_ && on_text) {
      const auto call = on_text;  // survives a close from inside
      call(std::move(text));
    }
    if (!finished_) read();
  }

  void enqueue(std::string text) {
    if (finished_ || closing_) {
      queued_--;
      return;
    }
    output_.push_back(std::move(text));
    write_next();
  }

  // One frame at a time; a polite close goes out after what was queued before it.
  void write_next() {
    if (!open_ || writing_ || finished_) return;
    if (output_.empty()) {
      if (closing_) send_close();
      return;
    }
    writing_ = true;
    stream_->text(true);
    stream_->async_write(
        asio::buffer(output_.front()),
        [self = self()](const error_code& error, std::size_t) { self->on_written(error); });
  }

  void on_written(const error_code& error) {
    writing_ = false;
    if (finished_) return;
    if (error) return cut();
    output_.pop_front();
    queued_--;
    write_next();
  }

  void begin_close(int code) {
    if (finished_ || closing_) return;
    if (code == 0) return cut();
    closing_ = code;
    write_next();
  }

  void send_close() {
    writing_ = true;  // nothing follows a close frame
    stream_->async_close(websocket::close_reason(static_cast<std::uint16_t>(*closing_)),
                         [self = self()](const error_code&) { self->cut(); });
  }

  void finish() {
    if (finished_) return;
    finished_ = true;
    queued_ -= output_.size();
    // Somebody may hold this object for longer than the io thread lives; the stream must not.
    next_ping_.reset();
    pong_due_.reset();
    stream_.reset();
    core_->connections.erase(self());
    // The callbacks usually hold this socket: let go of them, whatever they do.
    const auto closed = std::move(on_close);
    on_close = nullptr;
    on_text = nullptr;
    if (closed) closed();
  }

  const std::shared_ptr<ServerCore> core_;
  std::atomic<std::size_t> queued_ = 0;
  std::optional<websocket::stream<asio::ip::tcp::socket>> stream_;
  std::optional<asio::steady_timer> next_ping_;
  std::optional<asio::steady_timer> pong_due_;
  beast::flat_buffer input_;
  std::deque<std::string> output_;
  bool open_ = false;
  bool writing_ = false;
  bool finished_ = false;
  std::optional<int> closing_;
};

PendingSocket::PendingSocket(std::shared_ptr<ServerCore> core)
    : impl_(std::make_shared<Impl>(std::move(core))) {}

std::shared_ptr<ServerSocket> PendingSocket::socket() const { return impl_; }

void PendingSocket::accept(asio::ip::tcp::socket tcp, const std::string& raw_request) {
  impl_->accept(std::move(tcp), raw_request);
}

}  // namespace countersign::net
