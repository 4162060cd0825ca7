#include "adapters/sandbox/posting.h"

#include <algorithm>

#include "adapters/sandbox/attachments.h"
#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr PostView kCounted{.reply_count = true, .metadata = true};

// People coming and going do not make a channel unread.
bool counts(const Post& post) {
  return post.type != "system_join_channel" && post.type != "system_leave_channel" &&
         post.type != "system_add_to_channel" && post.type != "system_remove_from_channel";
}

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace

Posting::Posting(World& world, Hub& hub, Customs customs, std::function<void()> changed)
    : world_(world), hub_(hub), customs_(std::move(customs)), changed_(std::move(changed)) {}

void Posting::check_root(const Draft& draft) const {
  if (draft.root_id.empty()) return;
  const Post* const root = world_.live_post(draft.root_id);
  const Refusal bad_root{400, "api.post.create_post.root_id.app_error", "Invalid RootId parameter.",
                         ""};
  if (!root) throw bad_root;
  if (root->channel_id != draft.channel_id) {
    throw Refusal{400, "api.post.create_post.channel_root_id.app_error",
                  "Invalid ChannelId for RootId parameter.", ""};
  }
  if (!root->root_id.empty()) throw bad_root;
}

void Posting::check_size(const std::string& id, const std::string& message,
                         const Json& props) const {
  if (code_points(message) > customs_.message_limit) {
    throw Refusal{400, "model.post.is_valid.msg.app_error", "Invalid message.", "id=" + id};
  }
  if (code_points(text_of(props)) > customs_.props_limit) {
    throw Refusal{400, "model.post.is_valid.props.app_error", "Invalid props.", "id=" + id};
  }
}

void Posting::attach_files(Post& post, const Draft& draft) {
  for (const std::string& id : draft.file_ids) {
    const auto file = world_.files.find(id);
    if (file == world_.files.end() || file->second.user_id != post.user_id) continue;
    if (!file->second.post_id.empty()) continue;
    file->second.post_id = post.id;
    post.file_ids.push_back(id);
  }
}

// The draft as a post that may be kept; throws what a real server refuses.
Post Posting::checked(const Draft& draft) {
  const Channel& channel = *world_.channel(draft.channel_id);
  if (channel.delete_at != 0) {
    throw Refusal{400, "api.post.create_post.can_not_post_to_deleted.error",
                  "Can not post to deleted channel.", ""};
  }
  check_root(draft);
  Post post;
  post.id = world_.new_post_id();
  post.user_id = draft.user_id;
  post.channel_id = draft.channel_id;
  post.root_id = draft.root_id;
  post.message = draft.message;
  post.type = draft.type;
  post.create_at = post.update_at = world_.now();
  post.props = draft.props.is_object() ? draft.props : Json::object();
  // The only mark of a bot's post, and one that anybody may forge: nothing here relies on it.
  if (world_.user(draft.user_id)->bot) post.props["from_bot"] = "true";
  complete_attachments(post.props, [this] { return world_.ids.fresh(); });
  check_size(post.id, post.message, post.props);
  return post;
}

Posting::Made Posting::create(Draft draft) {
  const Millis now = world_.now();
  std::erase_if(pending_, [&](const auto& entry) { return now - entry.second.at > kPendingKept; });
  const std::string pending_key = draft.user_id + " " + draft.pending_post_id;
  if (const auto seen = pending_.find(pending_key); seen != pending_.end()) {
    if (Post* const first = world_.live_post(seen->second.post_id)) return {first, true};
  }
  Post post = checked(draft);
  attach_files(post, draft);
  Post& kept = world_.add_post(std::move(post));
  if (!draft.pending_post_id.empty()) pending_[pending_key] = {kept.id, now};

  Channel& channel = *world_.channel(kept.channel_id);
  const std::vector<std::string> mentions = mentioned(kept, channel);
  count(kept, channel, mentions);
  if (!kept.root_id.empty()) follow(kept, mentions);
  tell_posted(kept, channel, draft.pending_post_id, mentions);
  if (!kept.root_id.empty()) tell_followers(kept, channel);
  tell_viewed(kept, channel);
  changed_();
  return {&kept, false};
}

Post& Posting::update(Post& post, Change change) {
  if (change.props) complete_attachments(*change.props, [this] { return world_.ids.fresh(); });
  const std::string& message = change.message ? *change.message : post.message;
  check_size(post.id, message, change.props ? *change.props : post.props);
  const Millis now = std::max(world_.now(), post.update_at + 1);
  // Catching up with since= shows former states as deleted posts; clients must cope with them.
  Post former = post;
  former.original_id = post.id;
  former.id = world_.ids.fresh();
  former.delete_at = former.update_at = now;
  world_.add_post(std::move(former));

  if (message != post.message) post.edit_at = now;
  post.update_at = now;
  if (change.message) post.message = *change.message;
  if (change.props) post.props = *change.props;
  if (change.pinned) post.pinned = *change.pinned;
  Event event;
  event.name = "post_edited";
  event.data = {{"post", text_of(post_shape(world_, post, kCounted))}};
  event.channel_id = post.channel_id;
  hub_.publish(event);
  changed_();
  return post;
}

