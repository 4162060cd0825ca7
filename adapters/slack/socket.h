// Socket Mode: the WebSockets to Slack, kept alive, replaced before they end, with overlap. Lives
// on the io thread.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "adapters/net/websocket.h"
#include "adapters/slack/wire.h"

namespace countersign::adapters::slack {

struct SocketTiming {
  std::chrono::milliseconds hello{10'000};       // from having an address to being greeted
  std::chrono::milliseconds silence{10'000};     // pings after half of it, given up after all of it
  std::chrono::milliseconds overlap{10'000};     // how long a socket that goes is still listened to
  std::chrono::milliseconds first_pause{1'000};  // back-off: doubles up to the longest, with jitter
  std::chrono::milliseconds longest_pause{60'000};
  std::chrono::milliseconds refused_pause{60'000};  // after a refusal that only people can mend
  std::chrono::milliseconds mark_every{5'000};      // how far was heard is noted that often
};

// The answer to asking for an address. Without an address: why, and whether only people can mend
// it.
struct Opening {
  std::string url;
  std::string why;
  bool refused = false;
  std::optional<std::chrono::milliseconds> retry_after;
};

// Acknowledges an envelope, on the socket that it came by; thread-safe. An empty payload says
// nothing more. What is not acknowledged is delivered again.
using Ack = std::function<void(const Json& payload)>;

// All of these are called on the io thread, none after stop() there.
struct SocketCallbacks {
  // Asks for an address; the answer may come on any thread.
  std::function<void(std::function<void(Opening)>)> open;
  std::function<void(const Envelope&, Ack)> envelope;
  // The connection came up or went down; said once per change.
  std::function<void(bool up, const std::string& why)> state;
  // A socket was greeted. `away`: how long there was none before; nothing for the first.
  std::function<void(std::optional<std::chrono::milliseconds> away)> greeted;
  std::function<double()> chance;  // [0, 1)
};

class Socket : public std::enable_shared_from_this<Socket> {
 public:
  Socket(net::Io& io, std::string chat, SocketTiming timing, SocketCallbacks callbacks);

  void start();  // on the io thread
  void stop();   // on the io thread; twice-safe

 private:
  using Clock = std::chrono::steady_clock;
  using Id = std::uint64_t;
  struct Line {
    std::shared_ptr<net::WebSocket> socket;
    std::optional<Clock::time_point> greeted;
    bool carried = false;  // something came by it
    bool leaving = false;
    net::Io::Timer deadline;  // for the greeting, or for the end of a leaving one
  };

  void dial_after(std::chrono::milliseconds pause);
  void dial();
  void opened(const Opening& opening);
  void connect(const std::string& url);
  void on_text(Id id, const std::string& text);
  void on_hello(Id id, int connections);
  void on_disconnect(Id id, const std::string& reason);
  void on_close(Id id, const std::string& why);
  void leave(Id id);  // listened to for a little longer
  void end(Id id);    // closed by us
  void refresh(Id id);
  void give_up(const std::string& why);
  bool serving() const;  // greeted, and not leaving
  bool greeted() const;
  void went_down(const std::string& why);
  std::chrono::milliseconds backoff();
  std::function<void()> later(Id id, void (Socket::*then)(Id));

  net::Io& io_;
  const std::string chat_;
  const SocketTiming timing_;
  const SocketCallbacks callbacks_;

  std::map<Id, Line> lines_;
  Id last_ = 0;
  bool dialing_ = false;  // a new one is on its way: waited for, asked for or not greeted yet
  net::Io::Timer next_;   // the next attempt
  int failures_ = 0;      // since a socket held
  bool stopped_ = false;
  std::optional<bool> up_;  // as last said
  std::optional<Clock::time_point> down_since_;
  bool told_others_ = false;
};

}  // namespace countersign::adapters::slack
