// Channels by the names people write. Blocking; thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "adapters/mattermost/web_api.h"
#include "bot/core/result.h"

namespace countersign::adapters::mattermost {

struct Channel {
  std::string id;
  bool is_private = false;  // nobody gets in without being let in
  bool archived = false;
};

class Channels {
 public:
  Channels(std::string team, const WebApi& api) : team_(std::move(team)), api_(api) {}

  const std::string& team() const { return team_; }
  // "#ops" to its id; an id is returned as it is.
  Result<std::string> resolve(const std::string& channel, const std::stop_token& stop);
  // "#ops" or an id to what it is now: asked anew each time.
  Result<Channel> look_up(const std::string& channel, const std::stop_token& stop);
  // Makes the bot a member of a public channel; an Error if it may not.
  Result<void> join(const std::string& channel_id, const std::string& own_id,
                    const std::stop_token& stop);
  // The direct channel of two people.
  Result<std::string> direct(const std::string& own_id, const std::string& other_id,
                             const std::stop_token& stop);

 private:
  const std::string team_;
  const WebApi& api_;
  std::mutex mutex_;
  std::map<std::string, std::string> ids_;  // guarded by mutex_; name or person to id
};

}  // namespace countersign::adapters::mattermost
