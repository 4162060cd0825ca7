#include "adapters/sandbox/slack/events.h"

#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr MessageView kInEvent{.reactions = false, .metadata = true, .thread = false};
constexpr MessageView kChanged{.reactions = false, .metadata = true, .thread = true};

std::string fresh_ts(Slack& slack) { return ts_of(slack.chat.world.new_post_id()); }

// What the bot may hear of; null: nothing.
const Channel* heard_channel(Slack& slack, const std::string& id) {
  const Channel* const channel = slack.chat.world.channel(id);
  const bool heard = channel && slack.chat.world.is_member(*channel, slack.who.bot_user_id);
  return heard ? channel : nullptr;
}

// The events carry their posts and reactions as JSON in a string.
Json inner(const Event& event, const char* key) {
  return Json::parse(text_at(event.data, key), nullptr, false);
}

void posted(Slack& slack, const Event& event) {
  const Post* const post = slack.chat.world.live_post(text_at(inner(event, "post"), "id"));
  const Channel* const channel = post ? heard_channel(slack, post->channel_id) : nullptr;
  if (!channel) return;
  Json message = message_shape(slack, *post, kInEvent);
  message["channel"] = channel->id;
  message["event_ts"] = message["ts"];
  const bool mention = post->user_id != slack.who.bot_user_id && !channel->direct() &&
                       mentions(post->message, slack.who.bot_user_id);
  Json named = message;
  message["channel_type"] = channel_type(*channel);
  send_event(slack, std::move(message));
  if (!mention) return;
  named["type"] = "app_mention";
  send_event(slack, std::move(named));
}

// The newest former state of a post; null: none is known.
const Post* former_of(Slack& slack, const Post& post) {
  const std::vector<Post*>& all = slack.chat.world.posts_of(post.channel_id);
  const auto at = std::find_if(all.rbegin(), all.rend(),
                               [&](const Post* one) { return one->original_id == post.id; });
  return at == all.rend() ? nullptr : *at;
}

Json hidden_event(Slack& slack, const Channel& channel, const std::string& subtype) {
  const std::string ts = fresh_ts(slack);
  return {{"type", "message"},
          {"subtype", subtype},
          {"hidden", true},
          {"ts", ts},
          {"event_ts", ts},
          {"channel", channel.id},
          {"channel_type", channel_type(channel)}};
}

// Pinning changes nothing that Slack tells of.
void edited(Slack& slack, const Event& event) {
  const Post* const post = slack.chat.world.live_post(text_at(inner(event, "post"), "id"));
  const Channel* const channel = post ? heard_channel(slack, post->channel_id) : nullptr;
  const Post* const former = channel ? former_of(slack, *post) : nullptr;
  if (!former || (former->message == post->message && former->props == post->props)) return;
  Json changed = hidden_event(slack, *channel, "message_changed");
  changed["message"] = message_shape(slack, *post, kChanged);
  changed["previous_message"] = message_shape(slack, *former, kInEvent);
  send_event(slack, std::move(changed));
}

void deleted(Slack& slack, const Event& event) {
  const Post* const post = slack.chat.world.post(text_at(inner(event, "post"), "id"));
  const Channel* const channel = post ? heard_channel(slack, post->channel_id) : nullptr;
  if (!channel) return;
  Json gone = hidden_event(slack, *channel, "message_deleted");
  gone["deleted_ts"] = ts_of(post->id);
  gone["previous_message"] = message_shape(slack, *post, kInEvent);
  send_event(slack, std::move(gone));
}

void reacted(Slack& slack, const Event& event) {
  const Json reaction = inner(event, "reaction");
  const Post* const post = slack.chat.world.live_post(text_at(reaction, "post_id"));
  const Channel* const channel = post ? heard_channel(slack, post->channel_id) : nullptr;
  if (!channel) return;
  const Json item = {{"type", "message"}, {"channel", channel->id}, {"ts", ts_of(post->id)}};
  send_event(slack, {{"type", event.name},
                     {"user", text_at(reaction, "user_id")},
                     {"reaction", text_at(reaction, "emoji_name")},
                     {"item", item},
                     {"item_user", post->user_id},
                     {"event_ts", fresh_ts(slack)}});
}

void joined(Slack& slack, const Event& event) {
  const Channel* const channel = heard_channel(slack, event.channel_id);
  if (!channel || channel->direct()) return;
  send_event(slack, {{"type", "member_joined_channel"},
                     {"user", text_at(event.data, "user_id")},
                     {"channel", channel->id},
                     {"channel_type", channel->type == "O" ? "C" : "G"},
                     {"team", slack.chat.world.team.id},
                     {"event_ts", fresh_ts(slack)}});
}

struct Heard {
  std::string_view name;
  void (*tell)(Slack&, const Event&);
};
constexpr Heard kHeard[] = {
    {"posted", posted},          {"post_edited", edited},       {"post_deleted", deleted},
    {"reaction_added", reacted}, {"reaction_removed", reacted}, {"user_added", joined},
};

}  // namespace

void overhear(Slack& slack, const Event& event) {
  const auto heard = std::ranges::find(kHeard, event.name, &Heard::name);
  if (heard != std::end(kHeard)) heard->tell(slack, event);
}

std::string send_event(Slack& slack, Json inner_event) {
  World& world = slack.chat.world;
  const Json installed = {{"enterprise_id", nullptr},
                          {"team_id", world.team.id},
                          {"user_id", slack.who.bot_user_id},
                          {"is_bot", true},
                          {"is_enterprise_install", false}};
  Envelope envelope;
  envelope.type = "events_api";
  envelope.payload = {{"token", "sandbox"},
                      {"team_id", world.team.id},
                      {"context_team_id", world.team.id},
                      {"context_enterprise_id", nullptr},
                      {"api_app_id", slack.who.app_id},
                      {"event", std::move(inner_event)},
                      {"type", "event_callback"},
                      {"event_id", world.ids.fresh("event")},
                      {"event_time", world.now() / 1000},
                      {"authorizations", Json::array({installed})},
                      {"is_ext_shared_channel", false},
                      {"event_context", "4-" + world.ids.fresh()}};
  envelope.ack_timeout = slack.chat.options.slack_ack_timeout;
  envelope.retry_delays = slack.chat.options.slack_retry_delays;
  return slack.sockets.send(std::move(envelope));
}

}  // namespace countersign::adapters::sandbox::slack
