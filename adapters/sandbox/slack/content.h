// What a message of the app says: checked as Slack checks it, and as it is then kept. The same for
// the Web API, for response URLs and for what comes back with an ack.
#pragma once
#include <string>

#include "adapters/sandbox/slack/api.h"

namespace countersign::adapters::sandbox::slack {

struct Content {
  std::string text;
  Json own = Json::object();  // the "slack" props: blocks, attachments, metadata, ...
  bool truncated = false;
};

// Throws ApiError: no_text, invalid_blocks and the like.
Content read_content(Slack& slack, const ApiCall& call);
// The same for changing a message: what is not given stays as it is.
Content changed_content(Slack& slack, const ApiCall& call, const Post& post);

// The "slack" props as a post keeps them.
Json props_of(Json own);

// Blocks that came as one argument, checked and completed; null if there are none.
Json read_blocks(Slack& slack, const ApiCall& call);
// A view, likewise; throws invalid_arguments.
Json read_view(Slack& slack, const ApiCall& call);

// Shows something to one person alone, and changes or takes away what was shown.
std::string whisper(Slack& slack, const std::string& user_id, const std::string& channel_id,
                    const std::string& thread_ts, Content content, const std::string& ts = "");
void unwhisper(Slack& slack, const std::string& ts);

}  // namespace countersign::adapters::sandbox::slack
