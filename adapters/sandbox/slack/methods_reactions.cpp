// reactions.*
#include <algorithm>
#include <cctype>

#include "adapters/sandbox/slack/api.h"
#include "adapters/sandbox/slack/reactions.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr std::size_t kMostOfOne = 23;

Post& reacted_message(Slack& slack, const ApiCall& call) {
  const Channel& channel = visible_channel(slack, call.text("channel"));
  Post* const post = find_message(slack, channel.id, call.text("timestamp"));
  if (!post) throw ApiError{"message_not_found", {}};
  return *post;
}

bool has_reaction(const Post& post, const std::string& user_id, const std::string& name) {
  return std::ranges::any_of(post.reactions, [&](const Reaction& one) {
    return one.user_id == user_id && one.emoji == name;
  });
}

Json add(Slack& slack, ApiCall& call) {
  const std::string name = reaction_name(call.text("name"));
  if (name.empty()) throw ApiError{"invalid_name", {}};
  Post& post = reacted_message(slack, call);
  const Channel& channel = *slack.chat.world.channel(post.channel_id);
  if (channel.delete_at != 0) throw ApiError{"is_archived", {}};
  if (!slack.chat.world.is_member(channel, slack.who.bot_user_id)) {
    throw ApiError{"not_in_channel", {}};
  }
  if (has_reaction(post, slack.who.bot_user_id, name)) throw ApiError{"already_reacted", {}};
  const auto mine = std::ranges::count(post.reactions, slack.who.bot_user_id, &Reaction::user_id);
  if (static_cast<std::size_t>(mine) >= kMostOfOne) throw ApiError{"too_many_reactions", {}};
  slack.chat.posting.add_reaction(post, slack.bot(), name);
  return Json::object();
}

Json remove(Slack& slack, ApiCall& call) {
  const std::string name = reaction_name(call.text("name"));
  if (name.empty()) throw ApiError{"invalid_name", {}};
  Post& post = reacted_message(slack, call);
  if (!has_reaction(post, slack.who.bot_user_id, name)) throw ApiError{"no_reaction", {}};
  slack.chat.posting.remove_reaction(post, slack.bot(), name);
  return Json::object();
}

Json get(Slack& slack, ApiCall& call) {
  const Post& post = reacted_message(slack, call);
  Json message = message_shape(slack, post);
  message["permalink"] = permalink(slack, post);
  return {{"type", "message"}, {"channel", post.channel_id}, {"message", std::move(message)}};
}

const Method kMethods[] = {
    {"reactions.add", add, "reactions:write", {"channel", "timestamp", "name"}},
    {"reactions.remove", remove, "reactions:write", {"channel", "timestamp", "name"}},
    {"reactions.get", get, "reactions:read", {"channel", "timestamp"}, false},
};

}  // namespace

// Any well-formed name passes: which emoji a workspace has is its own affair.
std::string reaction_name(std::string name) {
  const std::string base = name.substr(0, name.find("::skin-tone-"));
  const bool well_formed =
      !base.empty() && base.size() <= 100 && std::ranges::all_of(base, [](unsigned char c) {
        return std::isalnum(c) || c == '_' || c == '-' || c == '+' || c == '\'';
      });
  if (!well_formed) return "";
  const std::string tone = name.substr(base.size());
  if (base == "thumbsup") return "+1" + tone;
  if (base == "thumbsdown") return "-1" + tone;
  return name;
}

std::span<const Method> reaction_methods() { return kMethods; }

}  // namespace countersign::adapters::sandbox::slack
