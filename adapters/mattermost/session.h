// The bot in the chat from start to stop: connects, hears, hands in, catches up, and keeps the
// position up to which that was done.
#pragma once
#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "adapters/chat/watermark.h"
#include "adapters/chat/worker.h"
#include "adapters/mattermost/adapter.h"
#include "adapters/mattermost/clicks.h"
#include "adapters/mattermost/handover.h"
#include "adapters/mattermost/listener.h"
#include "adapters/mattermost/reach.h"
#include "adapters/mattermost/sender.h"

namespace countersign::adapters::mattermost {

class Session : public std::enable_shared_from_this<Session> {
 public:
  struct Parts {
    net::Io& io;
    const Options& options;
    core::IdSource& ids;
    const WebApi& api;
    People& people;
    Sender& sender;
    Reach& reach;
  };

  Session(Parts parts, core::Inbox& inbox, core::ChatDesk& desk);

  void start();
  void stop();  // returns when no callback is running or will run; twice-safe
  bool connected() const { return connected_; }
  void click(const Json& callback, net::HttpServer::Respond respond);  // after start()

 private:
  void identify(int attempt, const std::stop_token& stop);
  void recall(const std::string& position);
  void connect();
  void say(bool up, const std::string& why);
  void hear(const Frame& frame);
  // The watermark waits for it however long it takes.
  void catch_up(std::int64_t since);
  void catch_up_again(std::int64_t since, int attempt);
  void synced(std::int64_t until);
  void mark_soon();
  void mark();
  void tell(const core::Person& person, const core::ChatPlace& place, const std::string& text);
  std::chrono::milliseconds pause_after(int attempts) const;
  // Runs `work` on the io thread after a while, unless stopped meanwhile.
  void later(std::chrono::milliseconds pause, std::function<void(Session&)> work);

  const Parts parts_;
  core::ChatDesk& desk_;
  core::Inbox& inbox_;
  const std::string& name_;

  // With locking of their own.
  std::atomic<bool> running_ = false;
  std::atomic<bool> connected_ = false;
  std::atomic<bool> marking_ = false;
  chat::Watermark heard_;
  std::shared_ptr<Handover> handover_;
  std::shared_ptr<Clicks> clicks_;

  // Used by the jobs of `hearing_`, and after it has ended.
  std::unique_ptr<Listener> listener_;
  std::string marked_;
  std::int64_t heard_before_ = 0;  // by an earlier process, in the server's time
  std::int64_t began_ = 0;         // when the bot was here for the first time

  // The io thread's.
  std::shared_ptr<Socket> socket_;
  std::optional<bool> said_;  // whether the desk was last told "up" or "down"

  chat::Worker hearing_;
  chat::Worker telling_;
};

}  // namespace countersign::adapters::mattermost
