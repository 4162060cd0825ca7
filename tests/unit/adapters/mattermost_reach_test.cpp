#include "tests/unit/adapters/mattermost_fixture.h"

namespace countersign::adapters::mattermost {
namespace {

class MattermostReach : public MattermostAdapterTest {
 protected:
  Outgoing plan(const std::string& client_id) {
    auto out = message("plan", client_id);
    out.message.buttons = {button()};
    out.message.without_buttons = {core::plain("Answer with "), core::code("!approve R1")};
    return out;
  }
  Json delivered(const Outgoing& out) {
    const auto sent = adapter_->deliver(out, {});
    EXPECT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
    return read(sent.message_id);
  }
  // Posts of the bot's direct channel with itself that are still there.
  std::size_t left_over() {
    const auto direct = chat_.ok("bot", "POST", "/api/v4/channels/direct",
                                 Json::array({chat_.info.bot.id, chat_.info.bot.id}));
    return chat_
        .ok("bot", "GET", "/api/v4/channels/" + direct.at("id").get<std::string>() + "/posts")
        .at("order")
        .size();
  }
};

TEST_F(MattermostReach, clicks_that_arrive_make_buttons_and_leave_nothing_behind) {
  start();
  const auto post = delivered(plan("c1"));
  EXPECT_EQ(post.at("message"), "plan");
  EXPECT_TRUE(post.at("props").contains("attachments"));
  adapter_->stop();
  EXPECT_EQ(left_over(), 0U);
  EXPECT_EQ(desk_.arrived.count(), 0U);
  EXPECT_EQ(inbox_.arrived.count(), 0U);
}

TEST_F(MattermostReach, without_a_way_for_clicks_the_message_says_what_to_type_instead) {
  door_open_ = false;
  start();
  const auto post = delivered(plan("c1"));
  EXPECT_FALSE(post.at("props").contains("attachments"));
  EXPECT_EQ(post.at("message"), "plan\n\nAnswer with `!approve R1`");

  // As soon as they arrive, new messages and changed ones have buttons.
  door_open_ = true;
  auto update = plan("c1");
  update.op = Outgoing::Op::update;
  update.message_id = post.at("id").get<std::string>();
  Json now;
  const auto deadline = std::chrono::steady_clock::now() + 20s;
  do {
    now = delivered(update);
  } while (!now.at("props").contains("attachments") && std::chrono::steady_clock::now() < deadline);
  EXPECT_TRUE(now.at("props").contains("attachments"));
  EXPECT_EQ(now.at("message"), "plan");
}

TEST_F(MattermostReach, somebody_else_behind_the_address_is_no_way_for_clicks_T41) {
  sandbox::Integration stranger(io_);
  public_url_ = stranger.url("");
  make(chat_.info.bot.token);
  start();
  EXPECT_FALSE(delivered(plan("c1")).at("props").contains("attachments"));
}

TEST_F(MattermostReach, a_server_in_trouble_says_nothing_about_the_way_for_clicks) {
  control("rest/refuse", {{"count", 1}, {"status", 500}, {"path", "/actions/probe"}});
  start();
  EXPECT_TRUE(delivered(plan("c1")).at("props").contains("attachments"));
}

using core::Finding;

std::string bad_ones(const std::vector<Finding>& findings) {
  std::string all;
  for (const auto& one : findings) {
    if (one.level != Finding::Level::good) all += one.what + " -> " + one.mend + "\n";
    EXPECT_EQ(one.mend.empty(), one.level == Finding::Level::good) << one.what;
  }
  return all;
}

TEST_F(MattermostReach, doctor_finds_nothing_where_all_is_well) {
  const auto findings = adapter_->check({"#ops", "#ops-prod"}, {});
  EXPECT_EQ(bad_ones(findings), "");
  EXPECT_EQ(findings.size(), 7U);
  EXPECT_EQ(left_over(), 0U);
}

TEST_F(MattermostReach, doctor_names_what_is_wrong_and_how_to_mend_it) {
  door_open_ = false;
  chat_.ok("alice", "POST", "/api/v4/channels",
           {{"team_id", chat_.info.team_id}, {"name", "side"}, {"type", "O"}});
  chat_.ok("alice", "POST", "/api/v4/channels",
           {{"team_id", chat_.info.team_id}, {"name", "secret"}, {"type", "P"}});
  const auto text = bad_ones(adapter_->check({"#ops", "#side", "#secret"}, {}));
  EXPECT_NE(text.find("not a member of #side"), std::string::npos) << text;
  EXPECT_NE(text.find("#secret: there is no such channel"), std::string::npos) << text;
  EXPECT_NE(text.find("AllowedUntrustedInternalConnections"), std::string::npos) << text;
  EXPECT_EQ(text.find("#ops"), std::string::npos) << text;
  make("not-a-token-of-anybody");
  const auto token = adapter_->check({"#ops"}, {});
  ASSERT_EQ(token.size(), 1U);
  EXPECT_EQ(token[0].level, Finding::Level::bad);
  EXPECT_EQ(token[0].what, "the token is not valid");
}

}  // namespace
}  // namespace countersign::adapters::mattermost
