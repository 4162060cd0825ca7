// Envelopes that a test makes up.
#pragma once
#include "adapters/sandbox/slack/slack.h"

namespace countersign::adapters::sandbox::slack {

// Sends what `body` describes, with its placeholders filled in; answers with the envelope's id.
Json emit(Slack& slack, const Json& body);

}  // namespace countersign::adapters::sandbox::slack
