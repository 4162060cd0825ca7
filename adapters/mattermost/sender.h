// From the bot to the chat: posts, updates, private words. Blocking; thread-safe.
#pragma once
#include <atomic>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/mattermost/channels.h"
#include "adapters/mattermost/people.h"
#include "adapters/mattermost/reach.h"
#include "adapters/mattermost/render.h"
#include "adapters/mattermost/web_api.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::mattermost {

class Sender {
 public:
  Sender(std::string callback_url, const WebApi& api, People& people, Channels& channels,
         Reach& reach)
      : callback_url_(std::move(callback_url)),
        api_(api),
        people_(people),
        channels_(channels),
        reach_(reach) {}

  core::Delivery deliver(const core::Outgoing& out, const std::stop_token& stop);
  std::optional<core::Delivery> find(const core::Outgoing& out, const std::stop_token& stop);

 private:
  core::Delivery post(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery update(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery tell(const core::Outgoing& out, const std::stop_token& stop);
  core::Delivery tell_directly(const core::Outgoing& out, const std::string& person,
                               const std::stop_token& stop);
  // Uploads what the post is to have with it. A file that cannot be had is left out; only a rate
  // limit is worth coming back for.
  std::optional<WebApi::Answer> attach(Json& body, const std::optional<core::File>& file,
                                       const std::stop_token& stop);
  // The file of a message that exists already, in its thread; once, however often it is asked for.
  core::Delivery add_file(const core::Delivery& to, const core::File& file,
                          const std::stop_token& stop);
  // POST /posts, with what can be mended (not a member, a reply's id as thread) mended once.
  WebApi::Answer create(Json body, const std::stop_token& stop);
  // Renders the message and sends it; once more and shorter to a server with an old database.
  WebApi::Answer write(const core::Outgoing& out, const std::string& client_id,
                       const std::function<WebApi::Answer(const Rendered&)>& send,
                       const std::stop_token& stop);
  Rendered rendered(const core::Outgoing& out, const std::string& client_id,
                    const std::stop_token& stop);

  const std::string callback_url_;
  const WebApi& api_;
  People& people_;
  Channels& channels_;
  Reach& reach_;
  std::atomic<std::size_t> limit_ = RenderContext().limit;
};

}  // namespace countersign::adapters::mattermost
