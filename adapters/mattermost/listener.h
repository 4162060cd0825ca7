// From frames to the bot: posts that are commands become events, reactions become acts. Runs on a
// worker, because it has to ask the server who somebody is and what is true now.
#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <stop_token>
#include <string>

#include "adapters/mattermost/people.h"
#include "adapters/mattermost/web_api.h"
#include "adapters/mattermost/wire.h"
#include "bot/core/ports/chat.h"
#include "bot/core/ports/services.h"

namespace countersign::adapters::mattermost {

// The last few thousand keys that were seen.
class Recent {
 public:
  bool first_time(const std::string& key);

 private:
  std::set<std::string> keys_;
  std::deque<std::string> order_;
};

class Listener {
 public:
  struct Sinks {
    std::function<void(core::Incoming)> command;  // must reach the inbox, however long it takes
    std::function<void(core::Act)> act;
  };

  Listener(std::string chat, std::string prefix, const WebApi& api, People& people,
           core::IdSource& ids, Sinks sinks);

  // From one thread only.
  void hear(const Frame& frame, const std::stop_token& stop);
  // What happened since this server time in all channels of the bot. False if it could not be found
  // out completely.
  bool catch_up(std::int64_t since, const std::stop_token& stop);

 private:
  void post(const Post& post, const std::stop_token& stop);
  void reaction_added(const Reaction& reaction, const std::string& channel,
                      const std::stop_token& stop);
  void reaction_removed(const Reaction& reaction, const std::string& channel,
                        const std::stop_token& stop);
  void compare_reactions(const Post& post, const std::stop_token& stop);
  bool catch_up_channel(const std::string& channel, std::int64_t since,
                        const std::stop_token& stop);
  void act(core::Act::Kind kind, const Reaction& reaction, const std::string& channel,
           const std::stop_token& stop);

  const std::string chat_;
  const std::string prefix_;
  const WebApi& api_;
  People& people_;
  core::IdSource& ids_;
  const Sinks sinks_;
  Recent seen_;
  // Reactions as far as heard, by post: the truth of a later catch-up minus these is what was taken
  // away.
  std::map<std::string, std::map<std::string, Reaction>> reactions_;
  // When a reaction was last taken away: the server may tell of adding and removing in the wrong
  // order.
  std::map<std::string, std::int64_t> removed_at_;
};

}  // namespace countersign::adapters::mattermost
