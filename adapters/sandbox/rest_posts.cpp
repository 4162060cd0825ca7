// Posts and reactions, one at a time.
#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/router.h"
#include "adapters/sandbox/shape.h"

namespace countersign::adapters::sandbox {
namespace {

constexpr PostView kCounted{.reply_count = true, .metadata = true};

// What does not exist is refused like what one may not see: 403, so that nobody can probe for ids.
std::optional<Answer> create_post(Chat& chat, Call& call) {
  if (!call.body.is_object()) throw bad_body("post");
  Draft draft;
  draft.user_id = call.user->id;
  draft.channel_id = text_at(call.body, "channel_id");
  draft.root_id = text_at(call.body, "root_id");
  draft.message = chat.typed(text_at(call.body, "message"));
  draft.pending_post_id = text_at(call.body, "pending_post_id");
  if (const Json* const props = field_at(call.body, "props")) draft.props = *props;
  if (const Json* const files = field_at(call.body, "file_ids"); files && files->is_array()) {
    for (const Json& id : *files) {
      if (id.is_string()) draft.file_ids.push_back(id.get<std::string>());
    }
  }
  const Channel* const channel = chat.world.channel(draft.channel_id);
  if (!channel || !chat.world.can_write(*channel, *call.user)) {
    throw no_permission(*call.user, "create_post");
  }
  const std::string pending = draft.pending_post_id;
  const Posting::Made made = chat.posting.create(std::move(draft));
  // The answer to a repeated request shows less, as recorded.
  Json shape =
      post_shape(chat.world, *made.post,
                 made.again ? PostView{.reply_count = false, .metadata = false} : kCounted);
  if (!made.again) shape["pending_post_id"] = pending;
  return Answer{.status = 201, .body = std::move(shape)};
}

std::optional<Answer> get_post(Chat& chat, Call& call) {
  return Answer{.body = post_shape(chat.world, readable_post(chat, call))};
}

// The post to change, if its user may: one's own as a member, others' as an administrator.
Post& changeable_post(Chat& chat, const Call& call, const std::string& own,
                      const std::string& others) {
  Post* const post = chat.world.live_post(call.param("post_id"));
  if (!post) throw no_permission(*call.user, own);
  const bool mine = post->user_id == call.user->id;
  const bool member = chat.world.is_member(*chat.world.channel(post->channel_id), call.user->id);
  if (call.user->admin() || (mine && member)) return *post;
  throw no_permission(*call.user, mine ? own : others);
}

Post& editable_post(Chat& chat, const Call& call) {
  if (!call.body.is_object()) throw bad_body("post");
  Post& post = changeable_post(chat, call, "edit_post", "edit_others_posts");
  if (post.type.starts_with("system_")) {
    throw Refusal{400, "api.post.update_post.system_message.app_error",
                  "Unable to update system message.", "id=" + post.id};
  }
  return post;
}

// Props are replaced whole: leaving the actions out takes the buttons away.
std::optional<Answer> patch_post(Chat& chat, Call& call) {
  Post& post = editable_post(chat, call);
  Change change;
  if (field_at(call.body, "message")) change.message = chat.typed(text_at(call.body, "message"));
  if (const Json* const props = field_at(call.body, "props"); props && props->is_object()) {
    change.props = *props;
  }
  if (field_at(call.body, "is_pinned")) change.pinned = flag_at(call.body, "is_pinned");
  return Answer{.body =
                    post_shape(chat.world, chat.posting.update(post, std::move(change)), kCounted)};
}

// What is left out becomes empty.
std::optional<Answer> put_post(Chat& chat, Call& call) {
  Post& post = editable_post(chat, call);
  if (text_at(call.body, "id") != post.id) throw bad_body("id");
  const Json* const props = field_at(call.body, "props");
  Change change;
  change.message = chat.typed(text_at(call.body, "message"));
  change.props = props && props->is_object() ? *props : Json::object();
  change.pinned = flag_at(call.body, "is_pinned");
  return Answer{.body =
                    post_shape(chat.world, chat.posting.update(post, std::move(change)), kCounted)};
}

std::optional<Answer> delete_post(Chat& chat, Call& call) {
  if (!chat.world.live_post(call.param("post_id"))) throw no_post(call.param("post_id"));
  Post& post = changeable_post(chat, call, "delete_post", "delete_others_posts");
  chat.posting.remove(post, *call.user);
  return Answer{};
}

Answer set_pinned(Chat& chat, const Call& call, bool pinned) {
  Post& post = readable_post(chat, call);
  if (!chat.world.can_write(*chat.world.channel(post.channel_id), *call.user)) {
    throw no_permission(*call.user, "create_post");
  }
  Change change;
  change.pinned = pinned;
  chat.posting.update(post, std::move(change));
  return Answer{};
}

std::optional<Answer> pin_post(Chat& chat, Call& call) { return set_pinned(chat, call, true); }
std::optional<Answer> unpin_post(Chat& chat, Call& call) { return set_pinned(chat, call, false); }

// For administrators: a bot whispers through the answer to a click instead.
std::optional<Answer> create_ephemeral(Chat& chat, Call& call) {
  const Json* const post = field_at(call.body, "post");
  const std::string to = text_at(call.body, "user_id");
  if (!post || !chat.world.user(to)) throw bad_body("user_id");
  if (!call.user->admin()) throw no_permission(*call.user, "create_post_ephemeral");
  Draft draft;
  draft.user_id = call.user->id;
  draft.channel_id = text_at(*post, "channel_id");
  draft.root_id = text_at(*post, "root_id");
  draft.message = text_at(*post, "message");
  if (const Json* const props = field_at(*post, "props")) draft.props = *props;
  if (!chat.world.channel(draft.channel_id)) throw bad_body("channel_id");
  return Answer{.status = 201, .body = chat.posting.whisper(to, std::move(draft))};
}

// Any well-formed name passes, also of an emoji that does not exist; aliases stay different names.
bool is_emoji_name(const std::string& name) {
  return !name.empty() && name.size() <= 64 && std::ranges::all_of(name, [](unsigned char c) {
    return std::isalnum(c) || c == '_' || c == '-' || c == '+';
  });
}

Refusal bad_emoji(const std::string& name) {
  return {400, "model.reaction.is_valid.emoji_name.app_error", "Invalid emoji name.",
          "emoji_name=" + name};
}

std::optional<Answer> add_reaction(Chat& chat, Call& call) {
  if (!call.body.is_object()) throw bad_body("reaction");
  if (text_at(call.body, "user_id") != call.user->id) {
    throw Refusal{403, "api.reaction.save_reaction.user_id.app_error",
                  "You cannot save reaction for the other user.", ""};
  }
  Post* const post = chat.world.live_post(text_at(call.body, "post_id"));
  if (!post || !chat.world.can_write(*chat.world.channel(post->channel_id), *call.user)) {
    throw no_permission(*call.user, "add_reaction");
  }
  const std::string emoji = text_at(call.body, "emoji_name");
  if (!is_emoji_name(emoji)) throw bad_emoji(emoji);
  chat.posting.add_reaction(*post, *call.user, emoji);
  return Answer{.body = reaction_shape(*post, {call.user->id, emoji, post->update_at})};
}

// Taking back what is not there is fine.
std::optional<Answer> remove_reaction(Chat& chat, Call& call) {
  if (call.param("user_id") != call.user->id && !call.user->admin()) {
    throw no_permission(*call.user, "remove_others_reactions");
  }
  Post* const post = chat.world.live_post(call.param("post_id"));
  const User* const owner = chat.world.user(call.param("user_id"));
  if (!post || !owner || !chat.world.can_write(*chat.world.channel(post->channel_id), *call.user)) {
    throw no_permission(*call.user, "remove_reaction");
  }
  chat.posting.remove_reaction(*post, *owner, call.param("emoji"));
  return Answer{};
}

std::optional<Answer> get_reactions(Chat& chat, Call& call) {
  const Post& post = readable_post(chat, call);
  Json list = Json::array();
  for (const Reaction& reaction : post.reactions) list.push_back(reaction_shape(post, reaction));
  return Answer{.body = std::move(list)};
}

constexpr Route kRoutes[] = {
    {"POST", "posts", create_post},
    {"POST", "posts/ephemeral", create_ephemeral},
    {"GET", "posts/{post_id}", get_post},
    {"PUT", "posts/{post_id}", put_post},
    {"DELETE", "posts/{post_id}", delete_post},
    {"PUT", "posts/{post_id}/patch", patch_post},
    {"POST", "posts/{post_id}/pin", pin_post},
    {"POST", "posts/{post_id}/unpin", unpin_post},
    {"GET", "posts/{post_id}/reactions", get_reactions},
    {"POST", "reactions", add_reaction},
    {"DELETE", "users/{user_id}/posts/{post_id}/reactions/{emoji}", remove_reaction},
};

}  // namespace

std::span<const Route> post_routes() { return kRoutes; }

}  // namespace countersign::adapters::sandbox
