#include "adapters/sandbox/slack/wire.h"

#include <algorithm>
#include <array>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/text.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr const char* kSlackbot = "USLACKBOT";

struct SystemType {
  std::string_view type, subtype;
  const char* text;  // after the token of who did it
};
constexpr SystemType kSystemTypes[] = {
    {"system_join_channel", "channel_join", "has joined the channel"},
    {"system_add_to_channel", "channel_join", "has joined the channel"},
    {"system_leave_channel", "channel_leave", "has left the channel"},
    {"system_remove_from_channel", "channel_leave", "was removed from the channel"},
    {"system_header_change", "channel_topic", "set the channel topic"},
    {"system_displayname_change", "channel_name", "has renamed the channel"},
    {"system_channel_deleted", "channel_archive", "archived the channel"},
};

// Of people coming and going the message is theirs, whoever brought them.
std::string system_actor(Slack& slack, const Post& post) {
  const std::string added = text_at(post.props, "addedUserId");
  const std::string removed = text_at(post.props, "removedUserId");
  if (slack.chat.world.user(added)) return added;
  return slack.chat.world.user(removed) ? removed : post.user_id;
}

void add_subtype(Slack& slack, const Post& post, Json& shape) {
  const auto system = std::ranges::find(kSystemTypes, post.type, &SystemType::type);
  if (system != std::end(kSystemTypes)) {
    const std::string actor = system_actor(slack, post);
    shape["subtype"] = system->subtype;
    shape["user"] = actor;
    shape["text"] = "<@" + actor + "> " + system->text;
  } else if (post.type == "me") {
    shape["subtype"] = "me_message";
  } else if (is_tombstone(post)) {
    shape["subtype"] = "tombstone";
    shape["user"] = kSlackbot;
    shape["hidden"] = true;
  }
}

// Absent where the author is no user of a token's app.
void add_author(Slack& slack, const Post& post, Json& shape) {
  if (post.user_id != slack.who.bot_user_id) {
    if (post.type.empty()) shape["client_msg_id"] = slack.chat.world.ids.named("m" + post.id);
    return;
  }
  shape["bot_id"] = slack.who.bot_id;
  shape["app_id"] = slack.who.app_id;
  shape["bot_profile"] = bot_profile(slack);
  for (const char* const key : {"username", "icons"}) {
    if (const Json* const own = own_prop(post, key)) shape[key] = *own;
  }
  if (shape.contains("username")) shape["subtype"] = "bot_message";
}

void add_content(Slack& slack, const Post& post, Json& shape) {
  const Json* const blocks = own_prop(post, "blocks");
  const bool by_hand = post.user_id != slack.who.bot_user_id && post.type.empty();
  if (blocks) {
    shape["blocks"] = *blocks;
  } else if (by_hand && !post.message.empty() && !is_tombstone(post)) {
    shape["blocks"] = Json::array({rich_text(post.message, post.id.substr(10))});
  }
  if (const Json* const attachments = own_prop(post, "attachments")) {
    shape["attachments"] = *attachments;
  }
  for (const std::string& id : post.file_ids) {
    const auto file = slack.chat.world.files.find(id);
    if (file != slack.chat.world.files.end()) {
      shape["files"].push_back(file_shape(slack, file->second));
    }
  }
  if (!post.file_ids.empty()) {
    shape["upload"] = false;
    if (!shape.contains("subtype") && by_hand) shape["subtype"] = "file_share";
  }
  if (post.edit_at != 0 && !is_tombstone(post)) {
    const std::string second = std::to_string(post.edit_at / 1000);
    shape["edited"] = {{"user", post.user_id}, {"ts", second + ".000000"}};
  }
}

void add_thread(Slack& slack, const Post& post, bool with_replies, Json& shape) {
  World& world = slack.chat.world;
  if (!post.root_id.empty()) {
    shape["thread_ts"] = ts_of(post.root_id);
    const Post* const root = world.post(post.root_id);
    if (root) shape["parent_user_id"] = is_tombstone(*root) ? kSlackbot : root->user_id;
    return;
  }
  const std::vector<Post*> replies = world.replies(post.id);
  if (replies.empty() || !with_replies) return;
  Json users = Json::array();
  for (const Post* const reply : replies) {
    if (users.size() < 5 && std::ranges::find(users, Json(reply->user_id)) == users.end()) {
      users.push_back(reply->user_id);
    }
  }
  shape["thread_ts"] = ts_of(post.id);
  shape["reply_count"] = replies.size();
  shape["reply_users_count"] = users.size();
  shape["latest_reply"] = ts_of(replies.back()->id);
  shape["reply_users"] = std::move(users);
  shape["is_locked"] = false;
  shape["subscribed"] = false;
}

