// core::Message as a Slack message. Pure.
#pragma once
#include <string>

#include "bot/core/message.h"
#include "bot/core/result.h"

namespace countersign::adapters::slack {

struct Rendered {
  std::string text;  // for notifications and readers without blocks; never empty
  Json blocks;       // within Slack's limits: what does not fit is cut with a mark
};

// `chat`: the name of this chat, whose people can be mentioned. An Error (invalid) if a button
// carries more than Slack takes back.
Result<Rendered> render(const core::Message& message, const std::string& chat);

// A few words to one person.
core::Message words(const std::string& text);

// Kept with a posted message, to find it again.
Json metadata_of(const std::string& client_id);
// The client id in the metadata of a message of ours; empty if there is none.
std::string client_id_of(const Json& message);

}  // namespace countersign::adapters::slack
