// What happens in the chat becomes events of the Events API, for what the bot may see.
#pragma once
#include "adapters/sandbox/slack/slack.h"

namespace countersign::adapters::sandbox::slack {

// Hears what the hub tells the people's clients.
void overhear(Slack& slack, const Event& event);

// An inner event in its wrapping, on its way to one connection.
std::string send_event(Slack& slack, Json inner);

}  // namespace countersign::adapters::sandbox::slack
