#include "adapters/mattermost/people.h"

#include <algorithm>

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kRemembered = 10'000;
constexpr std::size_t kAtOnce = 100;

Error error_of(const WebApi::Answer& answer) {
  if (answer.refused(404) || answer.refused(400)) return not_found("there is no such person");
  if (answer.refused(401)) return refused("the token is not valid");
  if (answer.refused(403)) return refused(answer.why);
  return unavailable(answer.why);
}

}  // namespace

Result<User> People::ask(const std::string& path, const std::stop_token& stop) {
  const auto answer = api_.get(path, stop);
  if (!answer.ok()) return error_of(answer);
  auto user = parse_user(answer.body);
  if (!user) return unavailable("the server's answer is not a user");
  remember(*user);
  return *user;
}

void People::remember(const User& user) {
  const std::lock_guard lock(mutex_);
  if (by_id_.size() >= kRemembered) by_id_.clear();
  by_id_[user.id] = user;
}

Result<std::vector<User>> People::by_ids(const std::vector<std::string>& ids,
                                         const std::stop_token& stop) {
  std::vector<User> users;
  for (std::size_t at = 0; at < ids.size(); at += kAtOnce) {
    const auto end = std::min(ids.size(), at + kAtOnce);
    const Json some = std::vector<std::string>(ids.begin() + static_cast<std::ptrdiff_t>(at),
                                               ids.begin() + static_cast<std::ptrdiff_t>(end));
    const auto answer = api_.call("POST", "/users/ids", some, stop);
    if (!answer.ok()) return error_of(answer);
    if (!answer.body.is_array()) return unavailable("the server's answer is not a list of users");
    for (const auto& found : answer.body) {
      if (auto user = parse_user(found)) users.push_back(std::move(*user));
    }
  }
  for (const auto& user : users) remember(user);
  return users;
}

Result<User> People::self(const std::stop_token& stop) {
  if (auto known = known_self()) return *known;
  auto user = ask("/users/me", stop);
  if (!user) return user;
  const std::lock_guard lock(mutex_);
  self_ = *user;
  return user;
}

std::optional<User> People::known_self() const {
  const std::lock_guard lock(mutex_);
  return self_;
}

Result<User> People::by_id(const std::string& id, const std::stop_token& stop) {
  if (auto user = known(id)) return *user;
  return by_id_anew(id, stop);
}

Result<User> People::by_id_anew(const std::string& id, const std::stop_token& stop) {
  if (!looks_like_id(id)) return not_found("there is no such person");
  return ask("/users/" + id, stop);
}

std::optional<User> People::known(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end()) return std::nullopt;
  return found->second;
}

Result<User> People::by_name(const std::string& username, const std::stop_token& stop) {
  return ask("/users/username/" + net::percent_encode(username), stop);
}

void People::forget(const std::string& id) {
  const std::lock_guard lock(mutex_);
  by_id_.erase(id);
  if (self_ && self_->id == id) self_.reset();
}

void People::forget_all() {
  const std::lock_guard lock(mutex_);
  by_id_.clear();
  self_.reset();
}

std::string People::id_of(const std::string& key) const {
  return key.starts_with(chat_ + ":") ? key.substr(chat_.size() + 1) : std::string();
}

}  // namespace countersign::adapters::mattermost
