// The adapter against the Slack half of the sandbox, where people are played by its control
// interface.
#include "adapters/slack/adapter.h"

#include <gtest/gtest.h>

#include "adapters/net/http_client.h"
#include "adapters/sandbox/sandbox.h"
#include "tests/unit/adapters/slack_double.h"

namespace countersign::adapters::slack {
namespace {

using namespace std::chrono_literals;
using core::Delivery;
using core::Finding;
using core::Outgoing;

constexpr SocketTiming kFast{.hello = 3s,
                             .silence = 5s,
                             .overlap = 200ms,
                             .first_pause = 20ms,
                             .longest_pause = 100ms,
                             .refused_pause = 50ms,
                             .mark_every = 50ms};

class SlackAdapterTest : public testing::Test {
 protected:
  explicit SlackAdapterTest(sandbox::SandboxOptions options = {}) {
    options.port = 0;
    const auto started = sandbox_.start(std::move(options));
    EXPECT_TRUE(started.ok()) << started.error().message;
    info_ = started->slack;
    make(info_.bot_token);
  }
  ~SlackAdapterTest() override { adapter_->stop(); }

  void make(const std::string& token) {
    adapter_ = std::make_unique<SlackAdapter>(
        io_, Options{"slack", info_.app_token, token, info_.api_url, "!", kFast}, ids_);
  }

  void start() {
    adapter_->start(inbox_, desk_);
    EXPECT_EQ(desk_.changes.at(0), std::pair(true, std::string()));
  }

  Json control(const std::string& path, const Json& body) {
    net::HttpCall request;
    request.method = "POST";
    request.url = info_.control_url + "/" + path;
    request.headers = {{"Content-Type", "application/json"}};
    request.body = body.dump();
    return answer(net::call(request));
  }
  Json look(const std::string& path) {
    net::HttpCall request;
    request.url = info_.control_url + "/" + path;
    return answer(net::call(request));
  }
  void deactivate(const std::string& who) {
    net::HttpCall request;
    request.method = "PUT";
    request.url = info_.page + "api/v4/users/" + id(who) + "/active";
    request.headers = {{"Authorization", "Bearer " + info_.users.at("admin").token}};
    request.body = R"({"active": false})";
    answer(net::call(request));
  }
  static Json answer(const net::HttpResult& result) {
    EXPECT_EQ(result.response.status, 200) << result.why << result.response.body;
    return Json::parse(result.response.body, nullptr, false);
  }

  std::string say(const std::string& who, const std::string& text, const std::string& thread = "") {
    Json body = {{"user", who}, {"channel", "ops"}, {"text", text}};
    if (!thread.empty()) body["thread_ts"] = thread;
    return control("say", body).at("ts").get<std::string>();
  }
  // The bot's message as the Web API shows it.
  Json read(const Delivery& sent) {
    const auto query = sent.thread_id == sent.message_id ? "" : "&thread_ts=" + sent.thread_id;
    const auto all = look("messages?channel=" + sent.channel_id + query);
    for (const auto& message : all.at("messages")) {
      if (message.at("ts") == sent.message_id) return message;
    }
    ADD_FAILURE() << "no message " << sent.message_id;
    return Json::object();
  }

  static Outgoing post(const std::string& text, const std::string& client_id = "client-1") {
    Outgoing out;
    out.client_id = client_id;
    out.place = {"slack", "#ops", ""};
    out.message.title = {core::plain("Plan")};
    out.message.lines = {{core::plain(text)}};
    out.message.fallback = text;
    return out;
  }
  static core::Button button() {
    return {"approve", "Approve", core::Button::Style::primary, {{"seal", "s"}}, {}};
  }
  std::string id(const std::string& who) const { return info_.users.at(who).id; }
  std::string channel(const std::string& name) const { return info_.channels.at(name); }

