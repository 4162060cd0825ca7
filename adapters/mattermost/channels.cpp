#include "adapters/mattermost/channels.h"

#include <optional>

#include "adapters/mattermost/wire.h"

namespace countersign::adapters::mattermost {
namespace {

Error error_of(const WebApi::Answer& answer) {
  if (answer.refused(404))
    return not_found("there is no such channel, or it is private and the bot is not in it");
  if (answer.kind == net::HttpResult::Kind::answered && answer.status >= 400 &&
      answer.status < 500 && answer.status != 429 && answer.status != 408) {
    return refused(answer.why);
  }
  return unavailable(answer.why);
}

Result<std::string> id_in(const WebApi::Answer& answer) {
  if (!answer.ok()) return error_of(answer);
  const auto id = answer.body.is_object() ? answer.body.value("id", "") : "";
  if (id.empty()) return unavailable("the server's answer is not a channel");
  return id;
}

}  // namespace

Result<Channel> Channels::look_up(const std::string& channel, const std::stop_token& stop) {
  const bool named = channel.starts_with('#');
  if (!named && !looks_like_id(channel))
    return invalid("\"" + channel + "\" is neither #name nor an id");
  const auto answer =
      api_.get(named ? "/teams/name/" + net::percent_encode(team_) + "/channels/name/" +
                           net::percent_encode(channel.substr(1))
                     : "/channels/" + channel,
               stop);
  const auto id = id_in(answer);
  if (!id) return Error{id.error().kind, channel + ": " + id.error().message};
  return Channel{*id, answer.body.value("type", "") == "P",
                 answer.body.value("delete_at", 0LL) != 0};
}

Result<std::string> Channels::resolve(const std::string& channel, const std::stop_token& stop) {
  if (looks_like_id(channel)) return channel;
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = ids_.find(channel); known != ids_.end()) return known->second;
  }
  const auto found = look_up(channel, stop);
  if (!found) return found.error();
  const std::lock_guard lock(mutex_);
  return ids_[channel] = found->id;
}

Result<void> Channels::join(const std::string& channel_id, const std::string& own_id,
                            const std::stop_token& stop) {
  const auto answer =
      api_.call("POST", "/channels/" + channel_id + "/members", Json{{"user_id", own_id}}, stop);
  if (!answer.ok()) return error_of(answer);
  return {};
}

Result<std::string> Channels::direct(const std::string& own_id, const std::string& other_id,
                                     const std::stop_token& stop) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto known = ids_.find("@" + other_id); known != ids_.end()) return known->second;
  }
  auto id = id_in(api_.call("POST", "/channels/direct", Json::array({own_id, other_id}), stop));
  if (!id) return id;
  const std::lock_guard lock(mutex_);
  return ids_["@" + other_id] = *id;
}

}  // namespace countersign::adapters::mattermost
