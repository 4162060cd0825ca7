// What Mattermost says, as values. Pure: WebSocket frames and REST objects in, our few needs out.
// Unknown or broken input never throws; it becomes a frame of kind other or unreadable.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::adapters::mattermost {

struct Reaction {
  std::string user_id;
  std::string post_id;
  std::string emoji;           // without colons
  std::int64_t create_at = 0;  // Unix milliseconds; 0 in the frame of a removal
  std::int64_t update_at = 0;
};

struct Post {
  std::string id;
  std::string channel_id;
  std::string root_id;  // empty for a root
  std::string user_id;
  std::string message;
  std::string type;  // "" for what a person typed; "system_...", "me", "slack_attachment"
  std::int64_t create_at = 0;
  std::int64_t update_at = 0;
  std::int64_t edit_at = 0;  // 0: the text is the first one
  std::int64_t delete_at = 0;
  bool from_webhook = false;  // a claim of the sender, good enough to refuse by, never to trust by
  std::string client_id;      // props.countersign_id
};

struct User {
  std::string id;
  std::string username;
  bool is_bot = false;
  bool outsider = false;  // a guest, or somebody of another server in a shared channel
  bool active = true;     // not deactivated
};

struct Frame {
  enum class Kind {
    hello,
    posted,
    reaction_added,
    reaction_removed,
    user_updated,
    reply,
    other,
    unreadable
  };
  Kind kind = Kind::unreadable;
  std::int64_t seq = -1;      // events only
  std::string channel_id;     // broadcast.channel_id
  std::string connection_id;  // hello
  Post post;
  Reaction reaction;
  User user;
  std::int64_t reply_to = 0;  // reply
  bool ok = false;
  int status = 0;                // reply that failed
  std::int64_t server_time = 0;  // reply to a ping
};

struct Click {
  std::string user_id;
  std::string channel_id;
  std::string post_id;
  std::string trigger_id;
  Json context;        // as it was given with the button
  std::string choice;  // menu: what was chosen
};

Frame parse_frame(std::string_view text);
std::optional<Post> parse_post(const Json& json);
std::optional<User> parse_user(const Json& json);
// Whether somebody holds this role; `entry` is a member of a channel or a team, or a user.
bool has_role(const Json& entry, const std::string& role);
std::vector<Reaction> parse_reactions(const Json& json);
// The posts of a list answer ({order, posts}), each once, by (create_at, id).
std::vector<Post> parse_posts(const Json& json);
// What is posted to the bot's server, as anybody could have sent it: an Error (invalid) says in one
// line what is wrong.
Result<Json> parse_callback(std::string_view body);  // an object, not too deep
Result<Click> click_of(const Json& callback);

// Where the WebSocket of the server at this http(s) address is.
std::string websocket_url(const std::string& url);
std::string ping_action(std::int64_t seq);

bool looks_like_id(std::string_view text);  // 26 of a-z and 0-9

}  // namespace countersign::adapters::mattermost
