// The adapter against a Slack that does as the test says.
#pragma once
#include <gtest/gtest.h>

#include "adapters/slack/adapter.h"
#include "adapters/slack/ids.h"
#include "bot/core/digest.h"
#include "tests/unit/adapters/slack_double.h"

namespace countersign::adapters::slack {

using namespace std::chrono_literals;
using core::Act;
using core::Delivery;
using core::Outgoing;

inline constexpr SocketTiming kFast{.hello = 500ms,
                                    .silence = 5s,
                                    .overlap = 20s,
                                    .first_pause = 20ms,
                                    .longest_pause = 100ms,
                                    .refused_pause = 50ms,
                                    .mark_every = 50ms};

class SlackLinkTest : public testing::Test {
 protected:
  SlackLinkTest() { make(kFast); }
  ~SlackLinkTest() override { adapter_->stop(); }

  void make(SocketTiming timing) {
    adapter_ = std::make_unique<SlackAdapter>(
        io_, Options{"slack", "xapp-secret", "xoxb-secret", slack_.url(), "!", timing}, ids_);
  }

  void start() {
    adapter_->start(inbox_, desk_);
    EXPECT_EQ(desk_.changes.at(0), std::pair(true, std::string()));
    EXPECT_TRUE(adapter_->connected());
  }

  static Json message(const std::string& text, const std::string& ts = "1732191000.000100",
                      const std::string& type = "message") {
    return {{"type", type}, {"channel", "C0OPS"}, {"user", "U0ALICE"}, {"text", text}, {"ts", ts}};
  }
  void say(const std::string& envelope, const Json& inner, std::size_t socket = 0,
           int attempt = 0) {
    slack_.send(socket, slack_.event(envelope, inner, attempt));
  }
  static Json reaction(const std::string& at, bool added = true,
                       const std::string& user = "U0BOB") {
    return {{"type", added ? "reaction_added" : "reaction_removed"},
            {"user", user},
            {"reaction", "+1"},
            {"item", {{"type", "message"}, {"channel", "C0OPS"}, {"ts", "1732191000.000100"}}},
            {"event_ts", at}};
  }
  static Json click(const std::string& at = "1732191003.000000") {
    return {{"type", "block_actions"},
            {"user", {{"id", "U0BOB"}}},
            {"trigger_id", "1.2.abc"},
            {"container",
             {{"type", "message"}, {"message_ts", "1732191000.000100"}, {"channel_id", "C0OPS"}}},
            {"actions", Json::array({{{"action_id", "deny"},
                                      {"type", "button"},
                                      {"value", R"({"seal":"s"})"},
                                      {"action_ts", at}}})}};
  }
  static Outgoing post(const std::string& text, const std::string& client_id = "client-1") {
    Outgoing out;
    out.client_id = client_id;
    out.place = {"slack", "C0OPS", ""};
    out.message.lines = {{core::plain(text)}};
    return out;
  }

  net::Io io_;
  SlackDouble slack_{io_};
  FakeIds ids_;
  FakeInbox inbox_;
  FakeDesk desk_;
  std::unique_ptr<SlackAdapter> adapter_;
};

}  // namespace countersign::adapters::slack
