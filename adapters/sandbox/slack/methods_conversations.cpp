// conversations.*: channels, their members and what was said in them.
#include <algorithm>

#include "adapters/sandbox/slack/api.h"
#include "adapters/sandbox/slack/text.h"
#include "adapters/sandbox/slack/wire.h"

namespace countersign::adapters::sandbox::slack {
namespace {

constexpr std::size_t kMostPeople = 8;

std::vector<std::string> list_of(const std::string& text) {
  std::vector<std::string> parts;
  std::string_view rest = text;
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    if (comma > 0) parts.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(rest.size(), comma + 1));
  }
  return parts;
}

// "channels:read" and its likes: which one is needed depends on the channel.
void need_channel_scope(const Slack& slack, const Channel& channel, const std::string& right) {
  const std::string type = channel_type(channel);
  need_scope(slack, (type == "im" ? type : type + "s") + ":" + right);
}

Channel& readable(Slack& slack, const ApiCall& call, const std::string& right) {
  Channel& channel = visible_channel(slack, call.text("channel"));
  need_channel_scope(slack, channel, right);
  return channel;
}

Json info(Slack& slack, ApiCall& call) {
  Json shape = channel_shape(slack, readable(slack, call, "read"));
  if (!call.flag("include_num_members")) shape.erase("num_members");
  return {{"channel", std::move(shape)}};
}

std::string kind_of(const Channel& channel) {
  if (channel.direct()) return "im";
  return channel.type == "O" ? "public_channel" : "private_channel";
}

Json list(Slack& slack, ApiCall& call) {
  std::vector<std::string> types = list_of(call.text("types"));
  if (types.empty()) types = {"public_channel"};
  const bool archived = !call.flag("exclude_archived");
  Json all = Json::array();
  for (const std::string& type : types) {
    constexpr std::pair<std::string_view, std::string_view> kScopes[] = {
        {"public_channel", "channels:read"},
        {"private_channel", "groups:read"},
        {"im", "im:read"},
        {"mpim", "mpim:read"}};
    const auto scope = std::ranges::find(kScopes, type, [](const auto& one) { return one.first; });
    if (scope == std::end(kScopes)) throw ApiError{"invalid_types", {}};
    need_scope(slack, scope->second);
    for (const auto& [id, channel] : slack.chat.world.channels) {
      const bool member = slack.chat.world.is_member(channel, slack.who.bot_user_id);
      if (kind_of(channel) != type || (!member && channel.type != "O")) continue;
      if (archived || channel.delete_at == 0) all.push_back(channel_shape(slack, channel));
    }
  }
  return page_of(call, "channels", all);
}

Json members(Slack& slack, ApiCall& call) {
  Json all = Json::array();
  for (const auto& [id, member] : readable(slack, call, "read").members) all.push_back(id);
  return page_of(call, "members", all);
}

// A direct channel with one person; more of them make no channel here.
Json open(Slack& slack, ApiCall& call) {
  World& world = slack.chat.world;
  std::vector<std::string> users = list_of(call.text("users"));
  if (users.empty() && call.has("channel")) {
    return {{"channel", {{"id", visible_channel(slack, call.text("channel")).id}}}};
  }
  if (users.empty()) throw bad_arguments({"missing required field: users"});
  if (users.size() > kMostPeople) throw ApiError{"too_many_users", {}};
  if (users.size() > 1) throw ApiError{"method_not_supported_for_channel_type", {}};
  need_scope(slack, "im:write");
  const User* const user = world.user(users.front());
  if (!user) throw ApiError{"user_not_found", {}};
  if (!user->active()) throw ApiError{"user_disabled", {}};
  bool created = false;
  const Channel& channel = world.direct_channel(slack.who.bot_user_id, user->id, created);
  Json answer = {{"channel", {{"id", channel.id}}}};
  if (call.flag("return_im")) answer["channel"] = channel_shape(slack, channel);
  if (!created) answer["no_op"] = answer["already_open"] = true;
  return answer;
}

struct Range {
  std::string oldest, latest;  // ids; "" for no bound
  bool inclusive = false;

  bool holds(const std::string& id) const {
    if (!oldest.empty() && (id < oldest || (id == oldest && !inclusive))) return false;
    return latest.empty() || id < latest || (id == latest && inclusive);
  }
};

// Bounds may be written as plain seconds as well.
std::string bound(const ApiCall& call, const char* key) {
  std::string text = call.text(key);
  if (text.empty() || text == "0") return "";
  if (text.find('.') == text.npos) text += ".000000";
  text.resize(std::max<std::size_t>(text.size(), 17), '0');
  const std::string id = post_id_of(text);
  if (id.empty()) throw ApiError{std::string("invalid_ts_") + key, {}};
  return id;
}

Range range_of(const ApiCall& call) {
  return {bound(call, "oldest"), bound(call, "latest"), call.flag("inclusive")};
}

Json messages_page(Slack& slack, const ApiCall& call, const std::vector<const Post*>& posts) {
  Json all = Json::array();
  for (const Post* const post : posts) {
    all.push_back(message_shape(slack, *post, {.metadata = call.flag("include_all_metadata")}));
  }
  Json answer = page_of(call, "messages", all);
  answer["has_more"] = answer["response_metadata"]["next_cursor"] != "";
  if (!answer["has_more"].get<bool>()) answer.erase("response_metadata");
  return answer;
}

void need_membership(Slack& slack, const Channel& channel) {
  if (!slack.chat.world.is_member(channel, slack.who.bot_user_id)) {
    throw ApiError{"not_in_channel", {}};
  }
}

// Newest first, without the replies in threads.
Json history(Slack& slack, ApiCall& call) {
  const Channel& channel = readable(slack, call, "history");
  need_membership(slack, channel);
  const Range range = range_of(call);
  std::vector<const Post*> posts;
  for (const Post* const post : slack.chat.world.posts_of(channel.id)) {
    const bool shown = post->root_id.empty() || own_prop(*post, "broadcast");
    if (post->delete_at == 0 && shown && range.holds(post->id)) posts.push_back(post);
  }
  std::ranges::sort(posts, std::greater(), &Post::id);
  Json answer = messages_page(slack, call, posts);
  answer["pin_count"] = 0;
  return answer;
}

// The parent, then its replies, oldest first; the bounds are for the replies.
Json replies(Slack& slack, ApiCall& call) {
  const Channel& channel = readable(slack, call, "history");
  need_membership(slack, channel);
  const Post* const named = find_message(slack, channel.id, call.text("ts"));
  Post* const root = named ? slack.chat.world.live_post(named->thread()) : nullptr;
  if (!root) throw ApiError{"thread_not_found", {}};
  const Range range = range_of(call);
  std::vector<const Post*> posts;
  for (const Post* const post : thread_of(slack, *root)) {
    if (post == root || range.holds(post->id)) posts.push_back(post);
  }
  return messages_page(slack, call, posts);
}

const Method kMethods[] = {
    {"conversations.info", info, "", {"channel"}, false},
    {"conversations.list", list, "", {}, false},
    {"conversations.members", members, "", {"channel"}, false},
    {"conversations.open", open, ""},
    {"conversations.history", history, "", {"channel"}},
    {"conversations.replies", replies, "", {"channel", "ts"}, false},
};

}  // namespace

std::span<const Method> conversation_methods() { return kMethods; }

}  // namespace countersign::adapters::sandbox::slack
