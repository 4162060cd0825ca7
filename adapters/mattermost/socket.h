// The WebSocket to Mattermost, kept alive: hello, ping actions, resume, back-off. Lives on the io
// thread.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "adapters/mattermost/wire.h"
#include "adapters/net/websocket.h"

namespace countersign::adapters::mattermost {

struct SocketTiming {
  std::chrono::milliseconds hello{7'000};  // from the upgrade to the first frame
  std::chrono::milliseconds ping_every{25'000};
  std::chrono::milliseconds ping_reply{10'000};
  std::chrono::milliseconds first_pause{1'000};  // back-off: doubles up to the longest, with jitter
  std::chrono::milliseconds longest_pause{60'000};
};

// All of these are called on the io thread, none after stop() there.
struct SocketCallbacks {
  std::function<void(const Frame&)> frame;  // each event once, in the order of arrival
  // The connection came up or went down; said once per change.
  std::function<void(bool up, const std::string& why)> state;
  // Events may be missing since this time of the server (Unix milliseconds).
  std::function<void(std::int64_t since)> gap;
  // Every event up to this time of the server was given to `frame` or lies in a reported gap.
  std::function<void(std::int64_t until)> synced;
  std::function<double()> chance;  // [0, 1)
};

class Socket : public std::enable_shared_from_this<Socket> {
 public:
  // `url` is the server's address (http or https). `heard_to`: the server's time up to which an
  // earlier process heard everything, 0 if there was none; what came since is reported as a gap.
  Socket(net::Io& io, const std::string& url, std::string token, SocketTiming timing,
         std::int64_t heard_to, SocketCallbacks callbacks);

  void start();                            // on the io thread
  void stop();                             // on the io thread; twice-safe
  void reconnect(const std::string& why);  // on the io thread; what is missing is reported as a gap

 private:
  void connect();
  void on_open();
  void on_text(const std::string& text);
  void on_hello(const Frame& frame);
  void on_reply(const Frame& frame);
  void on_event(const Frame& frame);
  void lost(const std::string& why);
  void ping();
  void expect(std::chrono::milliseconds within, const std::string& or_else);
  void came_up();

  net::Io& io_;
  const std::string url_;
  const std::string token_;
  const SocketTiming timing_;
  SocketCallbacks callbacks_;

  std::shared_ptr<net::WebSocket> socket_;
  std::uint64_t generation_ = 0;  // of the socket; older ones have nothing to say any more
  net::Io::Timer deadline_;       // for the hello or for a ping's reply
  net::Io::Timer next_;           // the next ping, or the next attempt
  bool stopped_ = false;
  std::optional<bool> up_;      // as last said
  int failures_ = 0;            // since it was up
  bool resuming_ = false;       // this connection asked for a resume and no frame has told yet
  std::string connection_id_;   // empty: nothing to resume
  std::int64_t next_seq_ = 0;   // of the server
  std::int64_t action_ = 0;     // number of our last action
  std::int64_t synced_to_ = 0;  // server time up to which everything was heard
};

}  // namespace countersign::adapters::mattermost
