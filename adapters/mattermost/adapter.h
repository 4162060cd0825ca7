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
  std::chrono::milliseconds mark_every{2'000};  // how often the position is noted, at most
  // How often it is tried whether clicks reach us, as long as they do not.
  std::chrono::milliseconds probe_every{180'000};
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
  core::Pace pace() const override;
  Result<core::Person> find_person(const std::string& name) override;
  // "#name" of a private channel; anybody could join a public one, and groups of the server need a
  // licence.
  Result<std::vector<core::Person>> find_group(const std::string& name) override;
  bool connected() const override;
  std::vector<core::Finding> check(const std::vector<std::string>& channels,
                                   std::stop_token stop) override;
  void stop() override;

  // A click or a filled-in form, as Mattermost posts it to public_url + callback_path. Thread-safe,
  // never blocks; 503 unless started, except for the check whether clicks arrive.
  void handle_http(const net::HttpRequest& request, net::HttpServer::Respond respond);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace countersign::adapters::mattermost
