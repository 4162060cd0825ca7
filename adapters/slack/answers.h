// What the engine answers to an act, brought to the person who acted: an acknowledgement, a
// window, a word in private.
#pragma once
#include <string>

#include "adapters/chat/worker.h"
#include "adapters/slack/listener.h"
#include "adapters/slack/sender.h"

namespace countersign::adapters::slack {

class Answers {
 public:
  Answers(std::string chat, const WebApi& api, Sender& sender);
  ~Answers() { stop(); }

  void start() { worker_.start(); }
  void stop() { worker_.stop(); }

  // Thread-safe, never blocks. What was not kept is not acknowledged, so that Slack shows the
  // failure or brings the act again.
  void give(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
            const core::ActAnswer& answer);
  // Only words, and no acknowledgement.
  void say(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
           const std::string& words);

 private:
  void open(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
            const core::Form& form, const std::stop_token& stop);
  void tell(const core::ChatPlace& place, const std::string& person, const ReplyTo& reply,
            const std::string& text, const std::stop_token& stop);

  const std::string chat_;
  const WebApi& api_;
  Sender& sender_;
  chat::Worker worker_;
};

}  // namespace countersign::adapters::slack
