// Who is who in the workspace: a cache over the users API. Blocking where it has to ask;
// thread-safe.
#pragma once
#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/slack/web_api.h"
#include "adapters/slack/wire.h"
#include "bot/core/event.h"
#include "bot/core/result.h"

namespace countersign::adapters::slack {

// The bot itself.
struct Self {
  std::string user_id;
  std::string bot_id;
  std::string name;
  std::string team;
};

class People {
 public:
  People(std::string chat, const WebApi& api) : chat_(std::move(chat)), api_(api) {}

  Result<Self> self(const std::stop_token& stop);  // asked for once
  std::optional<Self> known_self() const;

  Result<User> by_id(const std::string& id, const std::stop_token& stop);
  // As of now: whoever gives rights must not go by what was true a while ago (T34).
  Result<User> by_id_anew(const std::string& id, const std::stop_token& stop);
  // A member id, which is asked about anew, an e-mail address or a username, with or without "@"
  // before it.
  Result<User> find(const std::string& name, const std::stop_token& stop);
  std::string name_if_known(const std::string& id) const;  // otherwise the id itself
  std::string name_of(const std::string& id, const std::stop_token& stop);

  std::string key_of(const std::string& user_id) const { return chat_ + ":" + user_id; }
  std::string id_of(const std::string& key) const;  // empty if the key is of another chat
  core::Person person(const User& user) const { return {key_of(user.id), user.name}; }

 private:
  using Clock = std::chrono::steady_clock;
  struct Known {
    User user;
    Clock::time_point since;
  };
  std::optional<User> known(const std::string& id) const;
  std::optional<User> known_by_name(const std::string& name) const;
  void remember(const User& user);
  Result<User> by_email(const std::string& address, const std::stop_token& stop);
  Result<User> by_name(const std::string& name, const std::stop_token& stop);

  const std::string chat_;
  const WebApi& api_;
  mutable std::mutex mutex_;
  std::optional<Self> self_;            // guarded by mutex_
  std::map<std::string, Known> by_id_;  // guarded by mutex_
};

}  // namespace countersign::adapters::slack
