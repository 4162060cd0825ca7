// What people do: said by the page for whoever is logged in there, and by the control interface for
// anybody.
#pragma once
#include <functional>
#include <string>

#include "adapters/sandbox/slack/slack.h"

namespace countersign::adapters::sandbox::slack {

struct Act {
  Slack& slack;
  User& who;
  const Json& body;
  std::function<void(Json)> done;  // once, perhaps only when the app has answered
};
using ActHandler = void (*)(const Act& act);

// Throws ApiError: unknown_act, or what Slack's own client would not have allowed.
void carry_out(const std::string& name, const Act& act);

// By name or id, if that person may write there; throws channel_not_found.
Channel& own_channel(const Act& act);
Post& seen_message(const Act& act);  // that of `ts` in the act's channel

}  // namespace countersign::adapters::sandbox::slack
