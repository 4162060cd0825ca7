// What happened while no socket was open, looked up: votes on open questions, commands in the
// channels where the bot is used. Slack delivers again what was not acknowledged, but only a few
// times; this finds the rest.
// Blocking; from one thread at a time.
#pragma once
#include <map>
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

  // What was said in these channels, in threads that were talked in since, and in the newest of the
  // open questions' threads; oldest first. False: not all of it could be read or heard now,
  // another try is worth it. What Slack refuses for good is said and let be.
  bool read(std::set<std::string> channels, const std::vector<core::OpenQuestion>& questions,
            core::Instant since, const std::function<bool(const Said&)>& hear,
            const std::stop_token& stop);

 private:
  using Found = std::map<std::string, Said>;  // by ts

  bool read_channel(const std::string& channel, std::set<std::string> threads,
                    const std::string& since, Found& found, const std::stop_token& stop);
  bool collect(const std::string& method, Json args, Found& found, std::set<std::string>* threads,
               const std::stop_token& stop);
  void say_once(const std::string& what, const std::string& why);

  const std::string chat_;
  const WebApi& api_;
  Listener& listener_;
  std::set<std::string> said_;
};

}  // namespace countersign::adapters::slack
