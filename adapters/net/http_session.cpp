#include "adapters/net/http_session.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>

#include "adapters/net/io_impl.h"
#include "adapters/net/request_head.h"
#include "adapters/net/url.h"
#include "bot/core/json.h"

namespace countersign::net {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr milliseconds kLinger{2'000};  // how long a refused client may read its answer
constexpr std::size_t kReadAtOnce = 16 * 1024;

HttpResponse refusal(int status, const std::string& why) {
  return {.status = status, .headers = {}, .body = Json{{"error", why}}.dump()};
}

bool has_bare_line_feed(std::string_view text) {
  for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

std::string head_of(const HttpResponse& response, bool keep) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head += std::string(reason_phrase(response.status)) + "\r\n";
  for (const auto& [name, value] : response.headers) {
    if (sendable(name, value)) head += name + ": " + value + "\r\n";
  }
  const bool bodiless = response.status == 204 || response.status == 304;
  if (!bodiless) head += "Content-Length: " + std::to_string(response.body.size()) + "\r\n";
  if (!response.body.empty() && !find_header(response.headers, "Content-Type")) {
    head += "Content-Type: application/json\r\n";
  }
  head += keep ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n";
  return head;
}

class Session : public Connection, public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket)
      : core_(std::move(core)), socket_(std::move(socket)), timer_(socket_.get_executor()) {}

  void start() {
    error_code error;
    socket_.non_blocking(true, error);
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
    const auto end = socket_.remote_endpoint(error);
    if (error) return;
    peer_ = end.address().to_string();
    core_->connections.insert(shared_from_this());
    arm(core_->options.header_deadline);
    seek_head();
  }

  void cut() override {
    if (closed_) return;
    closed_ = true;
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    core_->connections.erase(shared_from_this());
  }

