// A command typed in a chat, as the event that it becomes. Pure.
#pragma once
#include <string>

#include "bot/core/event.h"
#include "bot/core/ports/inbox.h"

namespace countersign::adapters::chat {

struct TypedCommand {
  std::string dedup_key;  // what makes it this command and no other
  std::string delivery;   // shown to people
  std::string message;    // the platform's id of it, if it is a message
  std::string text;
  core::Instant at;
};

core::Incoming command_event(const std::string& chat, const TypedCommand& command,
                             const core::ChatPlace& place, const core::Person& person,
                             core::CorrelationId correlation);

}  // namespace countersign::adapters::chat
