// What happened: an alert, a webhook, a chat command. An event is immutable once accepted.
#pragma once
#include <string>
#include <string_view>

#include "bot/core/ids.h"
#include "bot/core/instant.h"
#include "bot/core/json.h"

namespace countersign::core {

// Who, by the platform's immutable id; the name is for showing and is never compared (T32).
struct Person {
  std::string key;   // "<chat>:<user id>", e.g. "mm:t73b5o7bufd1ddbw9s87qrq63a"
  std::string name;  // e.g. "alice"
  bool operator==(const Person&) const = default;
};

// Where in a chat: thread is the id of the thread's first message, empty for the channel itself.
struct ChatPlace {
  std::string chat;     // the name given in the configuration
  std::string channel;  // the platform's channel id, or "#name" until the adapter resolves it
  std::string thread;
  bool operator==(const ChatPlace&) const = default;
};

// Trigger type of chat commands; their body is {text, message, place: {...}, person: {...}}.
inline constexpr char kChatCommand[] = "chat.command";
// Made by the program itself: commands, timers. No sender may use such a type.
bool reserved_trigger(std::string_view trigger);

struct Event {
  EventId id;
  CorrelationId correlation;
  std::string source;       // name of the source or chat that delivered it
  std::string trigger;      // trigger type, e.g. "prometheus.alert"
  std::string delivery_id;  // the sender's id of this delivery
  Json body;                // what rules see as `trigger`; null when the bytes cannot be parsed
  std::string body_note;    // why body is null
  std::string series;  // identity of the alert across firing and resolving; empty if it has none
  std::string status;  // "firing", "resolved", or empty
  Instant received_at{};
};

// For chat commands only (body as described above).
Person person_of(const Event& event);
ChatPlace place_of(const Event& event);
void to_json(Json& j, const Person& p);
void from_json(const Json& j, Person& p);
void to_json(Json& j, const ChatPlace& p);
void from_json(const Json& j, ChatPlace& p);

}  // namespace countersign::core