Json reactions_shape(const Post& post) {
  Json list = Json::array();
  for (const Reaction& reaction : post.reactions) {
    const auto at =
        std::ranges::find_if(list, [&](const Json& one) { return one["name"] == reaction.emoji; });
    if (at == list.end()) {
      list.push_back({{"name", reaction.emoji}, {"users", {reaction.user_id}}, {"count", 1}});
    } else {
      (*at)["users"].push_back(reaction.user_id);
      (*at)["count"] = (*at)["users"].size();
    }
  }
  return list;
}

}  // namespace

const Json* own_prop(const Post& post, const char* key) {
  const Json* const own = field_at(post.props, kOwn);
  return own ? field_at(*own, key) : nullptr;
}

bool is_tombstone(const Post& post) { return flag_at(post.props, "tombstone"); }

Json message_shape(Slack& slack, const Post& post, MessageView view) {
  Json shape = {{"type", "message"},
                {"user", post.user_id},
                {"ts", ts_of(post.original_id.empty() ? post.id : post.original_id)},
                {"text", post.message},
                {"team", slack.chat.world.team.id}};
  if (const User* const author = slack.chat.world.user(post.user_id)) {
    shape["team"] = team_of(slack, *author);
  }
  add_subtype(slack, post, shape);
  add_author(slack, post, shape);
  add_content(slack, post, shape);
  add_thread(slack, post, view.thread, shape);
  if (view.reactions && !post.reactions.empty()) shape["reactions"] = reactions_shape(post);
  const Json* const metadata = own_prop(post, "metadata");
  if (view.metadata && metadata) shape["metadata"] = *metadata;
  return shape;
}

Json bot_profile(Slack& slack) {
  const User& bot = slack.bot();
  return {{"id", slack.who.bot_id},     {"deleted", false},
          {"name", bot.username},       {"updated", bot.update_at / 1000},
          {"app_id", slack.who.app_id}, {"user_id", bot.id},
          {"icons", Json::object()},    {"team_id", slack.chat.world.team.id}};
}

std::string team_of(Slack& slack, const User& user) {
  const World& world = slack.chat.world;
  const bool outside = user.roles.find("outsider") != std::string::npos;
  return outside ? world.ids.named("team elsewhere") : world.team.id;
}

Json user_shape(Slack& slack, const User& user) {
  const std::string& real = user.first_name.empty() ? user.username : user.first_name;
  const std::string team = team_of(slack, user);
  const bool outside = team != slack.chat.world.team.id;
  const bool guest = user.roles.find("guest") != std::string::npos;
  Json profile = {{"real_name", real},
                  {"real_name_normalized", real},
                  {"display_name", user.username},
                  {"display_name_normalized", user.username},
                  {"title", ""},
                  {"phone", ""},
                  {"status_text", ""},
                  {"status_emoji", ""},
                  {"team", team}};
  if (user.bot) {
    profile["api_app_id"] = slack.who.app_id;
    profile["bot_id"] = slack.who.bot_id;
    profile["always_active"] = true;
  } else {
    profile["email"] = user.email;
  }
  Json shape = {{"id", user.id},
                {"team_id", team},
                {"name", user.username},
                {"deleted", !user.active()},
                {"real_name", real},
                {"color", "9f69e7"},
                {"tz", "Etc/UTC"},
                {"tz_label", "Coordinated Universal Time"},
                {"tz_offset", 0},
                {"profile", std::move(profile)},
                {"is_admin", user.admin()},
                {"is_owner", user.admin()},
                {"is_primary_owner", false},
                {"is_restricted", guest},
                {"is_ultra_restricted", false},
                {"is_bot", user.bot},
                {"is_app_user", false},
                {"is_email_confirmed", !user.bot},
                {"updated", user.update_at / 1000}};
  if (outside) shape["is_stranger"] = true;
  return shape;
}

