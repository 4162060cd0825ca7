// chat.*: posting, changing and deleting messages of the bot.
#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/content.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr std::size_t kLongestUpdate = 4'000;

// By id, by name, or by a person's id, which means the direct channel.
Channel& target_channel(Slack& slack, const std::string& named) {
  World& world = slack.chat.world;
  if (world.user(named)) {
    bool created = false;
    return world.direct_channel(slack.who.bot_user_id, named, created);
  }
  const std::string name = named.starts_with('#') ? named.substr(1) : named;
  const Channel* const by_name = world.channel_named(name);
  return visible_channel(slack, by_name ? by_name->id : named);
}

Channel& writable_channel(Slack& slack, const std::string& named) {
  Channel& channel = target_channel(slack, named);
  if (channel.delete_at != 0) throw ApiError{"is_archived", {}};
  if (!slack.chat.world.is_member(channel, slack.who.bot_user_id)) {
    throw ApiError{"not_in_channel", {}};
  }
  return channel;
}

// The root of the thread a ts belongs to, for which a reply will do; "" for no thread.
std::string thread_root(Slack& slack, const Channel& channel, const std::string& thread_ts) {
  if (thread_ts.empty()) return "";
  const Post* const post = find_message(slack, channel.id, thread_ts);
  if (!post) throw ApiError{"thread_not_found", {}};
  if (post->type.starts_with("system_")) throw ApiError{"cannot_reply_to_message", {}};
  return post->thread();
}

Json posted_answer(Slack& slack, const Post& post, bool truncated) {
  Json answer = {{"channel", post.channel_id},
                 {"ts", ts_of(post.id)},
                 {"message", message_shape(slack, post, {.metadata = true})}};
  if (truncated) {
    answer["warning"] = "message_truncated";
    answer["response_metadata"]["warnings"].push_back("message_truncated");
  }
  return answer;
}

Json post_message(Slack& slack, ApiCall& call) {
  const Channel& channel = writable_channel(slack, call.text("channel"));
  net::Headers ignored;
  if (!slack.posts.allow(channel.id, slack.chat.world.now(), ignored)) {
    throw ApiError{"ratelimited", {}};
  }
  Content content = read_content(slack, call);
  if (call.flag("reply_broadcast")) content.own["broadcast"] = true;
  Draft draft;
  draft.user_id = slack.who.bot_user_id;
  draft.channel_id = channel.id;
  draft.root_id = thread_root(slack, channel, call.text("thread_ts"));
  draft.message = std::move(content.text);
  draft.props = props_of(std::move(content.own));
  const Post& post = *slack.chat.posting.create(std::move(draft)).post;
  return posted_answer(slack, post, content.truncated);
}

// The bot's own message, or why it cannot be touched.
Post& own_message(Slack& slack, const ApiCall& call, const std::string& not_ours) {
  const Channel& channel = visible_channel(slack, call.text("channel"));
  Post* const post = find_message(slack, channel.id, call.text("ts"));
  if (!post || is_tombstone(*post)) throw ApiError{"message_not_found", {}};
  if (post->user_id != slack.who.bot_user_id) throw ApiError{not_ours, {}};
  return *post;
}

Json update(Slack& slack, ApiCall& call) {
  Post& post = own_message(slack, call, "cant_update_message");
  if (length_of(call.text("text")) > kLongestUpdate) throw ApiError{"msg_too_long", {}};
  Content content = changed_content(slack, call, post);
  Change change;
  change.message = content.text;
  change.props = post.props;
  (*change.props)[kOwn] = std::move(content.own);
  slack.chat.posting.update(post, std::move(change));
  Json answer = posted_answer(slack, post, false);
  answer["text"] = post.message;
  return answer;
}

Json remove(Slack& slack, ApiCall& call) {
  Post& post = own_message(slack, call, "cant_delete_message");
  slack.chat.posting.remove(post, slack.bot());
  return {{"channel", post.channel_id}, {"ts", ts_of(post.id)}};
}

Json post_ephemeral(Slack& slack, ApiCall& call) {
  const Channel& channel = writable_channel(slack, call.text("channel"));
  const std::string user = call.text("user");
  if (!slack.chat.world.is_member(channel, user)) throw ApiError{"user_not_in_channel", {}};
  const std::string root = thread_root(slack, channel, call.text("thread_ts"));
  Content content = read_content(slack, call);
  return {{"message_ts",
           whisper(slack, user, channel.id, root.empty() ? "" : ts_of(root), std::move(content))}};
}

Json get_permalink(Slack& slack, ApiCall& call) {
  const Channel& channel = visible_channel(slack, call.text("channel"));
  const Post* const post = find_message(slack, channel.id, call.text("message_ts"));
  if (!post) throw ApiError{"message_not_found", {}};
  return {{"channel", channel.id}, {"permalink", permalink(slack, *post)}};
}

const Method kMethods[] = {
    {"chat.postMessage", post_message, "chat:write", {"channel"}},
    {"chat.update", update, "chat:write", {"channel", "ts"}},
    {"chat.delete", remove, "chat:write", {"channel", "ts"}},
    {"chat.postEphemeral", post_ephemeral, "chat:write", {"channel", "user"}},
    {"chat.getPermalink", get_permalink, "", {"channel", "message_ts"}, false},
};

}  // namespace

std::span<const Method> chat_methods() { return kMethods; }

}  // namespace countersign::adapters::sandbox::slack
