#include "adapters/sandbox/slack/acts.h"

#include <algorithm>

#include "adapters/sandbox/fields.h"
#include "adapters/sandbox/slack/api.h"
#include "adapters/sandbox/slack/interactions.h"
#include "adapters/sandbox/slack/reactions.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

// `markup` leaves the text as it is.
std::string typed(const Act& act) {
  const std::string text = text_at(act.body, "text");
  if (text.empty()) throw ApiError{"no_text", {}};
  return flag_at(act.body, "markup") ? text : from_typed(act.slack.chat.world, text);
}

void say(const Act& act) {
  Draft draft;
  draft.user_id = act.who.id;
  draft.channel_id = own_channel(act).id;
  draft.message = typed(act);
  if (const std::string thread_ts = text_at(act.body, "thread_ts"); !thread_ts.empty()) {
    const Post* const parent = find_message(act.slack, draft.channel_id, thread_ts);
    if (!parent) throw ApiError{"thread_not_found", {}};
    draft.root_id = parent->thread();
  }
  const Post& post = *act.slack.chat.posting.create(std::move(draft)).post;
  act.done({{"channel", post.channel_id}, {"ts", ts_of(post.id)}});
}

Post& own_message(const Act& act) {
  Post& post = seen_message(act);
  if (post.user_id != act.who.id && !act.who.admin()) throw ApiError{"cant_update_message", {}};
  return post;
}

void edit(const Act& act) {
  Change change;
  change.message = typed(act);
  act.slack.chat.posting.update(own_message(act), std::move(change));
  act.done(Json::object());
}

void remove(const Act& act) {
  act.slack.chat.posting.remove(own_message(act), act.who);
  act.done(Json::object());
}

void react(const Act& act) {
  const std::string name = reaction_name(text_at(act.body, "name"));
  if (name.empty()) throw ApiError{"invalid_name", {}};
  Post& post = seen_message(act);
  if (flag_at(act.body, "remove")) {
    act.slack.chat.posting.remove_reaction(post, act.who, name);
  } else {
    act.slack.chat.posting.add_reaction(post, act.who, name);
  }
  act.done(Json::object());
}

void open(const Act& act) {
  World& world = act.slack.chat.world;
  const User* const other = world.user_called(text_at(act.body, "with"));
  if (!other) throw ApiError{"user_not_found", {}};
  bool created = false;
  act.done({{"channel", world.direct_channel(act.who.id, other->id, created).id}});
}

struct Known {
  std::string_view name;
  ActHandler handler;
};
constexpr Known kKnown[] = {
    {"say", say},     {"edit", edit},   {"delete", remove}, {"react", react}, {"open", open},
    {"click", click}, {"slash", slash}, {"submit", submit}, {"close", close},
};

}  // namespace

void carry_out(const std::string& name, const Act& act) {
  const auto known = std::ranges::find(kKnown, name, &Known::name);
  if (known == std::end(kKnown)) throw ApiError{"unknown_act", {}};
  known->handler(act);
}

Channel& own_channel(const Act& act) {
  World& world = act.slack.chat.world;
  const std::string named = text_at(act.body, "channel");
  Channel* const channel = world.channel(named) ? world.channel(named) : world.channel_named(named);
  if (!channel || !world.can_read(*channel, act.who)) throw ApiError{"channel_not_found", {}};
  if (!world.can_write(*channel, act.who)) throw ApiError{"not_in_channel", {}};
  return *channel;
}

Post& seen_message(const Act& act) {
  Post* const post = find_message(act.slack, own_channel(act).id, text_at(act.body, "ts"));
  if (!post) throw ApiError{"message_not_found", {}};
  return *post;
}

}  // namespace countersign::adapters::sandbox::slack
