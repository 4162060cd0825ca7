// Mattermost as a chat of the bot.
#pragma once
#include <memory>
#include <string>

#include "adapters/mattermost/socket.h"
#include "adapters/net/http_server.h"
#include "adapters/net/io.h"
#include "bot/core/ports/chat.h"
#include "bot/core/ports/services.h"

namespace countersign::adapters::mattermost {

struct Options {
  std::string name;   // of the chat in the configuration
  std::string url;    // of the server, with or without a trailing slash
  std::string token;  // of the bot account
  std::string team;   // name of the team whose channels "#name" means
  std::string command_prefix = "!";
  std::string public_url;     // of our own server, as Mattermost reaches it
  std::string callback_path;  // e.g. "/chat/mm/action"; requests there belong to handle_http
  SocketTiming timing = {};
};

class MattermostAdapter : public core::ChatAdapter {
 public:
  // `io` must outlive the adapter and still run when stop() is called.
  MattermostAdapter(net::Io& io, Options options, core::IdSource& ids);
  ~MattermostAdapter() override;  // stop()

  const std::string& name() const override;
  void start(core::Inbox& inbox, core::ChatDesk& desk) override;
  core::Delivery deliver(const core::Outgoing& out, std::stop_token stop) override;
  std::optional<core::Delivery> find(const core::Outgoing& out, std::stop_token stop) override;
  Result<core::Person> find_person(const std::string& name) override;
  bool connected() const override;
  void stop() override;

  // A click, as Mattermost posts it to public_url + callback_path. Thread-safe, never blocks; 503
  // unless started.
  void handle_http(const net::HttpRequest& request, net::HttpServer::Respond respond);

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace countersign::adapters::mattermost
