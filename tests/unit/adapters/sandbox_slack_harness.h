// A running sandbox seen from its Slack half: Web API calls, a connection of the app, people played
// through the control interface.
#pragma once
#include <functional>
#include <memory>
#include <string>

#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::sandbox {

// One connection of the app, after its hello. Acks nothing by itself.
class AppSocket {
 public:
  AppSocket(net::Io& io, const std::string& url) : listener_(io, url, "") {}
  Json hello();
  // The first envelope whose payload is as wanted.
  Json wait(const std::function<bool(const Json& payload)>& wanted);
  Json wait_event(const std::string& type, const std::string& subtype = "");  // the inner event
  Json wait_envelope(const std::string& id);
  Json wait_interaction(const std::string& type);  // the envelope
  void ack(const Json& envelope, const Json& payload = nullptr);
  Listener& listener() { return listener_; }

 private:
  Listener listener_;
};

class SlackDesk {
 public:
  explicit SlackDesk(SandboxOptions options = {}) : harness(std::move(options)) {}

  const SlackInfo& info() const { return harness.info.slack; }
  std::string id(const std::string& name) const { return info().users.at(name).id; }
  std::string channel(const std::string& name) const { return info().channels.at(name); }

  Reply form(const std::string& method, const Json& args, const std::string& token);
  Reply json(const std::string& method, const Json& args, const std::string& content_type);
  Json ok(const std::string& method, const Json& args = Json::object());  // with the bot's token
  std::string error(const std::string& method, const Json& args);         // its code
  std::string post(const std::string& text, const std::string& thread_ts = "");  // in ops: the ts

  Reply control(const std::string& path, const Json& body = nullptr);  // GET without a body
  Json act(const std::string& path, const Json& body);                 // and it went well
  std::string say(const std::string& who, const std::string& text,
                  const std::string& thread_ts = "", const std::string& channel = "ops");
  Reply post_to(const std::string& url, const Json& body);
  std::string socket_url();
  std::unique_ptr<AppSocket> connect();

  Harness harness;
};

Json plain_text(const std::string& text);
Json button(const std::string& action_id, const std::string& value);

}  // namespace countersign::adapters::sandbox
