// What Slack says, as values. Pure: Socket Mode frames and Web API objects in, our few needs out.
// Unknown or broken input never throws.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "bot/core/json.h"

namespace countersign::adapters::slack {

struct Envelope {
  enum class Kind { hello, disconnect, event, interaction, slash_command, other, unreadable };
  Kind kind = Kind::unreadable;
  std::string id;  // what an acknowledgement names; empty for hello and disconnect
  Json payload;
  int attempt = 0;            // events: how often it was sent before
  bool takes_answer = false;  // whether the acknowledgement may carry a payload
  std::string reason;         // disconnect
  int connections = 0;        // hello: all of this app, whoever opened them
};
Envelope parse_envelope(std::string_view frame);
// A null or empty payload is not sent.
std::string acknowledgement(const std::string& envelope_id, const Json& payload);

struct Said {
  std::string channel;
  std::string user;
  std::string text;  // markup
  std::string ts;
  std::string thread;    // ts of the thread's first message; empty for the channel itself
  std::string event_id;  // empty when read from the history
  bool typed = false;    // by a person, just now: not by an app, no edit, no notice of Slack's
};
struct Reaction {
  std::string channel;
  std::string message;
  std::string user;
  std::string emoji;
  std::string at;  // event_ts
  std::string event_id;
  bool added = true;
};
// A button pressed or something chosen from a menu.
struct Press {
  std::string channel;
  std::string message;
  std::string thread;  // empty for the channel itself
  std::string user;
  std::string block_id;
  std::string action_id;
  std::string value;   // button
  std::string choice;  // menu
  std::string at;      // action_ts
  std::string trigger;
  std::string response_url;
};
struct Submission {
  std::string user;
  std::string view;  // id of this window
  std::string metadata;
  std::string trigger;
  std::map<std::string, std::string> values;  // by block_id; what was left empty is ""
};
struct SlashCommand {
  std::string channel;
  std::string user;
  std::string text;  // markup
  std::string trigger;
  std::string response_url;
};
using Heard = std::variant<std::monostate, Said, Reaction, Press, Submission, SlashCommand>;

// std::monostate: nothing that concerns a bot like this one.
Heard parse_heard(const Envelope& envelope);
// A message of an event or of the history.
std::optional<Said> parse_message(const Json& message, const std::string& channel);

struct Reacted {
  std::string user;
  std::string emoji;
  auto operator<=>(const Reacted&) const = default;
};
// Who reacted how, from the message object of reactions.get.
std::vector<Reacted> parse_reactions(const Json& message);

struct User {
  std::string id;
  std::string name;  // unique in its workspace, unlike what it shows as its name
  bool is_bot = false;
  bool deleted = false;
  bool outsider = false;  // a guest, or somebody of another workspace
  bool human() const { return !is_bot && !deleted; }
};
std::optional<User> parse_user(const Json& json);

// The member of an object if it is a string, or "".
std::string text_at(const Json& json, const char* key);
// The member of an object if it is an object, or an empty one.
const Json& object_at(const Json& json, const char* key);
// The member of an object if it is an array, or an empty one.
const Json& array_at(const Json& json, const char* key);
bool is_true(const Json& json, const char* key);

}  // namespace countersign::adapters::slack
