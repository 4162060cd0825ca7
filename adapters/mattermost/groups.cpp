#include "adapters/mattermost/groups.h"

#include "adapters/mattermost/wire.h"

namespace countersign::adapters::mattermost {
namespace {

constexpr std::size_t kPerPage = 200;
constexpr int kPages = 50;
constexpr std::string_view kAdmins = "@admins";
constexpr char kPossible[] =
    ": Mattermost has groups only with a licence; name the private channel of that team, as "
    "\"#name\", or \"#name@admins\" for the admins of a channel, \"@team-admins\" or "
    "\"@system-admins\"";

Error named(const std::string& name, const Error& error) {
  return {error.kind, name + ": " + error.message};
}

std::vector<std::string> ids_where(const std::vector<Json>& entries, const char* id,
                                   const std::string& role) {
  std::vector<std::string> ids;
  for (const Json& entry : entries) {
    if (role.empty() || has_role(entry, role)) ids.push_back(entry.value(id, ""));
  }
  return ids;
}

}  // namespace

Result<std::vector<Json>> Groups::all(const std::string& path, const std::stop_token& stop) {
  std::vector<Json> out;
  const std::string sign = path.find('?') == std::string::npos ? "?" : "&";
  for (int page = 0; page < kPages; ++page) {
    const auto answer = api_.get(
        path + sign + "page=" + std::to_string(page) + "&per_page=" + std::to_string(kPerPage),
        stop);
    if (!answer.ok() || !answer.body.is_array()) return unavailable(answer.why);
    for (const Json& entry : answer.body) {
      if (entry.is_object()) out.push_back(entry);
    }
    if (answer.body.size() < kPerPage) return out;
  }
  return invalid("it has too many members to be asked for approvers");
}

Groups::Ids Groups::in_channel(const std::string& name, const std::stop_token& stop) {
  const auto channel = channels_.look_up(name, stop);
  if (!channel) return channel.error();
  if (!channel->is_private)
    return invalid(name +
                   ": anybody can join this channel, so its members cannot be trusted with "
                   "anything; name a private one, or its admins alone as \"" +
                   name + std::string(kAdmins) + "\"");
  const auto members = all("/channels/" + channel->id + "/members", stop);
  if (!members) return named(name, members.error());
  return ids_where(*members, "user_id", "");
}

Groups::Ids Groups::channel_admins(const std::string& name, const std::stop_token& stop) {
  const auto channel = channels_.look_up(name.substr(0, name.size() - kAdmins.size()), stop);
  if (!channel) return channel.error();
  const auto members = all("/channels/" + channel->id + "/members", stop);
  if (!members) return named(name, members.error());
  return ids_where(*members, "user_id", "channel_admin");
}

Groups::Ids Groups::team_admins(const std::stop_token& stop) {
  const auto team = api_.get("/teams/name/" + net::percent_encode(channels_.team()), stop);
  if (team.refused(404)) return not_found("@team-admins: there is no team " + channels_.team());
  if (!team.ok() || !team.body.is_object()) return unavailable("@team-admins: " + team.why);
  const auto members = all("/teams/" + team.body.value("id", "") + "/members", stop);
  if (!members) return named("@team-admins", members.error());
  return ids_where(*members, "user_id", "team_admin");
}

// The server only narrows its list down; who is one is seen in each entry.
Groups::Ids Groups::system_admins(const std::stop_token& stop) {
  const auto users = all("/users?role=system_admin", stop);
  if (!users) return named("@system-admins", users.error());
  return ids_where(*users, "id", "system_admin");
}

Groups::Ids Groups::ids_of(const std::string& name, const std::stop_token& stop) {
  if (name == "@team-admins") return team_admins(stop);
  if (name == "@system-admins") return system_admins(stop);
  if (name.starts_with('@')) return invalid(name + kPossible);
  return name.ends_with(kAdmins) ? channel_admins(name, stop) : in_channel(name, stop);
}

Result<std::vector<core::Person>> Groups::members(const std::string& name,
                                                  const std::stop_token& stop) {
  const auto ids = ids_of(name, stop);
  if (!ids) return ids.error();
  const auto users = people_.by_ids(*ids, stop);
  if (!users) return named(name, users.error());
  std::vector<core::Person> people;
  for (const auto& user : *users) {
    if (!user.is_bot && !user.outsider && user.active) people.push_back(people_.person(user));
  }
  return people;
}

}  // namespace countersign::adapters::mattermost
