#include "adapters/sandbox/shape.h"

#include <algorithm>

#include "adapters/sandbox/attachments.h"

namespace countersign::adapters::sandbox {
namespace {

Json own_notify_props() {
  return {{"channel", "true"},       {"comments", "never"}, {"desktop", "mention"},
          {"desktop_sound", "true"}, {"email", "true"},     {"first_name", "false"},
          {"mention_keys", ""},      {"push", "mention"},   {"push_status", "away"}};
}

Json member_notify_props() {
  return {{"desktop", "default"},
          {"email", "default"},
          {"ignore_channel_mentions", "default"},
          {"mark_unread", "all"},
          {"push", "default"}};
}

// Only what is there: a post without anything has an empty object.
Json metadata_shape(World& world, const Post& post) {
  Json metadata = Json::object();
  if (post.props.contains("attachments")) {
    metadata["embeds"] = Json::array({{{"type", "message_attachment"}}});
  }
  for (const std::string& id : post.file_ids) {
    if (const auto file = world.files.find(id); file != world.files.end()) {
      metadata["files"].push_back(file_shape(file->second));
    }
  }
  for (const Reaction& reaction : post.reactions) {
    metadata["reactions"].push_back(reaction_shape(post, reaction));
  }
  return metadata;
}

}  // namespace

// No field names a bot unless it is one.
Json user_shape(const User& user, Viewer viewer) {
  Json shape = {
      {"id", user.id},
      {"create_at", user.create_at},
      {"update_at", user.update_at},
      {"delete_at", user.delete_at},
      {"username", user.username},
      {"auth_data", ""},
      {"auth_service", ""},
      {"email", user.email},
      {"nickname", ""},
      {"first_name", user.first_name},
      {"last_name", ""},
      {"position", ""},
      {"roles", user.roles},
      {"locale", "en"},
      {"timezone",
       {{"automaticTimezone", ""}, {"manualTimezone", ""}, {"useAutomaticTimezone", "true"}}},
      {"disable_welcome_email", false}};
  if (user.bot) {
    shape["is_bot"] = true;
    shape["bot_description"] = user.bot_description;
  }
  if (viewer == Viewer::self) {
    shape["notify_props"] = own_notify_props();
    shape["last_password_update"] = user.create_at;
  }
  return shape;
}

Json team_shape(const Team& team) {
  return {{"id", team.id},
          {"create_at", team.create_at},
          {"update_at", team.create_at},
          {"delete_at", 0},
          {"display_name", team.display_name},
          {"name", team.name},
          {"description", ""},
          {"email", ""},
          {"type", "O"},
          {"company_name", ""},
          {"allowed_domains", ""},
          {"invite_id", team.invite_id},
          {"allow_open_invite", false},
          {"scheme_id", nullptr},
          {"group_constrained", nullptr},
          {"policy_id", nullptr}};
}

Json team_member_shape(const Team& team, const User& user) {
  const bool admin = user.admin() || team.admins.contains(user.id);
  return {{"team_id", team.id},
          {"user_id", user.id},
          {"roles", admin ? "team_user team_admin" : "team_user"},
          {"delete_at", user.delete_at},
          {"scheme_guest", false},
          {"scheme_user", true},
          {"scheme_admin", admin},
          {"explicit_roles", ""}};
}

Json channel_shape(const Channel& channel) {
  return {{"id", channel.id},
          {"create_at", channel.create_at},
          {"update_at", channel.update_at},
          {"delete_at", channel.delete_at},
          {"team_id", channel.team_id},
          {"type", channel.type},
          {"display_name", channel.display_name},
          {"name", channel.name},
          {"header", channel.header},
          {"purpose", channel.purpose},
          {"last_post_at", channel.last_post_at},
          {"total_msg_count", channel.total},
          {"extra_update_at", 0},
          {"creator_id", channel.creator_id},
          {"scheme_id", nullptr},
          {"props", nullptr},
          {"group_constrained", nullptr},
          {"shared", channel.direct() ? Json(false) : Json(nullptr)},
          {"total_msg_count_root", channel.total_root},
          {"policy_id", nullptr}};
}

Json member_shape(const Channel& channel, const Member& member) {
  return {{"channel_id", channel.id},
          {"user_id", member.user_id},
          {"roles", member.admin ? "channel_user channel_admin" : "channel_user"},
          {"last_viewed_at", member.last_viewed_at},
          {"msg_count", member.msg_count},
          {"mention_count", member.mention_count},
          {"mention_count_root", member.mention_count_root},
          {"msg_count_root", member.msg_count_root},
          {"notify_props", member_notify_props()},
          {"last_update_at", member.last_update_at},
          {"scheme_guest", false},
          {"scheme_user", true},
          {"scheme_admin", member.admin},
          {"explicit_roles", ""}};
}

Json status_shape(const User& user) {
  return {{"user_id", user.id},
          {"status", user.status},
          {"manual", user.status_manual},
          {"last_activity_at", user.last_activity_at},
          {"dnd_end_time", 0}};
}

Json reaction_shape(const Post& post, const Reaction& reaction) {
  return {{"user_id", reaction.user_id},
          {"post_id", post.id},
          {"emoji_name", reaction.emoji},
          {"create_at", reaction.create_at},
          {"update_at", reaction.create_at},
          {"delete_at", 0},
          {"remote_id", ""}};
}

Json file_shape(const File& file) {
  const std::size_t dot = file.name.rfind('.');
  Json shape = {{"id", file.id},
                {"user_id", file.user_id},
                {"channel_id", ""},
                {"create_at", file.create_at},
                {"update_at", file.create_at},
                {"delete_at", 0},
                {"name", file.name},
                {"extension", dot == std::string::npos ? "" : file.name.substr(dot + 1)},
                {"size", file.bytes.size()},
                {"mime_type", file.mime_type},
                {"width", 0},
                {"height", 0},
                {"has_preview_image", false},
                {"mini_preview", nullptr},
                {"remote_id", ""}};
  if (!file.post_id.empty()) shape["post_id"] = file.post_id;
  return shape;
}

Json post_shape(World& world, const Post& post, PostView view) {
  const bool gone = post.delete_at != 0;
  Json shape = {{"id", post.id},
                {"create_at", post.create_at},
                {"update_at", post.update_at},
                {"edit_at", post.edit_at},
                {"delete_at", post.delete_at},
                {"is_pinned", post.pinned},
                {"user_id", post.user_id},
                {"channel_id", post.channel_id},
                {"root_id", post.root_id},
                {"parent_id", post.root_id},
                {"original_id", post.original_id},
                {"message", gone ? "" : post.message},
                {"type", post.type},
                {"props", without_integrations(post.props)},
                {"hashtags", ""},
                {"pending_post_id", ""},
                {"reply_count", view.reply_count ? world.reply_count(post) : 0},
                {"last_reply_at", 0},
                {"participants", nullptr}};
  if (post.has_reactions) shape["has_reactions"] = true;
  if (!post.file_ids.empty()) shape["file_ids"] = post.file_ids;
  if (view.metadata) shape["metadata"] = gone ? Json::object() : metadata_shape(world, post);
  return shape;
}

// As one follower sees it: unread counts differ from person to person.
Json thread_shape(World& world, const Post& root, const std::string& for_user) {
  const std::vector<Post*> replies = world.replies(root.id);
  const Follow& follow = world.follows[root.id][for_user];
  std::vector<std::string> seen = {root.user_id};
  std::int64_t unread = 0;
  for (const Post* reply : replies) {
    if (std::ranges::find(seen, reply->user_id) == seen.end()) seen.push_back(reply->user_id);
    if (reply->create_at > follow.last_viewed_at && reply->user_id != for_user) ++unread;
  }
  Json participants = Json::array();
  for (const std::string& id : seen) participants.push_back(user_shape(*world.user(id)));
  PostView bare;
  bare.metadata = false;
  return {{"id", root.id},
          {"reply_count", replies.size()},
          {"last_reply_at", replies.empty() ? 0 : replies.back()->create_at},
          {"last_viewed_at", follow.last_viewed_at},
          {"participants", std::move(participants)},
          {"post", post_shape(world, root, bare)},
          {"unread_replies", unread},
          {"unread_mentions", follow.mentions}};
}

}  // namespace countersign::adapters::sandbox
