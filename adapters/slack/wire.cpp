#include "adapters/slack/wire.h"

#include <algorithm>
#include <array>

namespace countersign::adapters::slack {
namespace {

const Json* member(const Json& json, const char* key) {
  const auto found = json.is_object() ? json.find(key) : json.end();
  return json.is_object() && found != json.end() ? &*found : nullptr;
}

int number_at(const Json& json, const char* key) {
  const Json* found = member(json, key);
  return found && found->is_number_integer() ? found->get<int>() : 0;
}

Envelope::Kind kind_of(const std::string& type) {
  static const std::map<std::string, Envelope::Kind> kKinds = {
      {"hello", Envelope::Kind::hello},
      {"disconnect", Envelope::Kind::disconnect},
      {"events_api", Envelope::Kind::event},
      {"interactive", Envelope::Kind::interaction},
      {"slash_commands", Envelope::Kind::slash_command}};
  const auto found = kKinds.find(type);
  return found == kKinds.end() ? Envelope::Kind::other : found->second;
}

// What a person typed comes without a subtype, or with one of these. The rest are notices, edits
// and posts of apps.
bool typed_by_a_person(const Json& message) {
  static constexpr std::array kTyped = {"", "file_share", "thread_broadcast"};
  const auto subtype = text_at(message, "subtype");
  const bool plain = std::ranges::any_of(kTyped, [&](const char* s) { return subtype == s; });
  const bool of_an_app = !text_at(message, "bot_id").empty() || !text_at(message, "app_id").empty();
  return plain && !of_an_app && !message.contains("edited") && !is_true(message, "hidden");
}

Heard parse_reaction(const Json& event, const std::string& event_id, bool added) {
  const Json& item = object_at(event, "item");
  Reaction r{text_at(item, "channel"),
             text_at(item, "ts"),
             text_at(event, "user"),
             text_at(event, "reaction"),
             text_at(event, "event_ts"),
             event_id,
             added};
  if (r.channel.empty() || r.message.empty() || r.user.empty() || r.emoji.empty()) return {};
  return r;
}

Heard parse_event(const Json& payload) {
  const Json& event = object_at(payload, "event");
  const auto type = text_at(event, "type");
  const auto event_id = text_at(payload, "event_id");
  if (type == "reaction_added" || type == "reaction_removed")
    return parse_reaction(event, event_id, type == "reaction_added");
  if (type != "message" && type != "app_mention") return {};
  auto said = parse_message(event, text_at(event, "channel"));
  if (!said) return {};
  said->event_id = event_id;
  return *said;
}

// The thread of a message as Slack tells it; a thread's first message names itself.
std::string thread_of(const std::string& thread_ts, const std::string& own_ts) {
  return thread_ts == own_ts ? "" : thread_ts;
}

std::string value_of(const Json& element) {
  const auto typed = text_at(element, "value");
  return typed.empty() ? text_at(object_at(element, "selected_option"), "value") : typed;
}

Heard parse_press(const Json& payload) {
  const Json& actions = array_at(payload, "actions");
  if (actions.empty()) return {};
  const Json& action = actions.front();
  const Json& container = object_at(payload, "container");
  Press press;
  press.channel = text_at(container, "channel_id");
  if (press.channel.empty()) press.channel = text_at(object_at(payload, "channel"), "id");
  press.message = text_at(container, "message_ts");
  auto thread = text_at(container, "thread_ts");
  if (thread.empty()) thread = text_at(object_at(payload, "message"), "thread_ts");
  press.thread = thread_of(thread, press.message);
  press.user = text_at(object_at(payload, "user"), "id");
  press.block_id = text_at(action, "block_id");
  press.action_id = text_at(action, "action_id");
  press.value = text_at(action, "value");
  press.choice = text_at(object_at(action, "selected_option"), "value");
  press.at = text_at(action, "action_ts");
  press.trigger = text_at(payload, "trigger_id");
  press.response_url = text_at(payload, "response_url");
  if (press.channel.empty() || press.message.empty() || press.user.empty()) return {};
  return press;
}

Heard parse_submission(const Json& payload) {
  const Json& view = object_at(payload, "view");
  Submission out;
  out.user = text_at(object_at(payload, "user"), "id");
  out.view = text_at(view, "id");
  out.metadata = text_at(view, "private_metadata");
  out.trigger = text_at(payload, "trigger_id");
  for (const auto& [block, elements] : object_at(object_at(view, "state"), "values").items()) {
    if (elements.is_object() && !elements.empty())
      out.values[block] = value_of(elements.begin().value());
  }
  if (out.user.empty() || out.view.empty()) return {};
  return out;
}

Heard parse_slash_command(const Json& payload) {
  SlashCommand out{text_at(payload, "channel_id"), text_at(payload, "user_id"),
                   text_at(payload, "text"), text_at(payload, "trigger_id"),
                   text_at(payload, "response_url")};
  if (out.channel.empty() || out.user.empty() || out.trigger.empty()) return {};
  return out;
}

}  // namespace

std::string text_at(const Json& json, const char* key) {
  const Json* found = member(json, key);
  return found && found->is_string() ? found->get<std::string>() : std::string();
}

const Json& object_at(const Json& json, const char* key) {
  static const Json kNone = Json::object();
  const Json* found = member(json, key);
  return found && found->is_object() ? *found : kNone;
}

const Json& array_at(const Json& json, const char* key) {
  static const Json kNone = Json::array();
  const Json* found = member(json, key);
  return found && found->is_array() ? *found : kNone;
}

bool is_true(const Json& json, const char* key) {
  const Json* found = member(json, key);
  return found && *found == true;
}

Envelope parse_envelope(std::string_view frame) {
  Envelope out;
  const Json json = Json::parse(frame, nullptr, false);
  const auto type = text_at(json, "type");
  if (type.empty()) return out;
  out.kind = kind_of(type);
  out.id = text_at(json, "envelope_id");
  out.payload = object_at(json, "payload");
  out.attempt = number_at(json, "retry_attempt");
  out.takes_answer = is_true(json, "accepts_response_payload");
  out.reason = text_at(json, "reason");
  out.connections = number_at(json, "num_connections");
  return out;
}

std::string acknowledgement(const std::string& envelope_id, const Json& payload) {
  Json frame = {{"envelope_id", envelope_id}};
  if (!payload.empty()) frame["payload"] = payload;
  return frame.dump();
}

std::optional<Said> parse_message(const Json& message, const std::string& channel) {
  Said out;
  out.channel = channel;
  out.user = text_at(message, "user");
  out.text = text_at(message, "text");
  out.ts = text_at(message, "ts");
  out.thread = thread_of(text_at(message, "thread_ts"), out.ts);
  if (out.channel.empty() || out.ts.empty()) return std::nullopt;
  out.typed = !out.user.empty() && typed_by_a_person(message);
  return out;
}

Heard parse_heard(const Envelope& envelope) {
  switch (envelope.kind) {
    case Envelope::Kind::event:
      return parse_event(envelope.payload);
    case Envelope::Kind::interaction: {
      const auto type = text_at(envelope.payload, "type");
      if (type == "block_actions") return parse_press(envelope.payload);
      return type == "view_submission" ? parse_submission(envelope.payload) : Heard();
    }
    case Envelope::Kind::slash_command:
      return parse_slash_command(envelope.payload);
    default:
      return {};
  }
}

std::vector<Reacted> parse_reactions(const Json& message) {
  std::vector<Reacted> out;
  for (const Json& reaction : array_at(message, "reactions")) {
    for (const Json& user : array_at(reaction, "users")) {
      if (user.is_string()) out.push_back({user.get<std::string>(), text_at(reaction, "name")});
    }
  }
  return out;
}

std::optional<User> parse_user(const Json& json) {
  User user{text_at(json, "id"), text_at(json, "name"), is_true(json, "is_bot"),
            is_true(json, "deleted")};
  for (const char* const key : {"is_restricted", "is_ultra_restricted", "is_stranger"})
    user.outsider = user.outsider || is_true(json, key);
  if (user.id.empty()) return std::nullopt;
  if (user.id == "USLACKBOT") user.is_bot = true;  // says of itself that it is none
  if (user.name.empty()) user.name = user.id;
  return user;
}

}  // namespace countersign::adapters::slack
