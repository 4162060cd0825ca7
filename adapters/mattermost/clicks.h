// Buttons: Mattermost posts a click to the bot's server and waits for the answer. Nothing in it is
// signed; what makes a click genuine is the context, which the engine judges.
#pragma once
#include <memory>
#include <string>

#include "adapters/mattermost/people.h"
#include "adapters/mattermost/wire.h"
#include "adapters/mattermost/worker.h"
#include "adapters/net/http_server.h"
#include "bot/core/ports/chat.h"

namespace countersign::adapters::mattermost {

class Clicks {
 public:
  Clicks(std::string chat, net::Io& io, People& people, core::ChatDesk& desk);
  ~Clicks() { stop(); }

  // Thread-safe, never blocks. Answers 200 within 2.5 s, with what the clicker alone is told, or
  // {}.
  void handle(const net::HttpRequest& request, net::HttpServer::Respond respond);
  void stop();  // returns when nothing runs

 private:
  class Reply;
  void judge(const Click& click, const User& user, const std::shared_ptr<Reply>& reply);

  const std::string chat_;
  net::Io& io_;
  People& people_;
  core::ChatDesk& desk_;
  Worker worker_;
};

}  // namespace countersign::adapters::mattermost
