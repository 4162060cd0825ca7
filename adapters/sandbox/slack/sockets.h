// Socket Mode: tickets, connections of the app, envelopes on their way until they are acked. Used
// on the io thread only.
#pragma once
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "adapters/sandbox/chat.h"
#include "adapters/sandbox/slack/record.h"

namespace countersign::adapters::sandbox::slack {

inline constexpr const char* kLinkPath = "/link/";

// What the app answered an envelope with; nothing: not in time.
using Acked = std::function<void(const std::optional<Json>& payload)>;

struct Envelope {
  std::string type;  // "events_api", "interactive", "slash_commands"
  Json payload;
  bool accepts_response_payload = false;
  std::chrono::milliseconds ack_timeout{3'000};
  std::vector<std::chrono::milliseconds> retry_delays;
  Acked acked;  // may be empty; called once, at the latest when there is nothing left to try
};

class Sockets {
 public:
  static constexpr std::size_t kMost = 10;  // connections of one app

  Sockets(Chat& chat, std::string app_id) : chat_(chat), app_id_(std::move(app_id)) {}

  std::string new_ticket();  // opens one connection, within a minute
  bool upgrade(const net::HttpRequest& request, std::shared_ptr<net::ServerSocket> socket,
               net::HttpResponse& refusal);

  std::string send(Envelope envelope);  // the envelope's id
  void disconnect(const std::string& reason, std::chrono::milliseconds close_after);
  std::size_t abort();  // drops all connections without a word; how many there were
  void forget();
  Json acks() const { return acks_.all(); }
  Json deliveries() const { return deliveries_.all(); }
  Json connections() const;
  std::size_t open_count() const;

 private:
  struct Link {
    int number = 0;
    std::shared_ptr<net::ServerSocket> socket;  // null once closed
    bool leaving = false;                       // was told to go
  };
  struct Pending {
    Envelope envelope;
    std::size_t attempt = 0;
    net::Io::Timer timer;
  };

  void open(const std::shared_ptr<net::ServerSocket>& socket);
  void hear(int number, const std::string& text);
  void closed(int number);
  void deliver(const std::string& id);
  void timed_out(const std::string& id);
  Link* next_link();
  void say(const Link& link, const Json& frame);

  Chat& chat_;
  std::string app_id_;
  std::map<std::string, Millis> tickets_;  // when each was made
  std::vector<Link> links_;                // all since the last reset
  std::map<std::string, Pending> pending_;
  Record acks_, deliveries_;
  int next_number_ = 1;
  std::size_t turn_ = 0;
};

}  // namespace countersign::adapters::sandbox::slack
