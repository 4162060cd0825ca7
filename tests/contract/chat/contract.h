// What every chat promises the engine: the fixture of all tests here, once for each platform.
#pragma once
#include <gtest/gtest.h>

#include "tests/contract/chat/desk.h"
#include "tests/contract/chat/platform.h"

namespace countersign::contract {

using Kind = core::Act::Kind;
using core::Delivery;
using core::Outgoing;

class ChatContract : public testing::TestWithParam<Named> {
 protected:
  ~ChatContract() override { stop(); }

  core::ChatAdapter& bot() { return chat_->bot(); }
  void begin_an_hour_ago() { chat_ = GetParam().make(Begin::an_hour_ago); }
  void start();  // and waits until it is up
  void stop();   // nothing may be heard afterwards
  void restart() {
    stop();
    begin_again();
  }
  void begin_again();  // as the next process

  Outgoing post(const std::string& text, const std::string& client_id = "client-1");
  Outgoing post_with_button(const Json& context = {{"seal", "s"}});
  Delivery deliver(const Outgoing& out) { return bot().deliver(out, {}); }
  Delivery sent(const Outgoing& out);  // and it was
  // The text of every command heard up to now, in order.
  std::vector<std::string> heard();
  Shown shown(const std::string& message);
  std::size_t count(const std::string& text);  // of messages with it
  // Looks until it is so.
  void see(const std::function<bool()>& so, const std::string& what);
  void see_told(const std::string& who, const std::string& words);

  std::unique_ptr<Platform> chat_ = GetParam().make(Begin::now);
  Desk desk_;

 private:
  std::size_t starts_ = 0;
  int fences_ = 0;
};

bool contains(const std::string& text, const std::string& part);

}  // namespace countersign::contract