  void reply(HttpResponse response) {
    if (closed_) return;
    keep_ = keep_ && !core_->stopped;
    output_[0] = head_of(response, keep_);
    output_[1] = request_.method == "HEAD" || response.status == 204 || response.status == 304
                     ? std::string()
                     : std::move(response.body);
    phase_ = Phase::answering;
    arm(core_->options.idle_deadline);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(output_[0]),
                                                    asio::buffer(output_[1])};
    asio::async_write(socket_, buffers,
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        self->after_reply(error);
                      });
  }

 private:
  enum class Phase { idle, head, body, handling, answering, lingering };

  // One timer serves whatever phase the connection is in; setting it anew forgets the former wait.
  void arm(milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([weak = weak_from_this()](const error_code& error) {
      const auto self = weak.lock();
      if (!error && self && self->timer_.expiry() <= std::chrono::steady_clock::now())
        self->overdue();
    });
  }

  void overdue() {
    if (closed_ || phase_ == Phase::handling) return;
    const bool mid_request = phase_ == Phase::body || (phase_ == Phase::head && !input_.empty());
    if (!mid_request) return cut();
    refuse(408, "the request took too long to arrive");
  }

  // Waits for bytes, takes what is there, and goes on with `then` unless the phase has changed
  // meanwhile. Waiting needs no buffer, so ten thousand idle connections cost little memory.
  void read_more(void (Session::*then)()) {
    socket_.async_wait(asio::socket_base::wait_read,
                       [self = shared_from_this(), then, phase = phase_](const error_code& error) {
                         if (self->closed_ || self->phase_ != phase) return;
                         if (error) return self->cut();
                         self->take_bytes(then);
                       });
  }

  void take_bytes(void (Session::*then)()) {
    std::array<char, kReadAtOnce> bytes;
    error_code error;
    const auto count = socket_.read_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) return read_more(then);
    if (error) return cut();
    input_.append(bytes.data(), count);
    (this->*then)();
  }

  void next_request() {
    request_ = {};
    phase_ = input_.empty() ? Phase::idle : Phase::head;
    const auto& options = core_->options;
    arm(phase_ == Phase::idle ? options.idle_deadline : options.header_deadline);
    seek_head();
  }

  void seek_head() {
    if (phase_ == Phase::idle && !input_.empty()) {
      phase_ = Phase::head;
      arm(core_->options.header_deadline);
    }
    // Old clients send a line break after a body; it belongs to no request.
    while (input_.starts_with("\r\n")) input_.erase(0, 2);
    const auto end = input_.find(kHeadEnd);
    const auto size = end == std::string::npos ? input_.size() : end + kHeadEnd.size();
    if (has_bare_line_feed(std::string_view(input_).substr(0, size))) {
      return refuse(400, "bare line feed in the header");
    }
    if (size > core_->options.header_limit) return refuse(431, "the header is too large");
    if (end == std::string::npos) return read_more(&Session::seek_head);
    head_ = input_.substr(0, size);
    input_.erase(0, size);
    on_head();
  }

  void on_head() {
    const auto flaw = flaw_of_bytes(head_);
    if (!flaw.empty()) return refuse(400, flaw);
    parser_.emplace();
    parser_->header_limit(static_cast<std::uint32_t>(head_.size() + 1));
    parser_->body_limit(core_->options.body_limit);
    parser_->eager(false);
    error_code error;
    parser_->put(asio::buffer(head_), error);
    if (error) return refuse_for(error);
    fill_request();
    const auto field_flaw = flaw_of_fields(request_.headers, parser_->get().version() == 11);
    if (!field_flaw.empty()) return refuse(400, field_flaw);
    keep_ = parser_->keep_alive();
    if (wants_upgrade()) return upgrade();
    if (core_->admit) {
      if (auto refused = core_->admit(request_)) return turn_away(std::move(*refused));
    }
    if (const auto* expect = find_header(request_.headers, "Expect");
        expect && !parser_->is_done()) {
      if (!has_token(*expect, "100-continue")) return refuse(417, "unknown expectation");
      if (input_.empty()) return ask_for_body();
    }
    begin_body();
  }

  void fill_request() {
    const auto& message = parser_->get();
    request_.method = std::string(message.method_string());
    request_.target = std::string(message.target());
    request_.peer = peer_;
    request_.headers.clear();
    for (const auto& field : message) {
      request_.headers.emplace_back(std::string(field.name_string()), std::string(field.value()));
    }
    std::string_view target = request_.target;
    if (const auto scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
      target.remove_prefix(std::min(target.find('/', scheme + 3), target.size()));
    }
    const auto split = std::min(target.find('?'), target.size());
    request_.path = target.substr(0, split);
    request_.query = target.substr(std::min(split + 1, target.size()));
  }

  bool wants_upgrade() const {
    const auto* upgrade = find_header(request_.headers, "Upgrade");
    const auto* connection = find_header(request_.headers, "Connection");
    return core_->upgrade && request_.method == "GET" && upgrade &&
           has_token(*upgrade, "websocket") && connection && has_token(*connection, "upgrade") &&
           parser_->is_done();
  }

  void upgrade() {
    if (!input_.empty()) return refuse(400, "bytes before the upgrade was answered");
    HttpResponse answer{.status = 403, .headers = {}, .body = ""};
    PendingSocket pending(core_);
    phase_ = Phase::handling;
    timer_.cancel();
    if (!core_->upgrade(request_, pending.socket(), answer)) return reply(std::move(answer));
    if (closed_) return;  // the decision stopped the server
    closed_ = true;
    core_->connections.erase(shared_from_this());
    pending.accept(std::move(socket_), head_);
  }

  void ask_for_body() {
    phase_ = Phase::answering;
    asio::async_write(socket_, asio::buffer(kContinue),
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        if (self->closed_) return;
                        if (error) return self->cut();
                        self->begin_body();
                      });
  }

  void begin_body() {
    phase_ = Phase::body;
    arm(core_->options.body_deadline);
    parser_->eager(true);
    take_body();
  }

  void take_body() {
    while (!parser_->is_done() && !input_.empty()) {
      error_code error;
      const auto used = parser_->put(asio::buffer(input_), error);
      input_.erase(0, used);
      if (error && error != http::error::need_more) return refuse_for(error);
      if (used == 0) break;
    }
    if (parser_->is_done()) return handle();
    // What the parser leaves is an unfinished chunk header: short, unless somebody plays games.
    if (input_.size() > core_->options.header_limit) return refuse(400, "chunk header too long");
    read_more(&Session::take_body);
  }

  void handle();

  void after_reply(const error_code& error) {
    if (closed_) return;
    if (error) return cut();
    if (keep_) return next_request();
    // Closing with unread bytes would reset the connection and may take the answer with it.
    error_code ignored;
    socket_.shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
    phase_ = Phase::lingering;
    arm(kLinger);
    drain();
  }

  void drain() {
    input_.clear();
    read_more(&Session::drain);
  }

  void refuse(int status, const std::string& why) { turn_away(refusal(status, why)); }

  // What is left of the request is not read, so the connection ends with the answer.
  void turn_away(HttpResponse response) {
    keep_ = false;
    phase_ = Phase::answering;
    reply(std::move(response));
  }

  void refuse_for(const error_code& error) {
    if (error == http::error::body_limit) return refuse(413, "the body is too large");
    refuse(400, "malformed request: " + error.message());
  }

  const std::shared_ptr<ServerCore> core_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  std::string peer_;
  Phase phase_ = Phase::head;
  bool closed_ = false;
  bool keep_ = false;
  std::string input_;  // received and not yet used
  std::string head_;   // of the current request
  std::optional<http::request_parser<http::string_body>> parser_;
  HttpRequest request_;
  std::array<std::string, 2> output_;
};

// The answer to one request: given once from any thread, by itself if the handler forgets it.
class Answer {
 public:
  Answer(std::weak_ptr<Session> session, std::weak_ptr<asio::io_context> context)
      : session_(std::move(session)), context_(std::move(context)) {}
  Answer(const Answer&) = delete;
  Answer& operator=(const Answer&) = delete;
  ~Answer() { give(refusal(500, "the request was not answered")); }

  void give(HttpResponse response) {
    if (given_.exchange(true)) return;
    const auto context = context_.lock();
    if (!context) return;
    asio::post(*context, [session = session_, response = std::move(response)]() mutable {
      if (const auto alive = session.lock()) alive->reply(std::move(response));
    });
  }

 private:
  const std::weak_ptr<Session> session_;
  const std::weak_ptr<asio::io_context> context_;
  std::atomic<bool> given_ = false;
};

void Session::handle() {
  phase_ = Phase::handling;
  timer_.cancel();
  request_.body = std::move(parser_->get().body());
  parser_.reset();
  HttpRequest request = std::move(request_);
  request_.method = request.method;  // the answer to HEAD has no body
  const auto answer = std::make_shared<Answer>(weak_from_this(), core_->context);
  core_->handler(std::move(request),
                 [answer](HttpResponse response) { answer->give(std::move(response)); });
}

}  // namespace

void serve(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket) {
  std::make_shared<Session>(std::move(core), std::move(socket))->start();
}

}  // namespace countersign::net
