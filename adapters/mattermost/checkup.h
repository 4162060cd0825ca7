// What `countersign doctor` tries of a Mattermost. Blocking; works without a running bot.
#pragma once
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/mattermost/channels.h"
#include "adapters/mattermost/people.h"
#include "adapters/mattermost/reach.h"
#include "adapters/net/io.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::mattermost {

class Checkup {
 public:
  struct Subject {
    net::Io& io;
    const std::string& url;
    const std::string& token;
    const std::string& team;
    const WebApi& api;
    People& people;
    Channels& channels;
    Reach& reach;
  };

  Checkup(Subject subject, std::stop_token stop) : subject_(subject), stop_(std::move(stop)) {}

  // Token, server, team, each channel, the WebSocket, and whether clicks reach us. Ends early when
  // without the token nothing else makes sense.
  std::vector<core::Finding> run(const std::vector<std::string>& channels);

 private:
  bool account();
  void server();
  void team();
  void channel(const std::string& name);
  void socket();
  void clicks();
  void add(core::Finding::Level level, std::string what, std::string mend = "");

  const Subject subject_;
  const std::stop_token stop_;
  User self_;
  std::vector<core::Finding> findings_;
};

}  // namespace countersign::adapters::mattermost
