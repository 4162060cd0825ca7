// What happened while no socket was open, looked up: votes on open questions, commands in the
// channels where the bot is used. Slack delivers most of it again by itself; this finds the rest.
// Blocking; from one thread at a time.
#pragma once
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "adapters/slack/listener.h"

namespace countersign::adapters::slack {

class CatchUp {
 public:
  CatchUp(std::string chat, const WebApi& api, Listener& listener)
      : chat_(std::move(chat)), api_(api), listener_(listener) {}

  // The questions that could not be read now and are worth another try.
  std::vector<core::OpenQuestion> look_at(const std::vector<core::OpenQuestion>& questions,
                                          const std::stop_token& stop);

  // One page of each channel's newest messages. `hear` takes those that may be commands. Whatever
  // cannot be read is let be: Slack lets some apps read one page a minute.
  void read(const std::set<std::string>& channels, core::Instant since,
            const std::function<void(const Said&)>& hear, const std::stop_token& stop);

 private:
  void say_once(const std::string& what, const std::string& why);

  const std::string chat_;
  const WebApi& api_;
  Listener& listener_;
  std::set<std::string> said_;
};

}  // namespace countersign::adapters::slack
