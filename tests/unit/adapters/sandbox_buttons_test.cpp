// Every recorded click and dialog: what the integration is sent, what its answers do, what the
// clicker gets.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "bot/core/digest.h"
#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::sandbox {
namespace {

struct Desk {
  explicit Desk(SandboxOptions options = {}) : harness(std::move(options)) {}

  Json action(const std::string& id, const std::string& name, const std::string& style,
              const std::string& mac) {
    return {{"id", id},
            {"type", "button"},
            {"name", name},
            {"style", style},
            {"integration",
             {{"url", integration.url("/click")},
              {"context", {{"plan", "p-17"}, {"do", id}, {"mac", mac}}}}}};
  }
  Json plan(bool menus = false) {
    Json actions = {action("approve", "Approve", "success", "5f2c0a"),
                    action("deny", "Deny", "danger", "91ab77")};
    if (menus) {
      const Json to = {{"url", integration.url("/menu")}, {"context", {{"plan", "p-17"}}}};
      actions.push_back(
          {{"id", "who"},
           {"type", "select"},
           {"name", "Delay"},
           {"options",
            {{{"text", "5 minutes"}, {"value", "5m"}}, {{"text", "1 hour"}, {"value", "1h"}}}},
           {"integration", to}});
      actions.push_back({{"id", "owner"},
                         {"type", "select"},
                         {"name", "Owner"},
                         {"data_source", "users"},
                         {"integration", to}});
    }
    return {{"attachments",
             {{{"fallback", "Plan p-17: approve or deny"},
               {"text", "1. restart api\n2. check health"},
               {"actions", actions}}}}};
  }
  std::string post_plan(bool menus = false, const std::string& root = "") {
    return harness.post("bot", "Plan p-17", root, plan(menus));
  }
  Reply click(const std::string& who, const std::string& post,
              const std::string& action_id = "approve", const Json& body = Json::object()) {
    return harness.rest(who, "POST", "/api/v4/posts/" + post + "/actions/" + action_id, body);
  }
  Json get(const std::string& post) { return harness.ok("bot", "GET", "/api/v4/posts/" + post); }

