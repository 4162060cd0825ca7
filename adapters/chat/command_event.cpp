#include "adapters/chat/command_event.h"

#include "bot/core/digest.h"

namespace countersign::adapters::chat {

core::Incoming command_event(const std::string& chat, const TypedCommand& command,
                             const core::ChatPlace& place, const core::Person& person,
                             core::CorrelationId correlation) {
  core::Incoming in;
  in.source = chat;
  in.trigger = core::kChatCommand;
  in.delivery_id = command.delivery;
  in.dedup_key = command.dedup_key;
  in.body_hash = core::sha256_hex(command.text);
  in.correlation = std::move(correlation);
  in.raw = command.text;
  in.body = {{"text", command.text},
             {"message", command.message},
             {"place", place},
             {"person", person},
             {"at", core::format_instant(command.at)}};
  return in;
}

}  // namespace countersign::adapters::chat
