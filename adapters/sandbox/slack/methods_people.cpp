// Who is who: auth.test, apps.connections.open, users.*, usergroups.*.
#include <algorithm>

#include "adapters/sandbox/slack/api.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

Json auth_test(Slack& slack, ApiCall&) {
  const World& world = slack.chat.world;
  return {{"url", slack.base_url + "/"},      {"team", world.team.display_name},
          {"user", slack.bot().username},     {"team_id", world.team.id},
          {"user_id", slack.who.bot_user_id}, {"bot_id", slack.who.bot_id},
          {"is_enterprise_install", false}};
}

Json connections_open(Slack& slack, ApiCall&) {
  const std::string host = slack.base_url.substr(slack.base_url.find(':'));
  return {{"url", "ws" + host + kLinkPath + "?ticket=" + slack.sockets.new_ticket() +
                      "&app_id=" + slack.who.app_id}};
}

bool has_scope(const Slack& slack, const char* scope) {
  return std::ranges::find(slack.who.scopes, scope) != slack.who.scopes.end();
}

Json shown_user(Slack& slack, const User& user) {
  Json shape = user_shape(slack, user);
  if (!has_scope(slack, "users:read.email")) shape["profile"].erase("email");
  return shape;
}

Json user_info(Slack& slack, ApiCall& call) {
  const User* const user = slack.chat.world.user(call.text("user"));
  if (!user) throw ApiError{"user_not_found", {}};
  Json shape = shown_user(slack, *user);
  if (call.flag("include_locale")) shape["locale"] = "en-US";
  return {{"user", std::move(shape)}};
}

Json users_list(Slack& slack, ApiCall& call) {
  Json all = Json::array();
  for (const auto& [id, user] : slack.chat.world.users) all.push_back(shown_user(slack, user));
  Json answer = page_of(call, "members", all);
  answer["cache_ts"] = slack.chat.world.now() / 1000;
  return answer;
}

Json lookup_by_email(Slack& slack, ApiCall& call) {
  const std::string email = call.text("email");
  for (const auto& [id, user] : slack.chat.world.users) {
    if (user.email == email && user.active() && !user.bot) {
      return {{"user", shown_user(slack, user)}};
    }
  }
  throw ApiError{"users_not_found", {}};
}

Json groups_list(Slack& slack, ApiCall& call) {
  Json all = Json::array();
  for (const auto& [id, group] : slack.chat.world.groups) {
    all.push_back(group_shape(slack, group, call.flag("include_users")));
  }
  return {{"usergroups", std::move(all)}};
}

Json group_users(Slack& slack, ApiCall& call) {
  const auto group = slack.chat.world.groups.find(call.text("usergroup"));
  if (group == slack.chat.world.groups.end()) throw ApiError{"no_such_subteam", {}};
  return {{"users", group->second.users}};
}

const Method kMethods[] = {
    {"auth.test", auth_test, ""},
    {"apps.connections.open", connections_open, "connections:write", {}, true, TokenKind::app},
    {"users.info", user_info, "users:read", {"user"}, false},
    {"users.list", users_list, "users:read", {}, false},
    {"users.lookupByEmail", lookup_by_email, "users:read.email", {"email"}, false},
    {"usergroups.list", groups_list, "usergroups:read", {}, false},
    {"usergroups.users.list", group_users, "usergroups:read", {"usergroup"}, false},
};

}  // namespace

std::span<const Method> people_methods() { return kMethods; }

}  // namespace countersign::adapters::sandbox::slack
