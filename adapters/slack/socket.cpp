#include "adapters/slack/socket.h"

#include <algorithm>

#include "bot/obs/log.h"

namespace countersign::adapters::slack {
namespace {

using std::chrono::milliseconds;

// Doublings after a socket that was greeted: Slack is there, and says itself if it is asked too
// often.
constexpr int kShortBackoff = 3;

constexpr const char* kSwitchedOff =
    "Socket Mode is switched off in the settings of the Slack app; switch it on and start the bot "
    "again";

}  // namespace

Socket::Socket(net::Io& io, std::string chat, SocketTiming timing, SocketCallbacks callbacks)
    : io_(io), chat_(std::move(chat)), timing_(timing), callbacks_(std::move(callbacks)) {}

void Socket::start() { dial_after(milliseconds(0)); }

void Socket::stop() {
  stopped_ = true;
  next_.cancel();
  for (auto& [id, line] : lines_) {
    line.deadline.cancel();
    line.socket->close();
  }
  lines_.clear();
}

bool Socket::serving() const {
  return std::ranges::any_of(
      lines_, [](const auto& line) { return line.second.greeted && !line.second.leaving; });
}

bool Socket::greeted() const {
  return std::ranges::any_of(lines_,
                             [](const auto& line) { return line.second.greeted.has_value(); });
}

milliseconds Socket::backoff() {
  const auto doubled = timing_.first_pause * (1LL << std::min(failures_++, 16));
  const auto pause = std::min<milliseconds>(doubled, timing_.longest_pause);
  // Between half and all of it, so that many bots do not come back at once.
  return milliseconds(static_cast<std::int64_t>(static_cast<double>(pause.count()) *
                                                (0.5 + callbacks_.chance() / 2)));
}

std::function<void()> Socket::later(Id id, void (Socket::*then)(Id)) {
  return [weak = weak_from_this(), id, then] {
    const auto self = weak.lock();
    if (self && !self->stopped_ && self->lines_.contains(id)) ((*self).*then)(id);
  };
}

void Socket::dial_after(milliseconds pause) {
  if (stopped_ || dialing_) return;
  dialing_ = true;
  next_ = io_.after(pause, [weak = weak_from_this()] {
    const auto self = weak.lock();
    if (self && !self->stopped_) self->dial();
  });
}

void Socket::dial() {
  callbacks_.open([weak = weak_from_this(), &io = io_](const Opening& opening) {
    io.post([weak, opening] {
      const auto self = weak.lock();
      if (self && !self->stopped_) self->opened(opening);
    });
  });
}

void Socket::opened(const Opening& opening) {
  if (!opening.url.empty()) return connect(opening.url);
  dialing_ = false;
  const auto pause =
      opening.refused ? timing_.refused_pause : opening.retry_after.value_or(backoff());
  if (!greeted()) went_down(opening.why);
  dial_after(pause);
}

void Socket::connect(const std::string& url) {
  const Id id = ++last_;
  net::WebSocketOptions options;
  options.url = url;
  options.silence_limit = timing_.silence;
  const auto guarded = [weak = weak_from_this(), id](auto&& work) {
    const auto self = weak.lock();
    if (self && self->lines_.contains(id)) work(*self);
  };
  Line& line = lines_[id];
  line.deadline = io_.after(timing_.hello, later(id, &Socket::refresh));
  line.socket = net::WebSocket::open(
      io_, std::move(options), [] {},
      [guarded, id](const std::string& text) {
        guarded([&](Socket& self) { self.on_text(id, text); });
      },
      [guarded, id](const std::string& why) {
        guarded([&](Socket& self) { self.on_close(id, why); });
      });
}

void Socket::on_text(Id id, const std::string& text) {
  const Envelope envelope = parse_envelope(text);
  if (envelope.kind == Envelope::Kind::hello) return on_hello(id, envelope.connections);
  if (envelope.kind == Envelope::Kind::disconnect) return on_disconnect(id, envelope.reason);
  if (envelope.id.empty()) return;
  lines_[id].carried = true;
  const std::weak_ptr<net::WebSocket> socket = lines_[id].socket;
  callbacks_.envelope(envelope, [socket, envelope_id = envelope.id,
                                 takes_answer = envelope.takes_answer](const Json& payload) {
    if (const auto open = socket.lock())
      open->send(acknowledgement(envelope_id, takes_answer ? payload : Json()));
  });
}

void Socket::on_hello(Id id, int connections) {
  Line& fresh = lines_[id];
  if (fresh.greeted) return;
  fresh.deadline.cancel();
  fresh.greeted = Clock::now();
  dialing_ = false;
  for (auto& [other, line] : lines_) {
    if (other != id && !line.leaving) leave(other);
  }
  if (connections > static_cast<int>(lines_.size()) && !told_others_) {
    told_others_ = true;
    obs::info("another process listens with the same app token and gets a share of the events",
              {{"chat", chat_}, {"connections", std::to_string(connections)}});
  }
  std::optional<milliseconds> away;
  if (up_ == true) away = milliseconds(0);
  if (down_since_) away = std::chrono::duration_cast<milliseconds>(Clock::now() - *down_since_);
  down_since_.reset();
  if (up_ != true) {
    up_ = true;
    callbacks_.state(true, "");
  }
  if (!stopped_) callbacks_.greeted(away);
}

void Socket::on_disconnect(Id id, const std::string& reason) {
  if (reason == "link_disabled") return give_up(kSwitchedOff);
  if (reason != "too_many_websockets") return refresh(id);
  // One of ours makes room before another is opened: one that leaves anyway, besides the refused.
  const auto spare = std::ranges::find_if(
      lines_, [&](const auto& line) { return line.first != id && line.second.leaving; });
  if (spare != lines_.end()) end(spare->first);
  on_close(id, "Slack has too many connections of this app");
}

// Slack still delivers to a socket that it will end: the new one is opened at once, and the old
// one is listened to until then.
void Socket::refresh(Id id) {
  Line& line = lines_[id];
  if (!line.greeted) return on_close(id, "no greeting came");
  const bool held = Clock::now() - *line.greeted >= timing_.overlap;
  if (held) failures_ = 0;
  leave(id);
  // A socket that goes as soon as it is there is no reason to hurry.
  if (!serving()) dial_after(held ? milliseconds(0) : backoff());
}

void Socket::leave(Id id) {
  Line& line = lines_[id];
  if (line.leaving) return;
  line.leaving = true;
  line.deadline = io_.after(timing_.overlap, later(id, &Socket::end));
}

void Socket::end(Id id) { on_close(id, "replaced"); }

void Socket::on_close(Id id, const std::string& why) {
  const auto found = lines_.find(id);
  Line line = std::move(found->second);
  lines_.erase(found);
  line.deadline.cancel();
  line.socket->close();
  if (!line.greeted) dialing_ = false;
  const bool held = line.greeted && Clock::now() - *line.greeted >= timing_.overlap;
  if (held || line.carried) failures_ = 0;  // it worked, and is worth a prompt return
  if (line.greeted) failures_ = std::min(failures_, kShortBackoff);
  if (!greeted()) went_down(why);
  if (!serving()) dial_after(backoff());
}

void Socket::went_down(const std::string& why) {
  if (up_ == true) down_since_ = Clock::now();
  if (up_ == false) return;
  up_ = false;
  callbacks_.state(false, why);
}

void Socket::give_up(const std::string& why) {
  stop();
  went_down(why);
}

}  // namespace countersign::adapters::slack