// One event for the root; its replies vanish without a word.
void Posting::remove(Post& post, const User& by) {
  if (customs_.keeps_threads && !world_.replies(post.id).empty()) {
    Change change;
    change.message = kTombstone;
    change.props = Json{{"tombstone", true}};
    post.file_ids.clear();
    update(post, std::move(change));
    return;
  }
  Event event;
  event.name = "post_deleted";
  event.data = {{"post", text_of(post_shape(world_, post))}};
  event.channel_id = post.channel_id;
  std::vector<Post*> gone = post.root_id.empty() ? world_.replies(post.id) : std::vector<Post*>();
  gone.push_back(&post);
  for (Post* const one : gone) {
    one->delete_at = one->update_at = std::max(world_.now(), one->update_at + 1);
    one->props["deleteBy"] = by.id;
  }
  hub_.publish(event);
  changed_();
}

void Posting::system(const User& actor, const Channel& channel, const std::string& type,
                     const std::string& message, Json props) {
  Draft draft;
  draft.user_id = actor.id;
  draft.channel_id = channel.id;
  draft.type = type;
  draft.message = message;
  draft.props = std::move(props);
  create(std::move(draft));
}

Json Posting::whisper(const std::string& to, Draft draft) {
  Post post;
  post.id = world_.new_post_id();
  post.user_id = draft.user_id;
  post.channel_id = draft.channel_id;
  post.message = std::move(draft.message);
  post.type = "system_ephemeral";
  post.create_at = world_.now();
  post.props = draft.props.is_object() ? std::move(draft.props) : Json::object();
  complete_attachments(post.props, [this] { return world_.ids.fresh(); });
  Json shape = post_shape(world_, post);
  shape["root_id"] = draft.root_id;
  Event event;
  event.name = "ephemeral_message";
  event.data = {{"post", text_of(shape)}};
  event.user_id = to;
  event.channel_id = draft.channel_id;
  hub_.publish(event);
  return shape;
}

void Posting::viewed(const User& user, Channel& channel) {
  const auto member = channel.members.find(user.id);
  if (member == channel.members.end()) return;
  Member& seen = member->second;
  seen.last_viewed_at = channel.last_post_at;
  seen.msg_count = channel.total;
  seen.msg_count_root = channel.total_root;
  seen.mention_count = seen.mention_count_root = 0;
  changed_();
}

void Posting::count(const Post& post, Channel& channel, const std::vector<std::string>& mentions) {
  const bool is_root = post.root_id.empty();
  channel.last_post_at = std::max(channel.last_post_at, post.create_at);
  if (counts(post)) {
    ++channel.total;
    if (is_root) ++channel.total_root;
  }
  for (const std::string& id : mentions) {
    const auto member = channel.members.find(id);
    if (member == channel.members.end()) continue;
    ++member->second.mention_count;
    if (is_root) ++member->second.mention_count_root;
  }
  // Who writes has read; a bot never reads.
  if (const User* const author = world_.user(post.user_id); author && !author->bot) {
    viewed(*author, channel);
  }
  // So that since= brings the root of a new reply along.
  if (Post* const root = world_.live_post(post.root_id)) {
    root->update_at = std::max(root->update_at + 1, post.create_at);
  }
}

// Told again when it was there already: clients must count people, not events.
void Posting::add_reaction(Post& post, const User& user, const std::string& emoji) {
  const auto same = [&](const Reaction& reaction) {
    return reaction.user_id == user.id && reaction.emoji == emoji;
  };
  const Millis now = std::max(world_.now(), post.update_at + 1);
  Reaction reaction{user.id, emoji, now};
  const Json shape = reaction_shape(post, reaction);
  if (std::ranges::none_of(post.reactions, same)) post.reactions.push_back(std::move(reaction));
  post.has_reactions = true;
  post.update_at = now;
  tell_reaction("reaction_added", post, shape);
}

void Posting::remove_reaction(Post& post, const User& user, const std::string& emoji) {
  const std::size_t gone = std::erase_if(post.reactions, [&](const Reaction& reaction) {
    return reaction.user_id == user.id && reaction.emoji == emoji;
  });
  if (gone == 0) return;
  post.has_reactions = !post.reactions.empty();
  post.update_at = std::max(world_.now(), post.update_at + 1);
  Json shape = reaction_shape(post, Reaction{user.id, emoji, 0});
  shape["update_at"] = post.update_at;
  tell_reaction("reaction_removed", post, shape);
}

}  // namespace countersign::adapters::sandbox
