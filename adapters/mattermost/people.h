// Who is who in the chat: a cache over the users API. Blocking where it has to ask; thread-safe.
#pragma once
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/mattermost/web_api.h"
#include "adapters/mattermost/wire.h"
#include "bot/core/event.h"
#include "bot/core/result.h"

namespace countersign::adapters::mattermost {

class People {
 public:
  People(std::string chat, const WebApi& api) : chat_(std::move(chat)), api_(api) {}

  // The bot itself; asked for once.
  Result<User> self(const std::stop_token& stop);
  std::optional<User> known_self() const;

  Result<User> by_id(const std::string& id, const std::stop_token& stop);
  // As of now: whoever gives rights must not go by what was true a while ago (T34).
  Result<User> by_id_anew(const std::string& id, const std::stop_token& stop);
  std::optional<User> known(const std::string& id) const;
  Result<User> by_name(const std::string& username, const std::stop_token& stop);
  // All who exist of these, asked anew.
  Result<std::vector<User>> by_ids(const std::vector<std::string>& ids,
                                   const std::stop_token& stop);
  void forget(const std::string& id);  // renamed or deactivated
  void forget_all();

  std::string key_of(const std::string& user_id) const { return chat_ + ":" + user_id; }
  std::string id_of(const std::string& key) const;  // empty if the key is of another chat
  core::Person person(const User& user) const { return {key_of(user.id), user.username}; }

 private:
  void remember(const User& user);
  Result<User> ask(const std::string& path, const std::stop_token& stop);

  const std::string chat_;
  const WebApi& api_;
  mutable std::mutex mutex_;
  std::optional<User> self_;           // guarded by mutex_
  std::map<std::string, User> by_id_;  // guarded by mutex_
};

}  // namespace countersign::adapters::mattermost
