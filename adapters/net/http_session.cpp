#include "adapters/net/http_session.h"

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include "adapters/net/forwarded.h"
#include "adapters/net/io_impl.h"
#include "adapters/net/request_reader.h"
#include "adapters/net/response_head.h"
#include "bot/obs/metrics.h"

namespace countersign::net {
namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::milliseconds;

namespace {

using Stage = RequestReader::Stage;

constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
constexpr milliseconds kLinger{2'000};  // how long a refused client may read its answer
constexpr std::size_t kReadAtOnce = 16 * 1024;

class Session : public Connection, public std::enable_shared_from_this<Session> {
 public:
  Session(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket)
      : core_(std::move(core)),
        socket_(std::move(socket)),
        timer_(socket_.get_executor()),
        reader_(core_->options.header_limit, core_->options.body_limit) {}

  void start() {
    error_code error;
    socket_.non_blocking(true, error);
    socket_.set_option(asio::ip::tcp::no_delay(true), error);
    const auto end = socket_.remote_endpoint(error);
    if (error) return;
    peer_ = end.address().to_string();
    if (!enter()) return count_closed("sender");
    core_->connections.insert(shared_from_this());
    arm(core_->options.header_deadline);
    read_more();
  }

  void cut() override {
    if (closed_) return;
    error_code ignored;
    socket_.close(ignored);
    timer_.cancel();
    leave();
  }

  void reply(HttpResponse response) {
    if (closed_) return;
    keep_ = keep_ && !core_->stopped;
    output_[0] = head_of(response, keep_);
    output_[1] = without_body_ || bodiless(response.status) ? "" : std::move(response.body);
    phase_ = Phase::answering;
    arm(core_->options.answer_deadline);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(output_[0]),
                                                    asio::buffer(output_[1])};
    asio::async_write(socket_, buffers,
                      [self = shared_from_this()](const error_code& error, std::size_t) {
                        self->after_reply(error);
                      });
  }

 private:
  enum class Phase { idle, head, body, handling, answering, lingering };

  bool enter() {
    const auto& options = core_->options;
    const bool counted = !core::any_contains(options.uncounted, peer_) &&
                         !core::any_contains(options.trusted_proxies, peer_);
    if (!counted) return true;
    network_ = core::network_of(peer_);
    if (core_->crowd.enter(network_)) return true;
    network_.clear();
    return false;
  }

  void leave() {
    closed_ = true;
    hold(0);
    if (!network_.empty()) core_->crowd.leave(network_);
    core_->connections.erase(shared_from_this());
  }

  // Takes part in the count of what all unfinished bodies hold.
  void hold(std::size_t bytes) {
    core_->bodies += bytes - held_;
    held_ = bytes;
  }

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
    if (phase_ == Phase::body && grows()) return watch_growth();
    const bool mid_request =
        phase_ == Phase::body || (phase_ == Phase::head && reader_.unused() > 0);
    if (!mid_request) return cut();
    refuse(408, "the request took too long to arrive");
  }

  bool grows() const {
    return std::chrono::steady_clock::now() < body_due_ &&
           reader_.body_size() >= watched_size_ + core_->options.least_growth;
  }

  void watch_growth() {
    watched_size_ = reader_.body_size();
    const auto left = std::chrono::ceil<milliseconds>(body_due_ - std::chrono::steady_clock::now());
    arm(std::min(left, core_->options.rate_window));
  }

  // Waiting needs no buffer, so ten thousand idle connections cost little memory.
  void read_more() {
    socket_.async_wait(asio::socket_base::wait_read,
                       [self = shared_from_this(), phase = phase_](const error_code& error) {
                         if (self->closed_ || self->phase_ != phase) return;
                         if (error) return self->cut();
                         self->take_bytes();
                       });
  }

  void take_bytes() {
    std::array<char, kReadAtOnce> bytes;
    error_code error;
    const auto count = socket_.read_some(asio::buffer(bytes), error);
    if (error == asio::error::would_block) return read_more();
    if (error) return cut();
    if (phase_ == Phase::lingering) return read_more();
    if (phase_ == Phase::idle) begin_head();
    go_on(reader_.take({bytes.data(), count}));
  }

  void begin_head() {
    phase_ = Phase::head;
    arm(core_->options.header_deadline);
  }

