// What a Web API answer means for a delivery. Pure.
#pragma once
#include <string>

#include "adapters/slack/web_api.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::slack {

core::Delivery failed(bool retryable, std::string why);
core::Delivery failed(const Error& error);

// What was tried, for what follows from failing.
struct Attempt {
  // Doing it twice is doing it once, so doubt is no reason to look first.
  bool repeatable = false;
  core::Delivery::Hold hold = core::Delivery::Hold::chat;  // what waits when Slack asks for time
  std::string where;                                       // "#ops"
};
core::Delivery not_delivered(const WebApi::Answer& answer, const Attempt& attempt);

}  // namespace countersign::adapters::slack
