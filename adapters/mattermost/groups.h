// Groups of people as the configuration names them. Blocking; thread-safe; never remembered,
// because no event tells of every change.
#pragma once
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/mattermost/channels.h"
#include "adapters/mattermost/people.h"
#include "bot/core/event.h"

namespace countersign::adapters::mattermost {

class Groups {
 public:
  Groups(const WebApi& api, People& people, Channels& channels)
      : api_(api), people_(people), channels_(channels) {}

  // Whoever is in it now; bots, guests, people of other servers and deactivated accounts are left
  // out (T34).
  //   "#name"          everybody in that private channel; an Error (invalid) for a public one,
  //   which
  //                    anybody can join
  //   "#name@admins"   the admins of that channel, public or private
  //   "@team-admins"   the admins of the bot's team
  //   "@system-admins" the admins of the server
  // Any other "@group" is an Error (invalid): it needs a licence of the server.
  Result<std::vector<core::Person>> members(const std::string& name, const std::stop_token& stop);

 private:
  using Ids = Result<std::vector<std::string>>;
  Ids ids_of(const std::string& name, const std::stop_token& stop);
  Ids in_channel(const std::string& name, const std::stop_token& stop);
  Ids channel_admins(const std::string& name, const std::stop_token& stop);
  Ids team_admins(const std::stop_token& stop);
  Ids system_admins(const std::stop_token& stop);
  // Every entry of a list of the server's.
  Result<std::vector<Json>> all(const std::string& path, const std::stop_token& stop);

  const WebApi& api_;
  People& people_;
  Channels& channels_;
};

}  // namespace countersign::adapters::mattermost
