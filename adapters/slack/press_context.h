// How Button::context travels with a button or menu and comes back with the click. Pure.
#pragma once
#include <string>

#include "adapters/slack/wire.h"
#include "bot/core/message.h"
#include "bot/core/result.h"

namespace countersign::adapters::slack {

// The JSON as text that survives Slack's escaping: without "&", "<" and ">".
std::string sealed_text(const Json& json);

// The value of a button; an Error if Slack takes no value of that length.
Result<std::string> button_value(const core::Button& button);

// A menu has no value of its own: its context is spread over the two ids that come back with it.
struct MenuIds {
  std::string block_id;
  std::string action_id;
};
Result<MenuIds> menu_ids(const core::Button& menu, std::size_t index);

// What was sent; null if it is not ours.
Json context_of(const Press& press);

}  // namespace countersign::adapters::slack