  Harness harness;
  Names names{harness};
  Integration integration{harness.io};
};

// A recorded answer of the integration as an HTTP response.
net::HttpResponse recorded_answer(const Json& recorded, Desk& desk) {
  net::HttpResponse response;
  response.status = recorded.at("status").get<int>();
  const Json& body = recorded.at("body");
  if (body.is_string()) response.body = body.get<std::string>();
  if (body.is_object()) response.body = body.dump();
  if (recorded.contains("headers")) {
    response.headers.emplace_back("Location", desk.integration.url("/elsewhere"));
  }
  if (const std::size_t at = response.body.find("aaa...["); at != std::string::npos) {
    response.body =
        Json{{"update", {{"message", std::string(16384, 'a')}, {"props", Json::object()}}}}.dump();
  }
  return response;
}

void expect_answer(const Json& recorded, const Reply& reply) {
  EXPECT_EQ(reply.status, recorded.at("response").at("status")) << reply.text;
  EXPECT_EQ(joined(differences(recorded.at("response").at("body"), reply.body)), "");
}

void expect_sent(Desk& desk, const Json& recorded, const net::HttpRequest& sent) {
  EXPECT_EQ(sent.method, recorded.at("method"));
  EXPECT_EQ(joined(differences(desk.names.here(recorded.at("body")), Json::parse(sent.body))), "");
  for (const char* const name : {"User-Agent", "Accept", "Content-Type"}) {
    const std::string* const header = net::find_header(sent.headers, name);
    ASSERT_TRUE(header) << name;
    EXPECT_EQ(*header, recorded.at("headers").at(name));
  }
  EXPECT_FALSE(net::find_header(sent.headers, "Authorization")) << "a real server sends no token";
}

void expect_heard(const Json& recorded, Listener& listener) {
  if (!recorded.is_array()) return;
  const std::vector<Json> heard = listener.until_now();
  ASSERT_EQ(heard.size(), recorded.size()) << Json(heard).dump();
  for (std::size_t i = 0; i < heard.size(); ++i) {
    EXPECT_EQ(joined(differences(recorded[i], heard[i])), "");
  }
}

struct Click {
  const char* name;
  const char* who = "alice";
};

class RecordedClick : public testing::TestWithParam<Click> {};

TEST_P(RecordedClick, goes_to_the_integration_and_back_alike) {
  Desk desk;
  const Json recorded = sample(GetParam().name);
  const std::string post = desk.post_plan();
  const auto bot = desk.harness.listen("bot");
  const auto clicker = desk.harness.listen(GetParam().who);
  bot->forget();
  clicker->forget();
  desk.integration.answer_with(recorded_answer(recorded.at("integration_answers"), desk));
  expect_answer(recorded.at("click"), desk.click(GetParam().who, post));
  expect_sent(desk, recorded.at("integration_received"), desk.integration.request(0));
  expect_heard(recorded.at("bot_sees"), *bot);
  expect_heard(recorded.at("clicker_sees"), *clicker);
  const Json after = desk.get(post);
  for (const auto& [key, value] : recorded.at("post_after").items()) {
    EXPECT_EQ(joined(differences(value, after.at(key), key)), "");
  }
}

INSTANTIATE_TEST_SUITE_P(
    Sandbox, RecordedClick,
    testing::Values(Click{"btn-click-204"}, Click{"btn-click-302"}, Click{"btn-click-403"},
                    Click{"btn-click-500"}, Click{"btn-click-by-bob", "bob"},
                    Click{"btn-click-empty-body"}, Click{"btn-click-empty-object"},
                    Click{"btn-click-ephemeral-only"}, Click{"btn-click-not-json"},
                    Click{"btn-click-update-empty-props"}, Click{"btn-click-update-ephemeral"},
                    Click{"btn-click-update-message-only"}, Click{"btn-click-update-too-long"}),
    [](const auto& tested) {
      std::string name = tested.param.name;
      std::ranges::replace(name, '-', '_');
      return name;
    });

TEST(SandboxButtons, btn_click_302_is_followed_as_a_get_without_body) {
  Desk desk;
  const Json recorded = sample("btn-click-302");
  desk.integration.answer_with(recorded_answer(recorded.at("integration_answers"), desk));
  desk.click("alice", desk.post_plan());
  const net::HttpRequest then = desk.integration.request(1);
  EXPECT_EQ(then.method, recorded["then_received"]["method"]);
  EXPECT_EQ(then.path, recorded["then_received"]["path"]);
  EXPECT_EQ(then.body, "");
}

TEST(SandboxButtons, btn_post_shows_nobody_the_integration) {
  Desk desk;
  const auto bot = desk.harness.listen("bot");
  bot->forget();
  const std::string post = desk.post_plan(true);
  const Json recorded = sample("btn-post-create");
  EXPECT_EQ(joined(differences(recorded["bot_event"][0], bot->wait_event("posted"))), "");
  const std::pair<const char*, const char*> readers[] = {
      {"btn-post-as-bot", "bot"}, {"btn-post-as-alice", "alice"}, {"btn-post-as-admin", "admin"}};
  for (const auto& [name, who] : readers) {
    expect_answer(sample(name), desk.harness.rest(who, "GET", "/api/v4/posts/" + post));
  }
}

TEST(SandboxButtons, btn_many_keeps_the_order) {
  Desk desk;
  const Json names = sample("btn-many").at("names");
  Json actions = Json::array();
  for (const Json& name : names) {
    actions.push_back({{"id", name.get<std::string>()},
                       {"name", name},
                       {"integration", {{"url", desk.integration.url("/click")}}}});
  }
  const std::string post =
      desk.harness.post("bot", "many", "", {{"attachments", {{{"actions", actions}}}}});
  Json shown = Json::array();
  const Json after = desk.get(post);
  for (const Json& action : after["props"]["attachments"][0]["actions"])
    shown.push_back(action["name"]);
  EXPECT_EQ(shown, names);
}

TEST(SandboxButtons, btn_action_defaults_fill_in_the_id) {
  Desk desk;
  const Json recorded = sample("btn-action-defaults");
  const Json actions = {
      {{"name", "Go"}, {"integration", {{"url", desk.integration.url("/click")}}}},
      {{"id", "x1"}, {"name", "No integration"}}};
  const std::string post = desk.harness.post(
      "bot", "no ids", "", {{"attachments", {{{"text", "t"}, {"actions", actions}}}}});
  EXPECT_EQ(joined(differences(recorded.at("read_back"), desk.get(post))), "");
  expect_answer(recorded.at("click_without_integration"), desk.click("alice", post, "x1"));
}

TEST(SandboxButtons, btn_action_id_with_punctuation_is_no_route) {
  Desk desk;
  const std::string post = desk.post_plan();
  const Json recorded = sample("btn-action-id-punctuation");
  expect_answer(recorded.at("hyphen"), desk.click("alice", post, "app-rove"));
  expect_answer(recorded.at("underscore"), desk.click("alice", post, "de_ny"));
}

TEST(SandboxButtons, btn_clicks_that_reach_no_integration) {
  Desk desk;
  const std::string post = desk.post_plan();
  expect_answer(sample("btn-click-unknown-action"), desk.click("alice", post, "nosuch"));
  expect_answer(sample("btn-click-unknown-post"),
                desk.click("alice", "kkkkkkkkkkkkkkkkkkkkkkkkkk"));
  const std::string secret = desk.harness.post("bot", "Plan p-17", "", desk.plan(), "ops-prod");
  expect_answer(sample("btn-click-by-outsider"), desk.click("carol", secret));
  desk.integration.answer_with({200, {}, R"({"update":{"message":"done","props":{}}})"});
  desk.click("alice", post);
  expect_answer(sample("btn-click-after-removal"), desk.click("alice", post));
  desk.harness.ok("bot", "DELETE", "/api/v4/posts/" + post);
  expect_answer(sample("btn-click-deleted-post"), desk.click("alice", post));
  EXPECT_EQ(desk.integration.count(), 1U);
}

TEST(SandboxButtons, btn_click_by_bot) {
  Desk desk;
  const Json recorded = sample("btn-click-by-bot");
  expect_answer(recorded, desk.click("bot", desk.post_plan()));
  expect_sent(desk, recorded.at("integration_received"), desk.integration.request(0));
}

TEST(SandboxButtons, btn_click_direct_has_no_team) {
  Desk desk;
  const Json made = desk.harness.ok("alice", "POST", "/api/v4/channels/direct",
                                    {desk.harness.id("alice"), desk.harness.id("bot")});
  const Json post = desk.harness.ok(
      "bot", "POST", "/api/v4/posts",
      {{"channel_id", made.at("id")}, {"message", "Plan p-17"}, {"props", desk.plan()}});
  const Json recorded = sample("btn-click-direct");
  expect_answer(recorded.at("click"),
                desk.click("alice", post.at("id").get<std::string>(), "deny"));
  const net::HttpRequest sent = desk.integration.request(0);
  expect_sent(desk, recorded.at("integration_received"), sent);
  EXPECT_EQ(Json::parse(sent.body).at("team_id"), "");
}

TEST(SandboxButtons, btn_click_in_thread_stays_there) {
  Desk desk;
  const std::string root = desk.harness.post("alice", "root");
  const std::string post = desk.post_plan(false, root);
  const auto alice = desk.harness.listen("alice");
  alice->forget();
  desk.integration.answer_with(
      {200, {}, R"({"update":{"message":"done","props":{}},"ephemeral_text":"in the thread"})"});
  const Json recorded = sample("btn-click-in-thread");
  expect_answer(recorded.at("click"), desk.click("alice", post));
  expect_heard(recorded.at("clicker_sees"), *alice);
  EXPECT_EQ(joined(differences(recorded.at("post_after"), desk.get(post))), "");
  EXPECT_EQ(desk.get(post).at("root_id"), root);
}

TEST(SandboxButtons, btn_select_sends_whatever_was_chosen) {
  Desk desk;
  const std::string post = desk.post_plan(true);
  const std::pair<const char*, const char*> tries[] = {
      {"btn-select", "who"}, {"btn-select-made-up", "who"}, {"btn-select-users", "owner"}};
  std::size_t number = 0;
  for (const auto& [name, action] : tries) {
    SCOPED_TRACE(name);
    const Json recorded = sample(name);
    desk.integration.answer_with(recorded_answer(recorded.at("integration_answers"), desk));
    const Json body = desk.names.here(recorded["click"]["request"]["body"]);
    expect_answer(recorded.at("click"), desk.click("alice", post, action, body));
    expect_sent(desk, recorded.at("integration_received"), desk.integration.request(number++));
  }
}

TEST(SandboxButtons, btn_click_race_folds_nothing) {
  Desk desk;
  const std::string post = desk.post_plan();
  const Json recorded = sample("btn-click-race");
  std::vector<std::jthread> people;
  for (const auto& [who, click] : recorded.at("clicks").items()) {
    people.emplace_back([&desk, &post, name = who, click] {
      const auto path = click.at("request").at("path").get<std::string>();
      expect_answer(click, desk.click(name, post, path.substr(path.rfind('/') + 1)));
    });
  }
  people.clear();
  EXPECT_EQ(desk.integration.count(), recorded.at("integration_received").size());
}

TEST(SandboxButtons, btn_click_timeout_is_answered_400_and_not_repeated) {
  SandboxOptions options;
  options.click_timeout = std::chrono::milliseconds(100);
  Desk desk(options);
  desk.integration.hold();
  const Json recorded = sample("btn-click-timeout");
  expect_answer(recorded.at("click"), desk.click("alice", desk.post_plan()));
  EXPECT_EQ(desk.integration.count(), recorded.at("times_received"));
}

TEST(SandboxButtons, btn_integration_down_is_answered_400) {
  Desk desk;
  const Json actions = {
      {{"id", "a"}, {"name", "A"}, {"integration", {{"url", "http://127.0.0.1:9/none"}}}}};
  const std::string post =
      desk.harness.post("bot", "down", "", {{"attachments", {{{"actions", actions}}}}});
  expect_answer(sample("btn-integration-down"), desk.click("alice", post, "a"));
}

TEST(SandboxButtons, btn_forged_by_user_arrives_looking_genuine) {
  Desk desk;
  const Json recorded = sample("btn-forged-by-user");
  Json body = desk.names.here(recorded["create"]["request"]["body"]);
  body["props"]["attachments"][0]["actions"][0]["integration"]["url"] =
      desk.integration.url("/click");
  const Reply made = desk.harness.rest("carol", "POST", "/api/v4/posts", body);
  expect_answer(recorded.at("create"), made);
  expect_answer(recorded.at("click"),
                desk.click("alice", made.body.at("id").get<std::string>(), "free"));
  expect_sent(desk, recorded.at("integration_received"), desk.integration.request(0));
}

struct DialogDesk : Desk {
  explicit DialogDesk(std::int64_t& now) : Desk(with_clock(now)) {}
  static SandboxOptions with_clock(std::int64_t& now) {
    SandboxOptions options;
    options.clock = [&now] { return now; };
    return options;
  }
  std::string trigger() {
    click("alice", post_plan(), "deny");
    return Json::parse(integration.request(0).body).at("trigger_id").get<std::string>();
  }
};

TEST(SandboxButtons, dialog_open_within_three_seconds_of_the_click) {
  std::int64_t now = 1'800'000'000'000;
  DialogDesk desk(now);
  const Json recorded = sample("dialog-open");
  Json body = recorded["open"]["request"]["body"];
  body["trigger_id"] = desk.trigger();
  const auto alice = desk.harness.listen("alice");
  expect_answer(recorded.at("open"),
                desk.harness.rest("", "POST", "/api/v4/actions/dialogs/open", body));
  EXPECT_EQ(joined(differences(recorded["clicker_sees"][0], alice->wait_event("open_dialog"))), "");
  now += 4'000;
  expect_answer(recorded.at("open_4s_later"),
                desk.harness.rest("bot", "POST", "/api/v4/actions/dialogs/open", body));
}

TEST(SandboxButtons, dialog_trigger_of_somebody_else_is_refused) {
  std::int64_t now = 1'800'000'000'000;
  DialogDesk desk(now);
  std::string plain = core::unbase64(desk.trigger()).value();
  const std::string alice = desk.harness.id("alice");
  plain.replace(plain.find(alice), alice.size(), desk.harness.id("bob"));
  const Reply reply = desk.harness.rest("bot", "POST", "/api/v4/actions/dialogs/open",
                                        {{"trigger_id", core::base64(plain)},
                                         {"url", "http://127.0.0.1:9/"},
                                         {"dialog", Json::object()}});
  EXPECT_EQ(reply.status, 400);
}

TEST(SandboxButtons, dialog_submit_names_the_true_sender_whatever_the_client_says) {
  Desk desk;
  const Json recorded = sample("dialog-submit");
  const std::pair<const char*, const char*> tries[] = {{"submit", "integration_received"},
                                                       {"cancel", "cancel_received"},
                                                       {"forged", "forged_received"}};
  std::size_t number = 0;
  for (const auto& [name, received] : tries) {
    SCOPED_TRACE(name);
    Json body = desk.names.here(recorded.at(name)["request"]["body"]);
    body["url"] = desk.integration.url("/dialog");
    expect_answer(recorded.at(name),
                  desk.harness.rest("alice", "POST", "/api/v4/actions/dialogs/submit", body));
    const net::HttpRequest sent = desk.integration.request(number++);
    expect_sent(desk, recorded.at(received), sent);
    EXPECT_EQ(Json::parse(sent.body).at("user_id"), desk.harness.id("alice"));
  }
  Json body = desk.names.here(recorded["with_errors"]["request"]["body"]);
  body["url"] = desk.integration.url("/dialog");
  desk.integration.answer_with(
      {200, {}, R"({"errors":{"reason":"say more"},"error":"not accepted"})"});
  expect_answer(recorded.at("with_errors"),
                desk.harness.rest("alice", "POST", "/api/v4/actions/dialogs/submit", body));
  desk.integration.answer_with({500, {}, ""});
  expect_answer(recorded.at("integration_500"),
                desk.harness.rest("alice", "POST", "/api/v4/actions/dialogs/submit", body));
}

}  // namespace
}  // namespace countersign::adapters::sandbox
