#include "adapters/slack/channels.h"

#include "adapters/slack/ids.h"
#include "adapters/slack/rich_text.h"
#include "adapters/slack/wire.h"

namespace countersign::adapters::slack {
namespace {

constexpr int kPerPage = 200;

}  // namespace

std::string Channels::known(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = ids_.find(name);
  return found == ids_.end() ? "" : found->second;
}

Result<std::string> Channels::resolve(const std::string& channel, const std::stop_token& stop) {
  if (is_channel_id(channel)) return channel;
  if (is_user_id(channel)) return direct(channel, stop);
  if (const auto user = user_id_of(channel, chat_); !user.empty()) return direct(user, stop);
  if (!channel.starts_with('#')) return invalid("\"" + channel + "\" is neither #name nor an id");
  if (auto id = known(channel); !id.empty()) return id;
  const Json args = {
      {"types", "public_channel,private_channel"}, {"exclude_archived", true}, {"limit", kPerPage}};
  const auto read = read_pages(api_, "conversations.list", args, stop, [this](const Json& page) {
    const std::lock_guard lock(mutex_);
    for (const Json& found : array_at(page, "channels"))
      ids_["#" + text_at(found, "name")] = text_at(found, "id");
    return true;
  });
  if (auto id = known(channel); !id.empty()) return id;
  if (!read) return Error{read.error().kind, channel + ": " + read.error().message};
  return not_found(channel +
                   ": there is no such channel, or it is private and the bot is not in it");
}

Result<std::string> Channels::direct(const std::string& user_id, const std::stop_token& stop) {
  if (auto id = known(user_id); !id.empty()) return id;
  const auto answer = api_.post("conversations.open", {{"users", user_id}}, stop);
  if (!answer.ok()) return error_of(answer);
  const auto id = text_at(object_at(answer.body, "channel"), "id");
  if (id.empty()) return unavailable("Slack's answer is not a channel");
  const std::lock_guard lock(mutex_);
  return ids_[user_id] = id;
}

std::string Channels::shown(const std::string& channel) const {
  const std::lock_guard lock(mutex_);
  for (const auto& [name, id] : ids_) {
    if (id == channel) return name;
  }
  return channel;
}

Result<bool> Channels::member(const std::string& channel_id, const std::stop_token& stop) {
  const auto answer = api_.read("conversations.info", {{"channel", channel_id}}, stop);
  if (!answer.ok()) return error_of(answer);
  const Json& channel = object_at(answer.body, "channel");
  return is_true(channel, "is_member") || is_true(channel, "is_im");
}

}  // namespace countersign::adapters::slack
