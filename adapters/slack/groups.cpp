#include "adapters/slack/groups.h"

#include "adapters/slack/ids.h"

namespace countersign::adapters::slack {
namespace {

Result<Json> all_groups(const WebApi& api, const std::stop_token& stop) {
  const auto answer = api.read("usergroups.list", Json::object(), stop);
  if (answer.is("plan_upgrade_required") || answer.is("paid_teams_only"))
    return refused("user groups need a paid plan of Slack");
  if (!answer.ok()) return error_of(answer);
  return array_at(answer.body, "usergroups");
}

Result<std::string> group_id(const std::string& name, const WebApi& api,
                             const std::stop_token& stop) {
  if (is_group_id(name)) return name;
  if (!name.starts_with('@')) return invalid("a group is written @handle or as its id (S...)");
  const auto groups = all_groups(api, stop);
  if (!groups) return groups.error();
  for (const Json& group : *groups) {
    if (text_at(group, "handle") == name.substr(1)) return text_at(group, "id");
  }
  return not_found("there is no user group with that handle");
}

Result<std::vector<core::Person>> members(const std::string& group, const WebApi& api,
                                          People& people, const std::stop_token& stop) {
  const auto answer = api.read("usergroups.users.list", {{"usergroup", group}}, stop);
  if (answer.is("no_such_subteam")) return not_found("there is no such user group");
  if (!answer.ok()) return error_of(answer);
  std::vector<core::Person> out;
  for (const Json& id : array_at(answer.body, "users")) {
    if (!id.is_string()) continue;
    const auto user = people.by_id_anew(id.get<std::string>(), stop);
    if (!user && user.error().kind == ErrorKind::unavailable) return user.error();
    if (user && user->human() && !user->outsider) out.push_back(people.person(*user));
  }
  return out;
}

}  // namespace

Result<std::vector<core::Person>> people_of_group(const std::string& name, const WebApi& api,
                                                  People& people, const std::stop_token& stop) {
  const auto id = group_id(name, api, stop);
  auto found = id ? members(*id, api, people, stop) : Result<std::vector<core::Person>>(id.error());
  if (!found) return Error{found.error().kind, name + ": " + found.error().message};
  return found;
}

Result<void> groups_readable(const WebApi& api, const std::stop_token& stop) {
  const auto groups = all_groups(api, stop);
  if (!groups) return groups.error();
  return {};
}

}  // namespace countersign::adapters::slack
