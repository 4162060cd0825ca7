// The half of Posting that tells: who is named, who follows, what the events carry.
#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/mentions.h"
#include "adapters/sandbox/posting.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_system(const Post& post) { return post.type.starts_with("system_"); }

// A name of the author's choosing is shown as it is, without the @: the invented is recognised by
// nothing else.
std::string sender_name(const Post& post, const User& author) {
  if (is_system(post)) return "System";
  const std::string invented = text_at(post.props, "override_username");
  if (!invented.empty() && text_at(post.props, "from_webhook") == "true") return invented;
  return "@" + author.username;
}

}  // namespace

// In a direct channel the partner counts as named. Nobody is named by their own post, or outside of
// their channels.
std::vector<std::string> Posting::mentioned(const Post& post, const Channel& channel) const {
  std::vector<std::string> ids;
  const auto add = [&](const std::string& id) {
    if (id != post.user_id && std::ranges::find(ids, id) == ids.end()) ids.push_back(id);
  };
  if (post.type == "system_add_to_channel") add(text_at(post.props, "addedUserId"));
  if (is_system(post)) return ids;
  if (channel.direct()) {
    for (const auto& [id, member] : channel.members) add(id);
    return ids;
  }
  for (const std::string& name : customs_.named(world_, post.message)) {
    const bool everyone = name == "channel" || name == "all";
    for (const auto& [id, member] : channel.members) {
      const User& user = *world_.user(id);
      if (everyone || user.username == name || (name == "here" && hub_.online(id))) add(id);
    }
  }
  return ids;
}

// The root's author, whoever replies and whoever is named in a reply follow the thread from then
// on.
void Posting::follow(const Post& reply, const std::vector<std::string>& mentions) {
  auto& follows = world_.follows[reply.root_id];
  follows.try_emplace(world_.post(reply.root_id)->user_id);
  Follow& own = follows[reply.user_id];
  own.following = true;
  own.last_viewed_at = reply.create_at;
  for (const std::string& id : mentions) {
    Follow& named = follows[id];
    named.following = true;
    ++named.mentions;
  }
}

void Posting::tell_posted(const Post& post, const Channel& channel, const std::string& pending,
                          const std::vector<std::string>& mentions) {
  const User& author = *world_.user(post.user_id);
  Json shape = post_shape(world_, post, {.reply_count = true, .metadata = true});
  shape["pending_post_id"] = pending;
  Event event;
  event.name = "posted";
  event.channel_id = channel.id;
  event.data = {
      {"channel_display_name", channel.direct() ? "@" + author.username : channel.display_name},
      {"channel_name", channel.name},
      {"channel_type", channel.type},
      {"post", text_of(shape)},
      {"sender_name", sender_name(post, author)},
      {"set_online", true},
      {"team_id", channel.team_id}};
  if (!mentions.empty()) event.data["mentions"] = text_of(mentions);
  if (!post.file_ids.empty()) event.data["otherFile"] = "true";
  for (const std::string& id : post.file_ids) {
    if (world_.files.at(id).mime_type.starts_with("image/")) event.data["image"] = "true";
  }
  hub_.publish(event);
}

// Writing by hand means having read; what bots and webhooks write does not.
void Posting::tell_viewed(const Post& post, const Channel& channel) {
  const bool by_hand = !post.props.contains("from_webhook") && !post.props.contains("from_bot");
  if (!by_hand || !post.type.empty() || !world_.is_member(channel, post.user_id)) return;
  Event event;
  event.name = "channel_viewed";
  event.data = {{"channel_id", channel.id}};
  event.user_id = post.user_id;
  hub_.publish(event);
}

void Posting::tell_followers(const Post& reply, const Channel& channel) {
  const Post& root = *world_.post(reply.root_id);
  for (const auto& [id, follow] : world_.follows[root.id]) {
    if (!follow.following || !world_.is_member(channel, id)) continue;
    Event event;
    event.name = "thread_updated";
    event.data = {{"thread", text_of(thread_shape(world_, root, id))}};
    event.user_id = id;
    event.team_id = channel.team_id;
    hub_.publish(event);
  }
}

void Posting::tell_reaction(const std::string& name, const Post& post, const Json& reaction) {
  Event event;
  event.name = name;
  event.data = {{"reaction", text_of(reaction)}};
  event.channel_id = post.channel_id;
  hub_.publish(event);
  changed_();
}

}  // namespace countersign::adapters::sandbox
