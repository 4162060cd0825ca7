// Channels by the names people write. Blocking; thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <stop_token>
#include <string>

#include "adapters/slack/web_api.h"
#include "bot/core/result.h"

namespace countersign::adapters::slack {

class Channels {
 public:
  Channels(std::string chat, const WebApi& api) : chat_(std::move(chat)), api_(api) {}

  // "#ops" to its id, a person key or user id to the direct channel; an id is returned as it is.
  Result<std::string> resolve(const std::string& channel, const std::stop_token& stop);
  Result<std::string> direct(const std::string& user_id, const std::stop_token& stop);
  // "#ops" if it was once resolved from that, otherwise the id.
  std::string shown(const std::string& channel) const;
  Result<bool> member(const std::string& channel_id, const std::stop_token& stop);

 private:
  std::string known(const std::string& name) const;

  const std::string chat_;
  const WebApi& api_;
  mutable std::mutex mutex_;
  std::map<std::string, std::string> ids_;  // guarded by mutex_; "#name" or user id to id
};

}  // namespace countersign::adapters::slack
