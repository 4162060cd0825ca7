// Members of channels: listing, adding, removing, roles, what they have read.
#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

Member& member_of(const Call& call, Channel& channel) {
  const auto at = channel.members.find(call.param("user_id"));
  if (at == channel.members.end()) {
    throw Refusal{404, "app.channel.get_member.missing.app_error",
                  "No channel member found for that user ID and channel ID.",
                  "resource: ChannelMember id: channelId=" + channel.id +
                      ", userId=" + call.param("user_id")};
  }
  return at->second;
}

std::optional<Answer> get_member(Chat& chat, Call& call) {
  Channel& channel = readable_channel(chat, call);
  return Answer{.body = member_shape(channel, member_of(call, channel))};
}

std::optional<Answer> list_members(Chat& chat, Call& call) {
  const Channel& channel = readable_channel(chat, call);
  Json all = Json::array();
  for (const auto& [id, member] : channel.members) all.push_back(member_shape(channel, member));
  return Answer{.body = page_of(all, call)};
}

std::optional<Answer> stats(Chat& chat, Call& call) {
  const Channel& channel = readable_channel(chat, call);
  return Answer{.body = {{"channel_id", channel.id},
                         {"member_count", channel.members.size()},
                         {"guest_count", 0},
                         {"pinnedpost_count", 0}}};
}

std::optional<Answer> my_memberships(Chat& chat, Call& call) {
  Json list = Json::array();
  for (const auto& [id, channel] : chat.world.channels) {
    const auto member = channel.members.find(call.param("user_id"));
    if (member != channel.members.end()) list.push_back(member_shape(channel, member->second));
  }
  return Answer{.body = std::move(list)};
}

// Open channels may be joined by anybody; into a private one only its members bring people.
void need_adding(Chat& chat, const Call& call, const Channel& channel) {
  if (channel.type == "O" || chat.world.can_write(channel, *call.user)) return;
  throw no_permission(*call.user, "manage_private_channel_members");
}

// Adding somebody twice is answered alike and told to nobody.
std::optional<Answer> add_member(Chat& chat, Call& call) {
  Channel* const channel = chat.world.channel(call.param("channel_id"));
  if (!channel || channel->direct()) throw no_permission(*call.user, "read_channel");
  const User* const added = chat.world.user(text_at(call.body, "user_id"));
  if (!added) throw bad_body("user_id");
  need_adding(chat, call, *channel);
  const bool fresh = !chat.world.is_member(*channel, added->id);
  const Json shape = member_shape(*channel, chat.world.add_member(*channel, added->id));
  if (!fresh) return Answer{.status = 201, .body = shape};
  Event event;
  event.name = "user_added";
  event.data = {{"team_id", channel->team_id}, {"user_id", added->id}};
  event.channel_id = channel->id;
  chat.hub.publish(event);
  const std::string& actor = call.user->username;
  if (added == call.user) {
    chat.posting.system(*added, *channel, "system_join_channel", actor + " joined the channel.",
                        {{"username", actor}});
  } else {
    chat.posting.system(*call.user, *channel, "system_add_to_channel",
                        added->username + " added to the channel by " + actor + ".",
                        {{"addedUserId", added->id},
                         {"addedUsername", added->username},
                         {"userId", call.user->id},
                         {"username", actor}});
  }
  chat.changed();
  return Answer{.status = 201, .body = shape};
}

// The removed hears where, the rest hear who: two events with different fields.
void tell_removed(Chat& chat, const Channel& channel, const User& remover, const User& removed) {
  Event to_removed;
  to_removed.name = "user_removed";
  to_removed.data = {{"channel_id", channel.id}, {"remover_id", remover.id}};
  to_removed.user_id = removed.id;
  chat.hub.publish(to_removed);
  Event to_rest;
  to_rest.name = "user_removed";
  to_rest.data = {{"user_id", removed.id}, {"remover_id", remover.id}};
  to_rest.channel_id = channel.id;
  chat.hub.publish(to_rest);
}

