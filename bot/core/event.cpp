#include "bot/core/event.h"

#include <array>

#include "bot/core/ports/inbox.h"

namespace countersign::core {

void to_json(Json& j, const Person& p) { j = Json{{"key", p.key}, {"name", p.name}}; }
void from_json(const Json& j, Person& p) {
  j.at("key").get_to(p.key);
  p.name = j.value("name", "");
}
void to_json(Json& j, const ChatPlace& p) {
  j = Json{{"chat", p.chat}, {"channel", p.channel}, {"thread", p.thread}};
}
void from_json(const Json& j, ChatPlace& p) {
  p.chat = j.value("chat", "");
  p.channel = j.value("channel", "");
  p.thread = j.value("thread", "");
}

bool reserved_trigger(std::string_view trigger) {
  return trigger == kChatCommand || trigger.starts_with("core.st2.") ||
         trigger.starts_with("countersign.");
}

Person person_of(const Event& event) {
  return event.body.value("person", Json(Person{})).get<Person>();
}
ChatPlace place_of(const Event& event) {
  return event.body.value("place", Json(ChatPlace{})).get<ChatPlace>();
}

std::string_view name(Acceptance acceptance) {
  constexpr std::array names{"new", "redelivery", "conflict", "replay"};
  return names.at(static_cast<std::size_t>(acceptance));
}

}  // namespace countersign::core