  void go_on(Stage stage) {
    hold(reader_.body_size());
    if (core_->bodies > core_->options.bodies_limit)
      return refuse(503, "too many bodies at once; send it again later");
    switch (stage) {
      case Stage::head:
      case Stage::body:
        return read_more();
      case Stage::admission:
        return admit();
      case Stage::complete:
        return handle();
      case Stage::flawed:
        return refuse(reader_.flaw().status, reader_.flaw().why);
    }
  }

  void next_request() {
    std::string().swap(output_[0]);
    std::string().swap(output_[1]);
    phase_ = Phase::idle;
    const auto stage = reader_.next();
    if (reader_.unused() > 0 || stage != Stage::head) {
      begin_head();
    } else {
      arm(core_->options.idle_deadline);
    }
    go_on(stage);
  }

  void admit() {
    RequestHead& head = reader_.head();
    HttpRequest& request = head.request;
    request.peer = sender_of(peer_, request.headers, core_->options.trusted_proxies);
    keep_ = head.keep_alive;
    without_body_ = request.method == "HEAD";
    if (wants_upgrade()) return upgrade();
    if (core_->admit) {
      if (auto refused = core_->admit(request)) return turn_away(std::move(*refused));
    }
    if (const auto* expect = find_header(request.headers, "Expect"); expect && reader_.has_body()) {
      if (!has_token(*expect, "100-continue")) return refuse(417, "unknown expectation");
      if (reader_.unused() == 0) return ask_for_body();
    }
    begin_body();
  }

  bool wants_upgrade() const {
    const auto& request = reader_.head().request;
    const auto* upgrade = find_header(request.headers, "Upgrade");
    const auto* connection = find_header(request.headers, "Connection");
    return core_->upgrade && request.method == "GET" && upgrade &&
           has_token(*upgrade, "websocket") && connection && has_token(*connection, "upgrade") &&
           !reader_.has_body();
  }

  void upgrade() {
    if (reader_.unused() > 0) return refuse(400, "bytes before the upgrade was answered");
    HttpResponse answer{.status = 403, .headers = {}, .body = ""};
    PendingSocket pending(core_);
    phase_ = Phase::handling;
    timer_.cancel();
    if (!core_->upgrade(reader_.head().request, pending.socket(), answer))
      return reply(std::move(answer));
    if (closed_) return;  // the decision stopped the server
    leave();
    pending.accept(std::move(socket_), reader_.raw_head());
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
    const auto stage = reader_.read_body();
    if (stage == Stage::body) {
      body_due_ = std::chrono::steady_clock::now() + core_->options.body_deadline;
      watch_growth();
    }
    go_on(stage);
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
    read_more();
  }

  void refuse(int status, const std::string& why) {
    obs::count("countersign_http_refused_total",
               "Requests the HTTP server refused by itself, by answer",
               {{"status", std::to_string(status)}});
    if (core_->options.on_refused) core_->options.on_refused(status, why, peer_);
    turn_away(refusal(status, why));
  }

  // What is left of the request is not read, so the connection ends with the answer.
  void turn_away(HttpResponse response) {
    keep_ = false;
    reply(std::move(response));
  }

  const std::shared_ptr<ServerCore> core_;
  asio::ip::tcp::socket socket_;
  asio::steady_timer timer_;
  std::string peer_;
  std::string network_;  // as counted in the crowd; empty if it is not
  Phase phase_ = Phase::head;
  bool closed_ = false;
  bool keep_ = false;
  bool without_body_ = false;  // the answer to HEAD
  std::size_t held_ = 0;       // our part of core_->bodies
  std::size_t watched_size_ = 0;
  std::chrono::steady_clock::time_point body_due_;
  RequestReader reader_;
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
  hold(0);
  HttpRequest request = std::move(reader_.head().request);
  const auto answer = std::make_shared<Answer>(weak_from_this(), core_->context);
  core_->handler(std::move(request),
                 [answer](HttpResponse response) { answer->give(std::move(response)); });
}

}  // namespace

void count_closed(const char* whose_limit) {
  obs::count("countersign_connections_closed_total",
             "Connections closed at once, by the limit they were beyond", {{"limit", whose_limit}});
}

void serve(std::shared_ptr<ServerCore> core, asio::ip::tcp::socket socket) {
  std::make_shared<Session>(std::move(core), std::move(socket))->start();
}

}  // namespace countersign::net
