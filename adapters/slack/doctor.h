// Tries what the bot needs of a workspace and says how to mend what is missing. Blocking.
#pragma once
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/slack/channels.h"
#include "adapters/slack/people.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::slack {

std::vector<core::Finding> examine(const WebApi& api, Channels& channels,
                                   const std::vector<std::string>& wanted,
                                   const std::stop_token& stop);

}  // namespace countersign::adapters::slack
