// From the bot to the chat: posts, updates, private words. Blocking; one call at a time.
#pragma once
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/mattermost/channels.h"
#include "adapters/mattermost/people.h"
#include "adapters/mattermost/render.h"
#include "adapters/mattermost/web_api.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::mattermost {

class Sender {
 public:
  Sender(std::string callback_url, const WebApi& api, People& people, Channels& channels)
      : callback_url_(std::move(callback_url)), api_(api), people_(people), channels_(channels) {}

  core::Delivery deliver(const core::Outgoing& out, const std::stop_token& stop);
  std::optional<core::Delivery> find(const core::Outgoing& out, const std::stop_token& stop);

 private:
  core::Delivery post(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery update(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery tell(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery tell_directly(const core::Outgoing& out, const std::string& person,
                               const std::stop_token& stop);
  // POST /posts, with what can be mended (not a member, a reply's id as thread) mended once.
  WebApi::Answer create(Json body, const std::stop_token& stop);
  Rendered rendered(const core::Outgoing& out, const std::string& client_id,
                    const std::stop_token& stop);

  const std::string callback_url_;
  const WebApi& api_;
  People& people_;
  Channels& channels_;
};

}  // namespace countersign::adapters::mattermost
