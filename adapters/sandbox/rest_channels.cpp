// Teams and channels: look-ups, making, changing and archiving.
#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

// There is one team, and everybody is in it.
void need_team(Chat& chat, const Call& call) {
  if (call.param("team_id") != chat.world.team.id) throw no_permission(*call.user, "view_team");
}

std::optional<Answer> get_team(Chat& chat, Call& call) {
  need_team(chat, call);
  return Answer{.body = team_shape(chat.world.team)};
}

void need_team_name(Chat& chat, const Call& call) {
  if (call.param("team") != chat.world.team.name) {
    throw Refusal{404, "app.team.get_by_name.missing.app_error",
                  "Unable to find the existing team.", "name=" + call.param("team")};
  }
}

std::optional<Answer> get_team_by_name(Chat& chat, Call& call) {
  need_team_name(chat, call);
  return Answer{.body = team_shape(chat.world.team)};
}

std::optional<Answer> my_teams(Chat& chat, Call&) {
  return Answer{.body = Json::array({team_shape(chat.world.team)})};
}

std::optional<Answer> team_member(Chat& chat, Call& call) {
  need_team(chat, call);
  const User* const user = chat.world.user(call.param("user_id"));
  if (!user) {
    throw Refusal{404, "app.team.get_member.missing.app_error",
                  "No team member found for that user ID and team ID.", ""};
  }
  return Answer{.body = team_member_shape(chat.world.team, *user)};
}

std::optional<Answer> team_members(Chat& chat, Call& call) {
  need_team(chat, call);
  Json all = Json::array();
  for (const auto& [id, user] : chat.world.users) {
    if (user.active()) all.push_back(team_member_shape(chat.world.team, user));
  }
  return Answer{.body = page_of(all, call)};
}

// Told to nobody, as with the roles in channels.
std::optional<Answer> put_team_roles(Chat& chat, Call& call) {
  need_team(chat, call);
  auto& admins = chat.world.team.admins;
  if (!call.user->admin() && !admins.contains(call.user->id)) {
    throw no_permission(*call.user, "manage_team_roles");
  }
  const std::string& user_id = call.param("user_id");
  const bool admin = flag_at(call.body, "scheme_admin") ||
                     text_at(call.body, "roles").find("team_admin") != std::string::npos;
  if (admin) {
    admins.insert(user_id);
  } else {
    admins.erase(user_id);
  }
  chat.changed();
  return Answer{};
}

std::optional<Answer> get_channel(Chat& chat, Call& call) {
  return Answer{.body = channel_shape(readable_channel(chat, call))};
}

// A private channel one is not in looks exactly like none.
Answer channel_by_name(Chat& chat, const Call& call) {
  const std::string& name = call.param("channel");
  const Channel* const channel = chat.world.channel_named(name);
  const bool hidden = channel && !chat.world.can_read(*channel, *call.user);
  if (!channel || hidden || channel->delete_at != 0) {
    const std::string& team = chat.world.team.id;
    throw Refusal{404, "app.channel.get_by_name.missing.app_error", "Channel does not exist.",
                  hidden ? "teamId=" + team + ", name=" + name
                         : "resource: Channel id: TeamId=" + team + "&Name=" + name};
  }
  return Answer{.body = channel_shape(*channel)};
}

std::optional<Answer> get_by_name(Chat& chat, Call& call) {
  need_team(chat, call);
  return channel_by_name(chat, call);
}

std::optional<Answer> get_by_names(Chat& chat, Call& call) {
  need_team_name(chat, call);
  return channel_by_name(chat, call);
}

Json channels_where(const World& world, const std::function<bool(const Channel&)>& wanted) {
  Json list = Json::array();
  for (const auto& [id, channel] : world.channels) {
    if (channel.delete_at == 0 && wanted(channel)) list.push_back(channel_shape(channel));
  }
  return list;
}

std::optional<Answer> my_channels(Chat& chat, Call& call) {
  const std::string& user_id = call.param("user_id");
  if (user_id != call.user->id && !call.user->admin()) {
    throw no_permission(*call.user, "edit_other_users");
  }
  return Answer{.body = channels_where(chat.world, [&](const Channel& channel) {
                  return chat.world.is_member(channel, user_id);
                })};
}

std::optional<Answer> open_channels(Chat& chat, Call& call) {
  need_team(chat, call);
  const Json all =
      channels_where(chat.world, [](const Channel& channel) { return channel.type == "O"; });
  return Answer{.body = page_of(all, call)};
}

// Whoever makes a channel leads it.
std::optional<Answer> create_channel(Chat& chat, Call& call) {
  Channel channel;
  channel.team_id = chat.world.team.id;
  channel.name = text_at(call.body, "name");
  channel.display_name = text_at(call.body, "display_name");
  channel.type = text_at(call.body, "type");
  channel.header = text_at(call.body, "header");
  channel.purpose = text_at(call.body, "purpose");
  channel.creator_id = call.user->id;
  if (text_at(call.body, "team_id") != channel.team_id) throw bad_body("team_id");
  if (channel.type != "O" && channel.type != "P") throw bad_body("type");
  if (!is_name(channel.name)) {
    throw Refusal{400, "model.channel.is_valid.2_or_more.app_error",
                  "Name must be 2 or more lowercase alphanumeric characters.", ""};
  }
  if (chat.world.channel_named(channel.name)) {
    throw Refusal{400, "store.sql_channel.save_channel.exists.app_error",
                  "A channel with that name already exists on the same team.", ""};
  }
  if (channel.display_name.empty()) channel.display_name = channel.name;
  Channel& made = chat.world.add_channel(std::move(channel));
  chat.world.add_member(made, call.user->id, true);
  Event event;
  event.name = "channel_created";
  event.data = {{"channel_id", made.id}, {"team_id", made.team_id}};
  event.user_id = call.user->id;
  chat.hub.publish(event);
  chat.changed();
  return Answer{.status = 201, .body = channel_shape(made)};
}

