// Answers to an interaction that come where it happened: by POST to its response URL, or with the
// ack of a command.
#pragma once
#include "adapters/sandbox/slack/api.h"

namespace countersign::adapters::sandbox::slack {

// `call` carries the message in its arguments. Throws ApiError.
void answer_interaction(Slack& slack, const Reply& reply, const ApiCall& call);
net::HttpResponse respond_to_url(Slack& slack, const net::HttpRequest& request);

}  // namespace countersign::adapters::sandbox::slack
