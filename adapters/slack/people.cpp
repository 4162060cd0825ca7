#include "adapters/slack/people.h"

#include "adapters/slack/ids.h"
#include "adapters/slack/rich_text.h"
#include "bot/core/unicode.h"

namespace countersign::adapters::slack {
namespace {

constexpr std::size_t kRemembered = 20'000;
constexpr std::chrono::minutes kFresh{10};  // people leave
constexpr int kPerPage = 200;

}  // namespace

Result<Self> People::self(const std::stop_token& stop) {
  if (auto known = known_self()) return *known;
  const auto answer = api_.read("auth.test", Json::object(), stop);
  if (!answer.ok()) return error_of(answer);
  const Self self{text_at(answer.body, "user_id"), text_at(answer.body, "bot_id"),
                  text_at(answer.body, "user"), text_at(answer.body, "team")};
  if (self.user_id.empty() || self.bot_id.empty())
    return refused("the token is not one of a bot (xoxb-...)");
  const std::lock_guard lock(mutex_);
  self_ = self;
  return self;
}

std::optional<Self> People::known_self() const {
  const std::lock_guard lock(mutex_);
  return self_;
}

std::optional<User> People::known(const std::string& id) const {
  const std::lock_guard lock(mutex_);
  const auto found = by_id_.find(id);
  if (found == by_id_.end() || Clock::now() - found->second.since > kFresh) return std::nullopt;
  return found->second.user;
}

std::optional<User> People::known_by_name(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [id, known] : by_id_) {
    if (known.user.name == name && Clock::now() - known.since <= kFresh) return known.user;
  }
  return std::nullopt;
}

void People::remember(const User& user) {
  const std::lock_guard lock(mutex_);
  if (by_id_.size() >= kRemembered) by_id_.clear();
  by_id_[user.id] = {user, Clock::now()};
}

Result<User> People::by_id(const std::string& id, const std::stop_token& stop) {
  if (auto user = known(id)) return *user;
  return by_id_anew(id, stop);
}

Result<User> People::by_id_anew(const std::string& id, const std::stop_token& stop) {
  if (!is_user_id(id)) return not_found("there is no such person");
  const auto answer = api_.read("users.info", {{"user", id}}, stop);
  if (!answer.ok()) return error_of(answer);
  const auto user = parse_user(object_at(answer.body, "user"));
  if (!user) return unavailable("Slack's answer is not a user");
  remember(*user);
  return *user;
}

Result<User> People::by_email(const std::string& address, const std::stop_token& stop) {
  const auto answer = api_.read("users.lookupByEmail", {{"email", address}}, stop);
  if (!answer.ok()) return error_of(answer);
  const auto user = parse_user(object_at(answer.body, "user"));
  if (!user) return unavailable("Slack's answer is not a user");
  remember(*user);
  return *user;
}

// Usernames are unique; display names are whatever somebody likes to be called, so they find
// nobody (T32).
Result<User> People::by_name(const std::string& name, const std::stop_token& stop) {
  if (auto user = known_by_name(name)) return *user;
  const auto read =
      read_pages(api_, "users.list", {{"limit", kPerPage}}, stop, [this](const Json& page) {
        for (const Json& member : array_at(page, "members")) {
          if (const auto user = parse_user(member)) remember(*user);
        }
        return true;
      });
  if (!read) return Error{read.error().kind, read.error().message + "; use the member id (U...)"};
  if (auto user = known_by_name(name)) return *user;
  return not_found("nobody has that username; use the member id (U...) from the profile");
}

Result<User> People::find(const std::string& name, const std::stop_token& stop) {
  const std::string plain = name.starts_with('@') ? name.substr(1) : name;
  if (is_user_id(plain)) return by_id_anew(plain, stop);
  if (plain.find('@') != std::string::npos) return by_email(plain, stop);
  return by_name(core::to_lower(plain), stop);
}

std::string People::name_if_known(const std::string& id) const {
  if (const auto self = known_self(); self && self->user_id == id) return self->name;
  const auto user = known(id);
  return user ? user->name : id;
}

std::string People::name_of(const std::string& id, const std::stop_token& stop) {
  if (const auto self = known_self(); self && self->user_id == id) return self->name;
  const auto user = by_id(id, stop);
  return user ? user->name : id;
}

std::string People::id_of(const std::string& key) const { return user_id_of(key, chat_); }

}  // namespace countersign::adapters::slack
