// The event hub: open connections, and cut ones that may be resumed. Events are numbered per
// connection from 0 (hello) without gaps. Used on the io thread only.
#pragma once
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "adapters/net/http_server.h"
#include "adapters/sandbox/world.h"

namespace countersign::adapters::sandbox {

// Something that happened, and who hears of it: one user, else the members of a channel, else the
// team, else all.
struct Event {
  std::string name;
  Json data = Json::object();
  std::string user_id, channel_id, team_id;
  std::string omit_user;
};

struct Connection {
  std::string id, user_id, token;
  std::shared_ptr<net::ServerSocket> socket;  // null while cut
  std::int64_t next_seq = 0;
  // The last ones handed to the socket, with their numbers: a resuming client may not have got
  // them.
  std::deque<std::pair<std::int64_t, std::shared_ptr<const std::string>>> delivered;
  std::deque<std::shared_ptr<const std::string>> waiting;  // while cut
  Millis cut_at = 0;
  int copies = 1;     // 2 after a resume from the future, as in Mattermost 5.37
  bool deaf = false;  // open, and nothing comes any more
};

struct ResumeRequest {
  std::string connection_id;  // "": none
  std::int64_t sequence = 0;
};

class Hub {
 public:
  static constexpr std::size_t kWaitingLimit =
      256;  // that many undelivered: the connection is forgotten
  static constexpr std::size_t kDeliveredKept = 128;
  static constexpr std::size_t kSlowReader = 128;  // queued: unimportant events are dropped

  Hub(World& world, Millis inactive_for) : world_(world), inactive_for_(inactive_for) {}

  // A new connection with its hello, or a cut one of that user with what it missed.
  std::shared_ptr<Connection> connect(const std::string& user_id, const std::string& token,
                                      std::shared_ptr<net::ServerSocket> socket,
                                      const ResumeRequest& resume);
  void disconnected(const std::string& connection_id);  // the socket has ended
  void publish(const Event& event);
  std::function<void(const Event&)> overheard;  // every event, after it was sent out
  void set_status(User& user, const std::string& status, bool manual);

  bool online(const std::string& user_id) const;
  std::size_t cut(const std::string& user_id);  // all sockets of a user, without a close frame
  std::size_t deafen(const std::string& user_id);

 private:
  using Text = std::shared_ptr<const std::string>;
  bool concerns(const Event& event, const Connection& connection) const;
  void deliver(Connection& connection, const Text& frame);
  void offer(Connection& connection, const Text& frame, bool unimportant);
  void hello(Connection& connection);
  bool try_resume(Connection& connection, std::int64_t sequence);
  void forget_old();

  World& world_;
  Millis inactive_for_;
  std::map<std::string, std::shared_ptr<Connection>> connections_;
};

}  // namespace countersign::adapters::sandbox
