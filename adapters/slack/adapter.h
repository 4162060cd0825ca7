// Slack as a chat of the bot: Socket Mode for what comes in, the Web API for what goes out.
#pragma once
#include <memory>
#include <string>

#include "adapters/net/io.h"
#include "adapters/slack/socket.h"
#include "bot/core/ports/chat.h"
#include "bot/core/ports/services.h"

namespace countersign::adapters::slack {

struct Options {
  std::string name;       // of the chat in the configuration
  std::string app_token;  // xapp-...: opens connections
  std::string bot_token;  // xoxb-...: everything else
  std::string api_url = "https://slack.com/api/";
  std::string command_prefix = "!";
  SocketTiming timing = {};
};

class SlackAdapter : public core::ChatAdapter {
 public:
  // `io` must outlive the adapter and still run when stop() is called.
  SlackAdapter(net::Io& io, Options options, core::IdSource& ids);
  ~SlackAdapter() override;  // stop()

  const std::string& name() const override;
  void start(core::Inbox& inbox, core::ChatDesk& desk) override;
  core::Delivery deliver(const core::Outgoing& out, std::stop_token stop) override;
  std::optional<core::Delivery> find(const core::Outgoing& out, std::stop_token stop) override;
  core::Pace pace() const override;
  Result<core::Person> find_person(const std::string& name) override;
  Result<std::vector<core::Person>> find_group(const std::string& name) override;
  bool connected() const override;
  std::vector<core::Finding> check(const std::vector<std::string>& channels,
                                   std::stop_token stop) override;
  void stop() override;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace countersign::adapters::slack
