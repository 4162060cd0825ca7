// From what Slack tells to what the bot takes: messages that are commands become events; presses,
// forms and reactions become acts. Runs on workers, because it may have to ask who somebody is.
#pragma once
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "adapters/slack/people.h"
#include "adapters/slack/reactions.h"
#include "adapters/slack/socket.h"
#include "adapters/slack/wire.h"
#include "bot/core/ports/chat.h"
#include "bot/core/ports/inbox.h"
#include "bot/core/ports/services.h"

namespace countersign::adapters::slack {

// What it takes to answer an act.
struct ReplyTo {
  Ack ack;
  std::string trigger;       // opens a window within three seconds
  std::string response_url;  // reaches the actor where the bot is no member
};

class Listener {
 public:
  struct Sinks {
    // Must end in `ack` once it is kept. `persist`: it must be kept, however long it takes;
    // otherwise the person is told that it failed and types it again.
    std::function<void(core::Incoming, bool persist, Ack ack)> command;
    std::function<void(core::Act, ReplyTo)> act;
    // Nothing can be done for this person, with the words why.
    std::function<void(const core::ChatPlace&, const std::string& person, const std::string& words,
                       const ReplyTo&)>
        sorry;
  };

  Listener(std::string chat, std::string prefix, const WebApi& api, People& people,
           core::IdSource& ids, Sinks sinks);

  // Whether hear() would do something about it. Asks nobody.
  bool concerns_us(const Heard& heard) const;

  // Thread-safe. `attempt`: how often Slack sent it before. What cannot be handed in now is not
  // acknowledged: Slack brings it again. False: a message could not be dealt with because Slack
  // does not answer.
  bool hear(const Heard& heard, int attempt, const Ack& ack, const std::stop_token& stop);
  // The reactions on a message of ours, compared with those that were heard. An Error (unavailable)
  // if they could not be read.
  Result<void> look_at(const core::OpenQuestion& question, const std::stop_token& stop);

  Reactions& reactions() { return reactions_; }

 private:
  bool say(const Said& said, const Ack& ack, const std::stop_token& stop);
  void run(const SlashCommand& command, const Ack& ack, const std::stop_token& stop);
  void react(const Reaction& reaction, int attempt, const Ack& ack, const std::stop_token& stop);
  void press(const Press& press, const Ack& ack, const std::stop_token& stop);
  void submit(const Submission& submission, const Ack& ack, const std::stop_token& stop);
  bool still_so(const Reaction& reaction, const std::stop_token& stop) const;
  // Fills in who it was; false if that cannot be found out now.
  bool identify(core::Act& act, const std::string& user, const std::stop_token& stop);
  core::Act act_of(const Reaction& reaction) const;

  const std::string chat_;
  const std::string prefix_;
  const WebApi& api_;
  People& people_;
  core::IdSource& ids_;
  const Sinks sinks_;
  Reactions reactions_;
};

}  // namespace countersign::adapters::slack
