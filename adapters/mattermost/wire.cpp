#include "adapters/mattermost/wire.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace countersign::adapters::mattermost {
namespace {

constexpr int kCallbackDepth = 32;
constexpr char kChosen[] = "selected_option";

std::string text_at(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t number_at(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

const Json& object_at(const Json& json, const char* key) {
  static const Json kNone = Json::object();
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && found->is_object() ? *found : kNone;
}

// Most objects inside `data` travel as JSON text in a string.
Json inner(const Json& data, const char* key) {
  return Json::parse(text_at(data, key), nullptr, false);
}

bool is_true(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return found != json.end() && *found == true;
}

Reaction parse_reaction(const Json& json) {
  return {text_at(json, "user_id"), text_at(json, "post_id"), text_at(json, "emoji_name"),
          number_at(json, "create_at"), number_at(json, "update_at")};
}

Frame::Kind kind_of(const std::string& event) {
  static const std::map<std::string, Frame::Kind> kKinds = {
      {"hello", Frame::Kind::hello},
      {"posted", Frame::Kind::posted},
      {"reaction_added", Frame::Kind::reaction_added},
      {"reaction_removed", Frame::Kind::reaction_removed},
      {"user_updated", Frame::Kind::user_updated}};
  const auto found = kKinds.find(event);
  return found == kKinds.end() ? Frame::Kind::other : found->second;
}

Frame parse_reply(const Json& json) {
  Frame frame;
  frame.kind = Frame::Kind::reply;
  frame.reply_to = number_at(json, "seq_reply");
  frame.ok = text_at(json, "status") == "OK";
  frame.status = static_cast<int>(number_at(object_at(json, "error"), "status_code"));
  frame.server_time = number_at(object_at(json, "data"), "server_time");
  return frame;
}

// Fills in what this kind of event carries; false if it is not there.
bool fill(Frame& frame, const Json& data) {
  switch (frame.kind) {
    case Frame::Kind::hello:
      frame.connection_id = text_at(data, "connection_id");
      return true;
    case Frame::Kind::posted: {
      auto post = parse_post(inner(data, "post"));
      if (post) frame.post = std::move(*post);
      return post.has_value();
    }
    case Frame::Kind::reaction_added:
    case Frame::Kind::reaction_removed:
      frame.reaction = parse_reaction(inner(data, "reaction"));
      return !frame.reaction.post_id.empty() && !frame.reaction.user_id.empty() &&
             !frame.reaction.emoji.empty();
    case Frame::Kind::user_updated: {
      auto user = parse_user(object_at(data, "user"));
      if (user) frame.user = std::move(*user);
      return user.has_value();
    }
    default:
      return true;
  }
}

}  // namespace

std::optional<Post> parse_post(const Json& json) {
  Post post;
  post.id = text_at(json, "id");
  post.channel_id = text_at(json, "channel_id");
  post.user_id = text_at(json, "user_id");
  if (post.id.empty() || post.channel_id.empty() || post.user_id.empty()) return std::nullopt;
  post.root_id = text_at(json, "root_id");
  post.message = text_at(json, "message");
  post.type = text_at(json, "type");
  post.create_at = number_at(json, "create_at");
  post.update_at = number_at(json, "update_at");
  post.edit_at = number_at(json, "edit_at");
  post.delete_at = number_at(json, "delete_at");
  const Json& props = object_at(json, "props");
  post.from_webhook = props.contains("from_webhook") && props["from_webhook"] != "false";
  post.client_id = text_at(props, "countersign_id");
  return post;
}

std::optional<User> parse_user(const Json& json) {
  User user{text_at(json, "id"), text_at(json, "username"), is_true(json, "is_bot")};
  user.outsider = text_at(json, "roles").find("system_guest") != std::string::npos ||
                  !text_at(json, "remote_id").empty();
  user.active = number_at(json, "delete_at") == 0;
  if (user.id.empty()) return std::nullopt;
  return user;
}

// Roles are words with blanks between. One that a scheme gives has a name of its own, so that only
// the flag tells of admins.
bool has_role(const Json& entry, const std::string& role) {
  if (number_at(entry, "delete_at") != 0) return false;
  const bool by_scheme = role.ends_with("_admin") && is_true(entry, "scheme_admin");
  const std::string roles = " " + text_at(entry, "roles") + " ";
  return by_scheme || roles.find(" " + role + " ") != std::string::npos;
}

std::vector<Reaction> parse_reactions(const Json& json) {
  std::vector<Reaction> reactions;
  if (!json.is_array()) return reactions;  // a post without any is answered by null
  for (const Json& item : json) reactions.push_back(parse_reaction(item));
  return reactions;
}

std::vector<Post> parse_posts(const Json& json) {
  std::vector<Post> posts;
  for (const auto& [id, item] : object_at(json, "posts").items()) {
    if (auto post = parse_post(item)) posts.push_back(std::move(*post));
  }
  std::ranges::sort(posts, [](const Post& a, const Post& b) {
    return std::tie(a.create_at, a.id) < std::tie(b.create_at, b.id);
  });
  return posts;
}

Frame parse_frame(std::string_view text) {
  Frame frame;
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return frame;
  const std::string event = text_at(json, "event");
  if (event.empty()) return json.contains("status") ? parse_reply(json) : frame;
  frame.kind = kind_of(event);
  frame.seq = json.contains("seq") ? number_at(json, "seq") : -1;
  frame.channel_id = text_at(object_at(json, "broadcast"), "channel_id");
  if (!fill(frame, object_at(json, "data"))) frame.kind = Frame::Kind::unreadable;
  return frame;
}

Result<Json> parse_callback(std::string_view body) {
  bool too_deep = false;
  const auto watch = [&too_deep](int depth, Json::parse_event_t, Json&) {
    too_deep = too_deep || depth > kCallbackDepth;
    return !too_deep;
  };
  Json json = Json::parse(body, watch, false);
  if (too_deep) return invalid("the body is nested too deeply");
  if (!json.is_object()) return invalid("the body is not a JSON object");
  return json;
}

Result<Click> click_of(const Json& callback) {
  Click click;
  click.user_id = text_at(callback, "user_id");
  click.channel_id = text_at(callback, "channel_id");
  click.post_id = text_at(callback, "post_id");
  click.trigger_id = text_at(callback, "trigger_id");
  click.context = callback.value("context", Json());
  if (!looks_like_id(click.user_id)) return invalid("user_id is missing or not an id");
  if (!looks_like_id(click.post_id)) return invalid("post_id is missing or not an id");
  if (!looks_like_id(click.channel_id)) return invalid("channel_id is missing or not an id");
  if (click.trigger_id.empty() || click.trigger_id.size() > 1024)
    return invalid("trigger_id is missing or too long");
  if (!click.context.is_object()) return invalid("context is missing or not an object");
  // The server adds a menu's choice to the context; without it the context is ours again.
  click.choice = text_at(click.context, kChosen);
  click.context.erase(kChosen);
  return click;
}

std::string websocket_url(const std::string& url) {
  return (url.starts_with("http") ? "ws" + url.substr(4) : url) + "/api/v4/websocket";
}

std::string ping_action(std::int64_t seq) { return Json{{"seq", seq}, {"action", "ping"}}.dump(); }

bool looks_like_id(std::string_view text) {
  return text.size() == 26 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
         });
}

}  // namespace countersign::adapters::mattermost
