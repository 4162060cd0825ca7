// From frames to the bot: posts that are commands become events, reactions become acts. Runs on a
// worker, because it has to ask the server who somebody is and what is true now.
#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <stop_token>
#include <string>

#include "adapters/chat/recent.h"
#include "adapters/mattermost/people.h"
#include "adapters/mattermost/web_api.h"
#include "adapters/mattermost/wire.h"
#include "bot/core/ports/chat.h"
#include "bot/core/ports/services.h"

namespace countersign::adapters::mattermost {

class Listener {
 public:
  // `at`: the server's time of it.
  struct Sinks {
    std::function<void(core::Incoming, std::int64_t at)> command;
    std::function<void(core::Act, std::int64_t at)> act;
  };

  Listener(std::string chat, std::string prefix, const WebApi& api, People& people,
           core::IdSource& ids, Sinks sinks);

  // All of these from one thread at a time.

  // False if the server did not say what has to be known about it: to be looked up later.
  bool hear(const Frame& frame, const std::stop_token& stop);
  // What happened since this server time in all channels of the bot, and the reactions on these
  // messages whenever they came. False if it could not be found out completely.
  bool catch_up(std::int64_t since, const std::vector<core::OpenQuestion>& open,
                const std::stop_token& stop);

  // The reactions that stand on the bot's messages, as far as everything up to `taken` was taken:
  // with them the next start notices what was taken away meanwhile.
  Json standing(std::int64_t taken);
  void recall(const Json& standing);

 private:
  struct Standing {
    Reaction reaction;
    std::string channel_id;
  };

  bool post(const Post& post, const std::stop_token& stop);
  bool added(const Reaction& reaction, const std::string& channel, bool caught_up,
             const std::stop_token& stop);
  bool removed(const Reaction& reaction, const std::string& channel, bool caught_up,
               const std::stop_token& stop);
  // For a message of ours: reports what is there and what no longer is.
  bool compare(const std::string& post, const std::string& channel, const std::stop_token& stop);
  bool catch_up_channel(const std::string& channel, std::int64_t since,
                        const std::stop_token& stop);
  bool act(core::Act::Kind kind, const Reaction& reaction, const std::string& channel,
           bool caught_up, const std::stop_token& stop);

  const std::string chat_;
  const std::string prefix_;
  const WebApi& api_;
  People& people_;
  core::IdSource& ids_;
  const Sinks sinks_;
  chat::Recent seen_;
  chat::Recent ours_;  // ids of the bot's own posts
  // By post of ours, then by person and emoji.
  std::map<std::string, std::map<std::string, Standing>> standing_;
  std::vector<Standing> leaving_;  // taken away, as heard, but perhaps not taken by the bot yet
  // When a reaction was last taken away: the server may tell of adding and removing in the wrong
  // order.
  std::map<std::string, std::int64_t> removed_at_;
};

}  // namespace countersign::adapters::mattermost
