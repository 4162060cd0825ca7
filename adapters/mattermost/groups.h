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

  // "#name": who is in that private channel; bots, guests, people of other servers and deactivated
  // accounts are left out. An Error (invalid) for a public channel, which anybody can join, and for
  // "@group", which needs a licence of the server.
  Result<std::vector<core::Person>> members(const std::string& name, const std::stop_token& stop);

 private:
  Result<std::vector<std::string>> member_ids(const std::string& channel_id,
                                              const std::stop_token& stop);

  const WebApi& api_;
  People& people_;
  Channels& channels_;
};

}  // namespace countersign::adapters::mattermost
