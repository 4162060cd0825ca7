// Buttons, menus and forms: Mattermost posts what a person did to the bot's server and waits for
// the answer. Nothing in it is signed; what makes it genuine is the context, which the engine
// judges.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "adapters/chat/worker.h"
#include "adapters/mattermost/dialog.h"
#include "adapters/mattermost/people.h"
#include "adapters/mattermost/wire.h"
#include "adapters/net/http_server.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::mattermost {

class Clicks : public std::enable_shared_from_this<Clicks> {
 public:
  // Says something to one person alone, some other way than by answering; never blocks.
  using Tell = std::function<void(const core::Person&, const core::ChatPlace&, std::string text)>;

  Clicks(std::string chat, std::string callback_url, net::Io& io, const WebApi& api, People& people,
         core::ChatDesk& desk, Tell tell);

  // Thread-safe, never blocks. Answers 200 within 2.5 s: with what the person alone is told, with
  // what is wrong in a form, or {}. What comes later is told some other way.
  void handle(const Json& callback, net::HttpServer::Respond respond);
  void start();
  void stop();  // returns when nothing runs

 private:
  class Reply;
  using Replied = std::shared_ptr<Reply>;

  // Who it was is looked up, never believed: a name or "I am no bot" in the body proves nothing.
  void with_user(const std::string& user_id, const Replied& reply,
                 std::function<void(const User&)> then);
  void judge_click(const Click& click, const User& user, const Replied& reply);
  void judge_form(const Submission& form, const User& user, const Replied& reply);
  void answer_click(const Click& click, const core::Act& act, const core::ActAnswer& answer,
                    const Replied& reply);
  void answer_form(const core::Act& act, const core::ActAnswer& answer, const Replied& reply);
  void open(const Click& click, const core::Act& act, const core::Form& form, const Replied& reply);
  // By the reply if it is not given yet, otherwise some other way.
  void say(const core::Act& act, const std::string& text, const Replied& reply);

  const std::string chat_;
  const std::string callback_url_;
  net::Io& io_;
  const WebApi& api_;
  People& people_;
  core::ChatDesk& desk_;
  const Tell tell_;
  chat::Worker worker_;
};

}  // namespace countersign::adapters::mattermost
