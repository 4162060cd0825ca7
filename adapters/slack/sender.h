// From the bot to Slack: posts, updates, private words, files. Blocking; deliver and find one call
// at a time, whisper from any thread.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "adapters/slack/channels.h"
#include "adapters/slack/people.h"
#include "adapters/slack/render.h"
#include "adapters/slack/web_api.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::slack {

class Sender {
 public:
  // `posted_in` hears of every channel where a message went.
  Sender(std::string chat, const WebApi& api, People& people, Channels& channels,
         std::function<void(const std::string& channel)> posted_in);

  core::Delivery deliver(const core::Outgoing& out, const std::stop_token& stop);
  std::optional<core::Delivery> find(const core::Outgoing& out, const std::stop_token& stop);

  // Shows something to one person alone: where he is, also by the `response_url` of what he did
  // there, or in the direct channel if that cannot be.
  core::Delivery whisper(const core::ChatPlace& place, const std::string& person,
                         const core::Message& message, const std::stop_token& stop,
                         const std::string& response_url = "");

 private:
  core::Delivery post(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery update(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery post_directly(const std::string& user, const Rendered& text,
                               const std::stop_token& stop);
  bool respond(const std::string& url, Json message, const std::stop_token& stop);
  Result<std::optional<core::Delivery>> look_for(const core::Outgoing& out,
                                                 const std::stop_token& stop);
  void attach(const core::Outgoing& out, const core::Delivery& posted, const std::stop_token& stop);
  Result<void> upload(const core::File& file, const core::Delivery& posted,
                      const std::stop_token& stop);

  const std::string chat_;
  const WebApi& api_;
  People& people_;
  Channels& channels_;
  const std::function<void(const std::string&)> posted_in_;
  // Client ids whose post ended in doubt: they are looked for before they are posted again.
  std::set<std::string> doubtful_;
};

}  // namespace countersign::adapters::slack