std::optional<Answer> remove_member(Chat& chat, Call& call) {
  Channel& channel = readable_channel(chat, call);
  const User* const removed = chat.world.user(call.param("user_id"));
  if (removed != call.user && !chat.world.can_write(channel, *call.user)) {
    throw no_permission(*call.user, "manage_public_channel_members");
  }
  member_of(call, channel);
  channel.members.erase(removed->id);
  tell_removed(chat, channel, *call.user, *removed);
  const std::string& name = removed->username;
  if (removed == call.user) {
    chat.posting.system(*removed, channel, "system_leave_channel", name + " has left the channel.",
                        {{"username", name}});
  } else {
    chat.posting.system(*call.user, channel, "system_remove_from_channel",
                        "@" + name + " removed from the channel.",
                        {{"removedUserId", removed->id}, {"removedUsername", name}});
  }
  chat.changed();
  return Answer{};
}

// No event tells of it: clients must ask when it matters.
std::optional<Answer> put_roles(Chat& chat, Call& call) {
  Channel& channel = readable_channel(chat, call);
  const auto asking = channel.members.find(call.user->id);
  const bool is_channel_admin = asking != channel.members.end() && asking->second.admin;
  if (!call.user->admin() && !is_channel_admin) {
    throw no_permission(*call.user, "manage_channel_roles");
  }
  Member& member = member_of(call, channel);
  const bool by_scheme = flag_at(call.body, "scheme_admin");
  member.admin =
      by_scheme || text_at(call.body, "roles").find("channel_admin") != std::string::npos;
  member.last_update_at = chat.world.now();
  chat.changed();
  return Answer{};
}

bool follows_in(Chat& chat, const std::string& user_id, const std::string& channel_id) {
  for (const auto& [root_id, followers] : chat.world.follows) {
    const auto mine = followers.find(user_id);
    const Post* const root = chat.world.post(root_id);
    if (mine != followers.end() && mine->second.following && root &&
        root->channel_id == channel_id) {
      return true;
    }
  }
  return false;
}

// An unknown channel is no error: clients say "none" that way.
std::optional<Answer> view_channel(Chat& chat, Call& call) {
  Channel* const channel = chat.world.channel(text_at(call.body, "channel_id"));
  Json body = {{"status", "OK"}, {"last_viewed_at_times", Json::object()}};
  if (!channel) return Answer{.body = std::move(body)};
  if (!chat.world.can_read(*channel, *call.user)) throw no_permission(*call.user, "read_channel");
  body["last_viewed_at_times"][channel->id] = channel->last_post_at;
  chat.posting.viewed(*call.user, *channel);
  Event event;
  event.name = "channel_viewed";
  event.data = {{"channel_id", channel->id}};
  event.user_id = call.user->id;
  chat.hub.publish(event);
  if (follows_in(chat, call.user->id, channel->id)) {
    event.name = "thread_read_changed";
    event.data = {{"timestamp", chat.world.now()}};
    event.channel_id = channel->id;
    chat.hub.publish(event);
  }
  return Answer{.body = std::move(body)};
}

constexpr Route kRoutes[] = {
    {"GET", "channels/{channel_id}/members", list_members},
    {"POST", "channels/{channel_id}/members", add_member},
    {"GET", "channels/{channel_id}/members/{user_id}", get_member},
    {"DELETE", "channels/{channel_id}/members/{user_id}", remove_member},
    {"PUT", "channels/{channel_id}/members/{user_id}/roles", put_roles},
    {"PUT", "channels/{channel_id}/members/{user_id}/schemeRoles", put_roles},
    {"GET", "channels/{channel_id}/stats", stats},
    {"GET", "users/{user_id}/teams/{team_id}/channels/members", my_memberships},
    {"POST", "channels/members/{user_id}/view", view_channel},
};

}  // namespace

std::span<const Route> membership_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
