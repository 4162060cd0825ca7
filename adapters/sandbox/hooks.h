// Incoming webhooks: POST /hooks/{id} with {"text", "username", "attachments"}, no credentials,
// answered "ok".
#pragma once
#include "adapters/sandbox/chat.h"

namespace countersign::adapters::sandbox {

net::HttpResponse incoming_hook(Chat& chat, const net::HttpRequest& request);

}  // namespace countersign::adapters::sandbox