  net::Io io_;
  sandbox::Sandbox sandbox_;
  sandbox::SlackInfo info_;
  FakeIds ids_;
  FakeInbox inbox_;
  FakeDesk desk_;
  std::unique_ptr<SlackAdapter> adapter_;
};

TEST_F(SlackAdapterTest, commands_come_in_from_channels_threads_mentions_and_the_slash) {
  start();
  const auto root = say("bob", "the disk of db-1.example.com is full");
  const auto ts = say("alice", "!remediate disk host=db-1.example.com", root);
  const auto in = inbox_.arrived.at(0);
  EXPECT_EQ(in.body.at("text"), "!remediate disk host=db-1.example.com");
  EXPECT_EQ(in.body.at("message"), ts);
  EXPECT_EQ(in.body.at("place"), Json(core::ChatPlace{"slack", channel("ops"), root}));
  EXPECT_EQ(in.body.at("person"), Json(core::Person{"slack:" + id("alice"), "alice"}));
  say("alice", "why did this run?", root);
  EXPECT_EQ(inbox_.arrived.at(1).body.at("text"), "why did this run?");
  control("slash",
          {{"user", "bob"}, {"channel", "ops"}, {"text", "/countersign status"}, {"wait", true}});
  EXPECT_EQ(inbox_.arrived.at(2).body.at("text"), "!status");
  say("alice", "@countersign status");
  const auto mention = inbox_.arrived.at(3);
  EXPECT_EQ(mention.body.at("text"), "@countersign status");
  EXPECT_EQ(inbox_.arrived.at(4).dedup_key, mention.dedup_key);
}

TEST_F(SlackAdapterTest, an_edit_makes_no_command_T37) {
  start();
  const auto ts = say("alice", "nothing");
  control("edit", {{"user", "alice"}, {"channel", "ops"}, {"ts", ts}, {"text", "!edited"}});
  adapter_->deliver(post("!own"), {});
  say("alice", "!last");
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!last");
  EXPECT_EQ(inbox_.arrived.count(), 1U);
}

TEST_F(SlackAdapterTest, posts_updates_and_finds_its_messages) {
  start();
  auto out = post("first <!channel>");
  out.message.buttons = {button()};
  const auto sent = adapter_->deliver(out, {});
  ASSERT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
  EXPECT_EQ(sent.channel_id, channel("ops"));
  EXPECT_EQ(sent.thread_id, sent.message_id);
  auto message = read(sent);
  EXPECT_EQ(message.at("blocks")[1].at("elements")[0].at("action_id"), "approve");
  EXPECT_EQ(message.at("text"), "first &lt;!channel&gt;");
  EXPECT_EQ(adapter_->find(out, {})->message_id, sent.message_id);

  auto update = post("second");
  update.op = Outgoing::Op::update;
  update.place.channel = sent.channel_id;
  update.message_id = sent.message_id;
  const auto changed = adapter_->deliver(update, {});
  ASSERT_EQ(changed.kind, Delivery::Kind::sent) << changed.why;
  EXPECT_EQ(read(sent).at("blocks").size(), 1U);
  EXPECT_TRUE(adapter_->find(out, {}));

  auto reply = post("third", "client-3");
  reply.place.thread = sent.message_id;
  const auto in_thread = adapter_->deliver(reply, {});
  EXPECT_EQ(in_thread.thread_id, sent.message_id);
  EXPECT_EQ(adapter_->find(reply, {})->message_id, in_thread.message_id);
  reply.client_id = "nobody's";
  EXPECT_FALSE(adapter_->find(reply, {}));
}

TEST_F(SlackAdapterTest, a_post_whose_answer_was_lost_is_found_I19) {
  start();
  control("fail-next",
          {{"method", "chat.postMessage"}, {"status", 502}, {"body", "<html>"}, {"after", true}});
  const auto out = post("plan");
  ASSERT_EQ(adapter_->deliver(out, {}).kind, Delivery::Kind::unknown);
  EXPECT_TRUE(adapter_->find(out, {}));
}

TEST_F(SlackAdapterTest, long_text_is_a_file_in_the_thread) {
  start();
  auto out = post("output");
  out.message.file = core::File{"R12-output.txt", std::string(20'000, 'x')};
  const auto sent = adapter_->deliver(out, {});
  ASSERT_EQ(sent.kind, Delivery::Kind::sent);
  const auto thread =
      look("messages?channel=" + sent.channel_id + "&thread_ts=" + sent.message_id).dump();
  EXPECT_NE(thread.find("R12-output.txt"), std::string::npos) << thread;
  // Without its file the message is there all the same.
  control("fail-next", {{"method", "files.getUploadURLExternal"},
                        {"status", 200},
                        {"body", {{"ok", false}, {"error", "file_uploads_disabled"}}}});
  out.client_id = "client-2";
  EXPECT_EQ(adapter_->deliver(out, {}).kind, Delivery::Kind::sent);
}

TEST_F(SlackAdapterTest, says_how_to_mend_a_channel_without_the_bot) {
  auto out = post("hello");
  out.place.channel = "#random";
  const auto refused = adapter_->deliver(out, {});
  EXPECT_EQ(refused.kind, Delivery::Kind::failed);
  EXPECT_FALSE(refused.retryable);
  EXPECT_NE(refused.why.find("not in #random: invite it"), std::string::npos) << refused.why;
  out.place.channel = "#nowhere";
  EXPECT_TRUE(adapter_->deliver(out, {}).why.starts_with("#nowhere: "));
}

TEST_F(SlackAdapterTest, tells_one_person_alone_where_he_is_or_directly) {
  auto out = post("only for you");
  out.op = Outgoing::Op::tell;
  out.person = "slack:" + id("alice");
  const auto told = adapter_->deliver(out, {});
  ASSERT_EQ(told.kind, Delivery::Kind::sent) << told.why;
  EXPECT_NE(look("seen?user=alice").dump().find("only for you"), std::string::npos);
  EXPECT_EQ(look("seen?user=bob").dump().find("only for you"), std::string::npos);

  out.place.channel = "#ops-prod";  // carol is not in it
  out.person = "slack:" + id("carol");
  const auto direct = adapter_->deliver(out, {});
  ASSERT_EQ(direct.kind, Delivery::Kind::sent) << direct.why;
  EXPECT_TRUE(direct.channel_id.starts_with('D'));
  out.person = "mm:" + id("alice");
  EXPECT_EQ(adapter_->deliver(out, {}).kind, Delivery::Kind::failed);

  auto message = post("a direct message");
  message.place.channel = "slack:" + id("bob");
  EXPECT_TRUE(adapter_->deliver(message, {}).channel_id.starts_with('D'));
}

TEST_F(SlackAdapterTest, clicks_menus_and_windows) {
  start();
  auto out = post("plan");
  core::Button more{"more", "More", core::Button::Style::plain, {{"seal", "m"}}, {}};
  more.choices = {{"denywhy", "Deny with a reason"}, {"edit", "Change"}};
  out.message.buttons = {button(), more};
  const auto sent = adapter_->deliver(out, {});
  const auto menu = read(sent).at("blocks")[2].at("elements")[0].at("action_id");
  const Json where = {
      {"user", "alice"}, {"channel", "ops"}, {"ts", sent.message_id}, {"wait", true}};
  auto click = where;
  click["action_id"] = "approve";
  EXPECT_EQ(control("click", click).at("acked"), true);
  const auto act = desk_.arrived.at(0);
  EXPECT_EQ(act.person.key, "slack:" + id("alice"));
  EXPECT_EQ(act.context, Json({{"seal", "s"}}));
  EXPECT_EQ(act.message_id, sent.message_id);

  core::ActAnswer ask;
  ask.form = core::Form{
      "Why?", "", {{core::FormField::Kind::text, "reason", "Reason"}}, "Deny", {{"seal", "f"}}};
  desk_.answer_with(ask);
  click["action_id"] = menu;
  click["selected"] = "denywhy";
  control("click", click);
  EXPECT_EQ(desk_.arrived.at(1).choice, "denywhy");
  EXPECT_EQ(desk_.arrived.at(1).context, Json({{"seal", "m"}}));
  Json views = Json::array();
  for (const auto until = std::chrono::steady_clock::now() + kDeadline;
       views.empty() && std::chrono::steady_clock::now() < until;)
    views = look("seen?user=alice").value("views", Json::array());
  ASSERT_EQ(views.size(), 1U);

  desk_.answer_with({.errors = {{"reason", "Say more."}}});
  const Json submission = {
      {"user", "alice"}, {"view_id", views[0].at("id")}, {"values", {{"reason", "wrong host"}}}};
  EXPECT_EQ(control("submit", submission).at("errors").at("reason"), "Say more.");
  desk_.answer_with({});
  EXPECT_EQ(control("submit", submission).at("acked"), true);
  const auto form = desk_.arrived.at(3);
  EXPECT_EQ(form.kind, core::Act::Kind::form);
  EXPECT_EQ(form.context, Json({{"seal", "f"}}));
  EXPECT_EQ(form.place.channel, channel("ops"));
  EXPECT_EQ(form.values.at("reason"), "wrong host");
}

TEST_F(SlackAdapterTest, votes_and_commands_survive_the_loss_of_every_connection_T42) {
  start();
  const auto sent = adapter_->deliver(post("plan"), {});
  desk_.questions = {{sent.channel_id, sent.message_id}};
  const auto react = [&](const std::string& who, const std::string& emoji, bool remove = false) {
    control("react", {{"user", who},
                      {"channel", "ops"},
                      {"ts", sent.message_id},
                      {"name", emoji},
                      {"remove", remove}});
  };
  react("alice", "+1");
  EXPECT_EQ(desk_.arrived.at(0).emoji, "+1");
  control("disconnect", {{"mode", "abort"}});
  EXPECT_FALSE(desk_.changes.at(1).first);
  react("alice", "+1", true);
  react("bob", "x");
  say("carol", "!status");
  EXPECT_TRUE(desk_.changes.at(2).first);
  using Kind = core::Act::Kind;
  const auto arrives = [&](const std::string& who, Kind kind) {
    return desk_.arrived.wait(
        [&](const core::Act& act) { return act.person.name == who && act.kind == kind; });
  };
  EXPECT_EQ(arrives("alice", Kind::emoji_removed).message_id, sent.message_id);
  EXPECT_EQ(arrives("bob", Kind::emoji_added).emoji, "x");
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!status");
}

TEST_F(SlackAdapterTest, a_refresh_loses_nothing_and_is_not_seen) {
  start();
  control("disconnect", {{"reason", "refresh_requested"}});
  for (int i = 0; i < 5; ++i) say("alice", "!status " + std::to_string(i));
  for (int i = 0; i < 5; ++i)
    inbox_.arrived.wait([&](const core::Incoming& in) {
      return in.body.at("text") == "!status " + std::to_string(i);
    });
  EXPECT_EQ(desk_.changes.count(), 1U);
}

TEST_F(SlackAdapterTest, finds_people_and_groups_T32_T34) {
  const auto alice = adapter_->find_person("@alice");
  ASSERT_TRUE(alice.ok()) << alice.error().message;
  EXPECT_EQ(alice->key, "slack:" + id("alice"));
  EXPECT_EQ(adapter_->find_person(id("bob"))->name, "bob");
  EXPECT_EQ(adapter_->find_person("nobody").error().kind, ErrorKind::not_found);
  const auto sre = adapter_->find_group("@sre");
  ASSERT_TRUE(sre.ok()) << sre.error().message;
  ASSERT_EQ(sre->size(), 2U);
  control("groups", {{"handle", "sre"}, {"users", {"carol"}}});
  ASSERT_EQ(adapter_->find_group("@sre")->size(), 1U);
  EXPECT_EQ(adapter_->find_group("@sre")->front().name, "carol");
  EXPECT_EQ(adapter_->find_group("@nobody").error().kind, ErrorKind::not_found);
  EXPECT_EQ(adapter_->find_group("sre").error().kind, ErrorKind::invalid);
}

TEST_F(SlackAdapterTest, guests_outsiders_bots_and_who_was_deactivated_since_are_in_no_group_T34) {
  control("users", {{"username", "guest"}, {"guest", true}});
  control("users", {{"username", "robot"}, {"bot", true}});
  control("groups", {{"handle", "sre"}, {"users", {"alice", "bob", "guest", "robot"}}});
  ASSERT_EQ(adapter_->find_group("@sre")->size(), 2U);
  deactivate("bob");
  ASSERT_EQ(adapter_->find_group("@sre")->size(), 1U);
  EXPECT_EQ(adapter_->find_group("@sre")->front().name, "alice");
}

TEST_F(SlackAdapterTest, who_was_deactivated_since_or_is_a_bot_is_nobody_T34) {
  const auto bob = id("bob");
  ASSERT_TRUE(adapter_->find_person(bob).ok());
  deactivate("bob");
  for (const std::string& name : {bob, std::string("@bob")}) {
    const auto gone = adapter_->find_person(name);
    ASSERT_FALSE(gone.ok()) << name;
    EXPECT_EQ(gone.error().kind, ErrorKind::not_found);
    EXPECT_EQ(gone.error().message, name + " is deactivated");
  }
  control("users", {{"username", "guest"}, {"guest", true}});
  control("users", {{"username", "robot"}, {"bot", true}});
  const auto robot = adapter_->find_person("robot");
  ASSERT_FALSE(robot.ok());
  EXPECT_EQ(robot.error().kind, ErrorKind::not_found);
  EXPECT_EQ(robot.error().message, "robot is a bot");
  EXPECT_TRUE(adapter_->find_person("guest").ok()) << "named by the configuration itself";
}

std::string words_of(const std::vector<Finding>& findings) {
  std::string out;
  for (const auto& finding : findings) {
    out += std::string(finding.level == Finding::Level::good  ? "good "
                       : finding.level == Finding::Level::bad ? "bad "
                                                              : "warning ") +
           finding.what + "\n";
    EXPECT_EQ(finding.mend.empty(), finding.level == Finding::Level::good) << finding.what;
  }
  return out;
}

TEST_F(SlackAdapterTest, the_doctor_finds_nothing_wrong_or_says_what) {
  EXPECT_EQ(words_of(adapter_->check({"#ops"}, {})).find("bad "), std::string::npos)
      << words_of(adapter_->check({"#ops"}, {}));
  EXPECT_NE(
      words_of(adapter_->check({"#random", "#nowhere"}, {})).find("the bot is not in #random"),
      std::string::npos);
  control("scopes", {{"scopes", {"chat:write", "channels:read", "groups:read", "users:read"}}});
  const auto missing = words_of(adapter_->check({}, {}));
  EXPECT_NE(missing.find("scope reactions:read is missing: votes by emoji are not heard"),
            std::string::npos)
      << missing;
  EXPECT_NE(missing.find("cannot read user groups: the app lacks the scope usergroups:read"),
            std::string::npos)
      << missing;
  make("xoxb-not-a-token");
  const auto bad = words_of(adapter_->check({"#ops"}, {}));
  EXPECT_NE(bad.find("bad the bot token does not work: Slack refused: invalid_auth"),
            std::string::npos);
  EXPECT_EQ(bad.find("xoxb-"), std::string::npos);  // T45
}

class SlowSlack : public SlackAdapterTest {
 protected:
  SlowSlack()
      : SlackAdapterTest([] {
          sandbox::SandboxOptions options;
          options.slack_posts_per_second = 1;
          return options;
        }()) {}
};

TEST_F(SlowSlack, a_limit_says_how_long_the_channel_has_to_wait) {
  Delivery last;
  for (int i = 0; i < 6 && last.kind == Delivery::Kind::sent; ++i)
    last = adapter_->deliver(post("flood", "client-" + std::to_string(i)), {});
  EXPECT_EQ(last.kind, Delivery::Kind::failed);
  EXPECT_TRUE(last.retryable);
  EXPECT_EQ(last.hold, Delivery::Hold::channel);
  EXPECT_TRUE(last.retry_after);
}

}  // namespace
}  // namespace countersign::adapters::slack
