#include "adapters/mattermost/groups.h"

#include "adapters/mattermost/wire.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kPerPage = 200;
constexpr int kPages = 50;

Error named(const std::string& name, const Error& error) {
  return {error.kind, name + ": " + error.message};
}

}  // namespace

Result<std::vector<std::string>> Groups::member_ids(const std::string& channel_id,
                                                    const std::stop_token& stop) {
  std::vector<std::string> ids;
  for (int page = 0; page < kPages; ++page) {
    const auto answer =
        api_.get("/channels/" + channel_id + "/members?page=" + std::to_string(page) +
                     "&per_page=" + std::to_string(kPerPage),
                 stop);
    if (!answer.ok() || !answer.body.is_array()) return unavailable(answer.why);
    for (const auto& member : answer.body) ids.push_back(member.value("user_id", ""));
    if (answer.body.size() < kPerPage) return ids;
  }
  return invalid("the channel has too many members to be a group of approvers");
}

Result<std::vector<core::Person>> Groups::members(const std::string& name,
                                                  const std::stop_token& stop) {
  if (name.starts_with('@'))
    return invalid(name +
                   ": Mattermost has groups only with a licence; name the private channel "
                   "of that team instead, as \"#name\"");
  const auto channel = channels_.look_up(name, stop);
  if (!channel) return channel.error();
  if (!channel->is_private)
    return invalid(name +
                   ": anybody can join this channel, so its members cannot be trusted with "
                   "anything; name a private one");
  const auto ids = member_ids(channel->id, stop);
  if (!ids) return named(name, ids.error());
  const auto users = people_.by_ids(*ids, stop);
  if (!users) return named(name, users.error());
  std::vector<core::Person> people;
  for (const auto& user : *users) {
    if (!user.is_bot && !user.outsider && user.active) people.push_back(people_.person(user));
  }
  return people;
}

}  // namespace countersign::adapters::mattermost