// Finds the channel when the two have one; only a new one is told of.
std::optional<Answer> create_direct(Chat& chat, Call& call) {
  const bool two = call.body.is_array() && call.body.size() == 2 && call.body[0].is_string() &&
                   call.body[1].is_string();
  if (!two) throw bad_body("user_ids");
  const auto first = call.body[0].get<std::string>(), second = call.body[1].get<std::string>();
  if (!chat.world.user(first) || !chat.world.user(second)) throw bad_body("user_ids");
  if (first != call.user->id && second != call.user->id && !call.user->admin()) {
    throw no_permission(*call.user, "manage_system");
  }
  const std::string other = first == call.user->id ? second : first;
  bool created = false;
  const Channel& channel = chat.world.direct_channel(call.user->id, other, created);
  if (created) {
    Event event;
    event.name = "direct_added";
    event.data = {{"creator_id", call.user->id}, {"teammate_id", other}};
    event.channel_id = channel.id;
    chat.hub.publish(event);
    chat.changed();
  }
  return Answer{.status = 201, .body = channel_shape(channel)};
}

Channel& writable_channel(Chat& chat, const Call& call) {
  Channel* const channel = chat.world.channel(call.param("channel_id"));
  if (!channel || !chat.world.can_write(*channel, *call.user)) {
    throw no_permission(*call.user, "manage_public_channel_properties");
  }
  return *channel;
}

// Renaming and the header are told in words as well; the url name is not.
std::optional<Answer> patch_channel(Chat& chat, Call& call) {
  Channel& channel = writable_channel(chat, call);
  const Channel before = channel;
  for (const auto& [key, field] : {std::pair{"name", &channel.name},
                                   {"display_name", &channel.display_name},
                                   {"header", &channel.header},
                                   {"purpose", &channel.purpose}}) {
    if (field_at(call.body, key)) *field = text_at(call.body, key);
  }
  channel.update_at = chat.world.now();
  Event event;
  event.name = "channel_updated";
  event.data = {{"channel", channel_shape(channel).dump()}};
  event.channel_id = channel.id;
  chat.hub.publish(event);
  const std::string& who = call.user->username;
  if (channel.display_name != before.display_name) {
    chat.posting.system(*call.user, channel, "system_displayname_change",
                        who + " updated the channel display name from: " + before.display_name +
                            " to: " + channel.display_name,
                        {{"username", who},
                         {"old_displayname", before.display_name},
                         {"new_displayname", channel.display_name}});
  }
  if (channel.header != before.header) {
    chat.posting.system(
        *call.user, channel, "system_header_change",
        who + " updated the channel header to: " + channel.header,
        {{"username", who}, {"old_header", before.header}, {"new_header", channel.header}});
  }
  chat.changed();
  return Answer{.body = channel_shape(channel)};
}

// The farewell is posted first: nothing may be posted afterwards. The whole team hears of it.
std::optional<Answer> archive_channel(Chat& chat, Call& call) {
  Channel& channel = writable_channel(chat, call);
  chat.posting.system(*call.user, channel, "system_channel_deleted",
                      call.user->username + " archived the channel.",
                      {{"username", call.user->username}});
  channel.delete_at = channel.update_at = chat.world.now();
  Event event;
  event.name = "channel_deleted";
  event.data = {{"channel_id", channel.id}, {"delete_at", channel.delete_at}};
  event.team_id = channel.team_id;
  chat.hub.publish(event);
  chat.changed();
  return Answer{};
}

constexpr Route kRoutes[] = {
    {"GET", "users/{user_id}/teams", my_teams},
    {"GET", "teams/name/{team}", get_team_by_name},
    {"GET", "teams/{team_id}", get_team},
    {"GET", "teams/{team_id}/members", team_members},
    {"GET", "teams/{team_id}/members/{user_id}", team_member},
    {"PUT", "teams/{team_id}/members/{user_id}/roles", put_team_roles},
    {"PUT", "teams/{team_id}/members/{user_id}/schemeRoles", put_team_roles},
    {"GET", "teams/{team_id}/channels", open_channels},
    {"GET", "teams/{team_id}/channels/name/{channel}", get_by_name},
    {"GET", "teams/name/{team}/channels/name/{channel}", get_by_names},
    {"GET", "users/{user_id}/teams/{team_id}/channels", my_channels},
    {"GET", "users/{user_id}/channels", my_channels},
    {"POST", "channels", create_channel},
    {"POST", "channels/direct", create_direct},
    {"GET", "channels/{channel_id}", get_channel},
    {"PUT", "channels/{channel_id}/patch", patch_channel},
    {"DELETE", "channels/{channel_id}", archive_channel},
};

}  // namespace

std::span<const Route> channel_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
