#include "bot/app/chats.h"

#include <algorithm>

#include "adapters/mattermost/adapter.h"
#include "adapters/slack/adapter.h"
#include "bot/engine/ask.h"

namespace countersign::app {
namespace {

Chat make_mattermost(net::Io& io, const config::Chat& chat, const config::Settings& settings,
                     core::IdSource& ids) {
  using adapters::mattermost::MattermostAdapter;
  const std::string path = "/chat/" + chat.name + "/action";
  const auto adapter = std::make_shared<MattermostAdapter>(
      io,
      adapters::mattermost::Options{.name = chat.name,
                                    .url = chat.url,
                                    .token = chat.token.reveal(),
                                    .team = chat.team,
                                    .command_prefix = settings.command_prefix,
                                    .public_url = settings.server.public_url,
                                    .callback_path = path},
      ids);
  return {adapter, path, [adapter](net::HttpRequest request, net::HttpServer::Respond respond) {
            adapter->handle_http(request, std::move(respond));
          }};
}

Chat make_slack(net::Io& io, const config::Chat& chat, const config::Settings& settings,
                core::IdSource& ids) {
  return {std::make_shared<adapters::slack::SlackAdapter>(
              io,
              adapters::slack::Options{.name = chat.name,
                                       .app_token = chat.app_token.reveal(),
                                       .bot_token = chat.bot_token.reveal(),
                                       .api_url = chat.api_url,
                                       .command_prefix = settings.command_prefix},
              ids),
          "",
          {}};
}

}  // namespace

std::vector<Chat> make_chats(net::Io& io, const config::Settings& settings, core::IdSource& ids) {
  std::vector<Chat> chats;
  for (const auto& chat : settings.chats)
    chats.push_back((chat.kind == "slack" ? make_slack : make_mattermost)(io, chat, settings, ids));
  return chats;
}

std::vector<std::string> channels_named(const std::string& chat, const engine::Snapshot& snapshot) {
  std::vector<std::string> out;
  const auto add = [&](const core::Rule* rule) {
    for (const auto& place : engine::places_for(snapshot, rule)) {
      if (place.chat == chat && std::ranges::find(out, place.channel) == out.end())
        out.push_back(place.channel);
    }
  };
  add(nullptr);
  for (const core::Rule& rule : snapshot.catalog->rules) add(&rule);
  return out;
}

}  // namespace countersign::app