std::string channel_type(const Channel& channel) {
  if (channel.direct()) return "im";
  return channel.type == "O" ? "channel" : "group";
}

Json channel_shape(Slack& slack, const Channel& channel) {
  Json shape = {{"id", channel.id},
                {"created", channel.create_at / 1000},
                {"is_archived", channel.delete_at != 0},
                {"is_im", channel.direct()},
                {"is_org_shared", false},
                {"updated", channel.update_at}};
  if (channel.direct()) {
    const auto other = std::ranges::find_if(
        channel.members, [&](const auto& entry) { return entry.first != slack.who.bot_user_id; });
    shape["user"] = other == channel.members.end() ? slack.who.bot_user_id : other->first;
    shape["is_user_deleted"] = false;
    shape["priority"] = 0;
    return shape;
  }
  const auto note = [&](const std::string& text) {
    return Json{{"value", text}, {"creator", channel.creator_id}, {"last_set", 0}};
  };
  shape.update({{"name", channel.name},
                {"name_normalized", channel.name},
                {"is_channel", true},
                {"is_group", false},
                {"is_mpim", false},
                {"is_private", channel.type != "O"},
                {"is_general", false},
                {"is_shared", false},
                {"is_ext_shared", false},
                {"is_pending_ext_shared", false},
                {"pending_shared", Json::array()},
                {"unlinked", 0},
                {"context_team_id", slack.chat.world.team.id},
                {"creator", channel.creator_id},
                {"is_member", slack.chat.world.is_member(channel, slack.who.bot_user_id)},
                {"topic", note(channel.header)},
                {"purpose", note(channel.purpose)},
                {"previous_names", Json::array()},
                {"num_members", channel.members.size()}});
  return shape;
}

Json group_shape(Slack& slack, const Group& group, bool with_users) {
  const Millis made = slack.chat.world.team.create_at / 1000;
  Json shape = {{"id", group.id},
                {"team_id", slack.chat.world.team.id},
                {"is_usergroup", true},
                {"is_subteam", true},
                {"name", group.name},
                {"description", ""},
                {"handle", group.handle},
                {"is_external", false},
                {"date_create", made},
                {"date_update", made},
                {"date_delete", 0},
                {"created_by", slack.who.bot_user_id},
                {"updated_by", slack.who.bot_user_id},
                {"user_count", group.users.size()},
                {"prefs", {{"channels", Json::array()}, {"groups", Json::array()}}}};
  if (with_users) shape["users"] = group.users;
  return shape;
}

Json file_shape(Slack& slack, const File& file) {
  const std::size_t dot = file.name.rfind('.');
  const std::string type = dot == std::string::npos ? "text" : file.name.substr(dot + 1);
  const std::string address = slack.base_url + "/files-pri/" + file.id + "/" + file.name;
  return {{"id", file.id},
          {"created", file.create_at / 1000},
          {"timestamp", file.create_at / 1000},
          {"name", file.name},
          {"title", file.title.empty() ? file.name : file.title},
          {"mimetype", file.mime_type},
          {"filetype", type},
          {"pretty_type", "Plain Text"},
          {"user", file.user_id},
          {"size", file.bytes.size()},
          {"mode", "snippet"},
          {"is_external", false},
          {"is_public", false},
          {"url_private", address},
          {"url_private_download", address}};
}

std::string permalink(Slack& slack, const Post& post) {
  std::string link = slack.base_url + "/archives/" + post.channel_id + "/p" + post.id;
  if (!post.root_id.empty()) {
    link += "?thread_ts=" + ts_of(post.root_id) + "&cid=" + post.channel_id;
  }
  return link;
}

Post* find_message(Slack& slack, const std::string& channel_id, std::string_view ts) {
  Post* const post = slack.chat.world.live_post(post_id_of(ts));
  return post && post->channel_id == channel_id ? post : nullptr;
}

std::vector<Post*> thread_of(Slack& slack, Post& root) {
  std::vector<Post*> all = {&root};
  std::ranges::copy(slack.chat.world.replies(root.id), std::back_inserter(all));
  return all;
}

}  // namespace countersign::adapters::sandbox::slack
