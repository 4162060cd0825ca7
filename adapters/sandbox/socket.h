// The WebSocket side of the API: who may connect, and the actions clients send.
#pragma once
#include <memory>
#include <string>

#include "adapters/net/http_server.h"
#include "adapters/sandbox/chat.h"

namespace countersign::adapters::sandbox {

inline constexpr const char* kSocketPath = "/api/v4/websocket";

// The server's Upgrade decision. A wrong token is not refused, as in Mattermost: nothing is ever
// sent, and the stream ends after the auth window.
bool upgrade(Chat& chat, const net::HttpRequest& request, std::shared_ptr<net::ServerSocket> socket,
             net::HttpResponse& refusal);

}  // namespace countersign::adapters::sandbox
