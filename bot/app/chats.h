// The chats of a configuration as adapters: the one place that knows which kinds there are.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "adapters/net/http_server.h"
#include "adapters/net/io.h"
#include "bot/app/front.h"
#include "bot/core/ports/chat.h"
#include "bot/core/ports/services.h"
#include "bot/engine/snapshot.h"
#include "config/settings.h"

namespace countersign::app {

struct Chat {
  std::shared_ptr<core::ChatAdapter> adapter;
  // Where the chat posts to us, if it does: clicks of Mattermost. Slack comes over its own socket.
  std::string callback_path;
  Front::Handler on_http;
};

// `io` must outlive the chats.
std::vector<Chat> make_chats(net::Io& io, const config::Settings& settings, core::IdSource& ids);

// The channels of this chat that the configuration and its rules name, as written there.
std::vector<std::string> channels_named(const std::string& chat, const engine::Snapshot& snapshot);

}  // namespace countersign::app
