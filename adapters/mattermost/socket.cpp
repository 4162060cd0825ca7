#include "adapters/mattermost/socket.h"

#include <algorithm>

namespace countersign::adapters::mattermost {
namespace {

using std::chrono::milliseconds;

constexpr std::int64_t kOverlap =
    15'000;  // milliseconds of catch-up before the last certain moment
constexpr int kUnauthorized = 401;

}  // namespace

Socket::Socket(net::Io& io, const std::string& url, std::string token, SocketTiming timing,
               std::int64_t heard_to, SocketCallbacks callbacks)
    : io_(io),
      url_(websocket_url(url)),
      token_(std::move(token)),
      timing_(timing),
      callbacks_(std::move(callbacks)),
      synced_to_(heard_to) {}

void Socket::start() { connect(); }

void Socket::stop() {
  stopped_ = true;
  ++generation_;
  deadline_.cancel();
  next_.cancel();
  if (socket_) socket_->close();
  socket_.reset();
}

void Socket::connect() {
  if (stopped_) return;
  const auto mine = ++generation_;
  resuming_ = !connection_id_.empty();
  net::WebSocketOptions options;
  options.url = url_;
  if (resuming_) {
    options.url +=
        "?connection_id=" + connection_id_ + "&sequence_number=" + std::to_string(next_seq_);
  }
  options.headers = {{"Authorization", "Bearer " + token_}};
  const auto guarded = [weak = weak_from_this(), mine](auto&& work) {
    const auto self = weak.lock();
    if (self && self->generation_ == mine) work(*self);
  };
  socket_ = net::WebSocket::open(
      io_, std::move(options), [guarded] { guarded([](Socket& self) { self.on_open(); }); },
      [guarded](const std::string& text) {
        guarded([&text](Socket& self) { self.on_text(text); });
      },
      [guarded](const std::string& why) { guarded([&why](Socket& self) { self.lost(why); }); });
}

// A resumed connection gets no hello, and one with a bad token gets nothing at all: so every
// connection begins with a ping action whose reply tells that it lives.
void Socket::on_open() {
  expect(timing_.hello, "no hello came: the token may be wrong");
  ping();
}

void Socket::on_text(const std::string& text) {
  const Frame frame = parse_frame(text);
  if (frame.kind == Frame::Kind::hello) return on_hello(frame);
  if (frame.kind == Frame::Kind::reply) return on_reply(frame);
  on_event(frame);
}

void Socket::on_hello(const Frame& frame) {
  // A second hello on one connection is the sign of a confused server that will send everything
  // twice.
  if (!resuming_ && !connection_id_.empty() && connection_id_ != frame.connection_id &&
      up_ == true) {
    connection_id_.clear();
    return reconnect("the server greeted twice");
  }
  const bool gap = synced_to_ != 0 && connection_id_ != frame.connection_id;
  resuming_ = false;
  connection_id_ = frame.connection_id;
  next_seq_ = frame.seq + 1;
  came_up();
  if (gap) callbacks_.gap(synced_to_ - kOverlap);
}

void Socket::on_reply(const Frame& frame) {
  if (frame.reply_to != action_) return;
  if (!frame.ok) {
    connection_id_.clear();
    return reconnect(frame.status == kUnauthorized ? "the token is not valid any more"
                                                   : "the server refuses pings");
  }
  // Without a hello before it, the reply to the first ping says that the resume worked. On a first
  // connection it says nothing that counts.
  if (!resuming_ && up_ != true) return;
  resuming_ = false;
  deadline_.cancel();
  synced_to_ = std::max(synced_to_, frame.server_time);
  came_up();
  callbacks_.synced(synced_to_);
  next_ = io_.after(timing_.ping_every, [weak = weak_from_this(), mine = generation_] {
    const auto self = weak.lock();
    if (!self || self->generation_ != mine) return;
    self->expect(self->timing_.ping_reply, "no reply to a ping");
    self->ping();
  });
}

void Socket::on_event(const Frame& frame) {
  if (frame.seq >= 0) {
    if (frame.seq < next_seq_) return;  // a replay of what was heard
    const bool gap = frame.seq > next_seq_;
    next_seq_ = frame.seq + 1;
    if (gap) callbacks_.gap(synced_to_ - kOverlap);
  }
  callbacks_.frame(frame);
}

void Socket::ping() { socket_->send(ping_action(++action_)); }

void Socket::expect(milliseconds within, const std::string& or_else) {
  deadline_.cancel();
  deadline_ = io_.after(within, [weak = weak_from_this(), mine = generation_, or_else] {
    const auto self = weak.lock();
    if (self && self->generation_ == mine) self->reconnect(or_else);
  });
}

void Socket::came_up() {
  failures_ = 0;
  if (up_ == true) return;
  up_ = true;
  callbacks_.state(true, "");
}

void Socket::reconnect(const std::string& why) {
  if (stopped_) return;
  if (socket_) socket_->close();
  lost(why);
}

void Socket::lost(const std::string& why) {
  if (stopped_) return;
  const auto mine = ++generation_;
  deadline_.cancel();
  next_.cancel();
  socket_.reset();
  if (up_ != false) {
    up_ = false;
    callbacks_.state(false, why);
  }
  const auto doubled = timing_.first_pause * (1LL << std::min(failures_++, 16));
  const auto pause = std::min<milliseconds>(doubled, timing_.longest_pause);
  // Between half and all of it, so that many bots do not come back at once.
  const auto jittered = milliseconds(static_cast<std::int64_t>(static_cast<double>(pause.count()) *
                                                               (0.5 + callbacks_.chance() / 2)));
  next_ = io_.after(jittered, [weak = weak_from_this(), mine] {
    const auto self = weak.lock();
    if (self && self->generation_ == mine) self->connect();
  });
}

}  // namespace countersign::adapters::mattermost
