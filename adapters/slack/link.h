// The parts of a running Slack adapter and what holds them together: what the socket hears goes to
// the listener, what that makes of it to the engine, and the answers back.
#pragma once
#include <atomic>
#include <memory>
#include <optional>

#include "adapters/chat/worker.h"
#include "adapters/slack/adapter.h"
#include "adapters/slack/answers.h"
#include "adapters/slack/catch_up.h"
#include "adapters/slack/channels.h"
#include "adapters/slack/listener.h"
#include "adapters/slack/people.h"
#include "adapters/slack/progress.h"
#include "adapters/slack/sender.h"
#include "adapters/slack/socket.h"

namespace countersign::adapters::slack {

// Every callback that may come late holds this weakly.
class Link : public std::enable_shared_from_this<Link> {
 public:
  Link(net::Io& loop, Options given, core::IdSource& source);

  void begin(core::Inbox& inbox, core::ChatDesk& desk);
  void end();  // twice-safe; returns when no callback runs

  // Fixed after construction, or with locking of their own.
  const Options options;
  const WebApi api;
  People people;
  Channels channels;
  Sender sender;
  std::atomic<bool> connected = false;
  std::stop_source stopping;

 private:
  using Clock = std::chrono::steady_clock;
  using Questions = std::vector<core::OpenQuestion>;

  void identify(int attempt, const std::stop_token& stop);
  void connect();
  void open(const std::function<void(Opening)>& answer);
  void say(bool up, const std::string& why);
  void hear(const Envelope& envelope, const Ack& ack);
  void came_up(std::optional<std::chrono::milliseconds> away);
  // Those given, or those that are open.
  void look_at(const std::optional<Questions>& questions, int attempt);
  void read_missed(int attempt);
  // Acknowledges, and notes that the message need not be heard again.
  Ack keeping(const Said& said, const Ack& ack);
  void resume(int attempt);
  void offer(core::Incoming incoming, bool persist, const Ack& ack, int attempt);
  void act(core::Act act, const ReplyTo& reply);
  void answered(const core::Act& act, const ReplyTo& reply, const core::ActAnswer& answer);
  void keep_position();
  std::chrono::milliseconds pause_after(int attempts) const;
  // Runs `work` on the io thread after a while, unless stopped meanwhile.
  void later(std::chrono::milliseconds pause, std::function<void(Link&)> work);

  net::Io& io_;
  core::IdSource& ids_;
  Answers answers_;
  Progress progress_;
  chat::Worker hearing_;     // looks people up, hands in
  chat::Worker dialing_;     // asks who we are, and for addresses
  chat::Worker looking_up_;  // what was missed; keeps the position
  std::atomic<bool> running_ = false;
  std::atomic<bool> resumed_ = false;  // what the last process left was read

  // Fixed by begin().
  core::Inbox* inbox_ = nullptr;
  core::ChatDesk* desk_ = nullptr;
  std::unique_ptr<Listener> listener_;
  std::unique_ptr<CatchUp> catch_up_;  // used by looking_up_ only

  // The io thread's.
  std::shared_ptr<Socket> socket_;
  std::optional<bool> said_;  // whether the desk was last told "up" or "down"
  std::string position_;      // as last handed to the desk
};

}  // namespace countersign::adapters::slack
