// What no recording shows: the pure parts, the control interface, and the world on disk.
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <thread>

#include "adapters/sandbox/attachments.h"
#include "adapters/sandbox/mentions.h"
#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::sandbox {
namespace {

using Names_ = std::vector<std::string>;

TEST(SandboxMentions, are_the_names_after_an_at_sign_outside_of_code) {
  EXPECT_EQ(mentioned_names("@alice and @Bob."), (Names_{"alice", "bob"}));
  EXPECT_EQ(mentioned_names("me@example.test"), Names_{});
  EXPECT_EQ(mentioned_names("`@alice` ```\n@bob\n``` @carol"), Names_{"carol"});
  EXPECT_EQ(mentioned_names("an open ` tick @alice, @alice"), Names_{"alice"});
  EXPECT_EQ(mentioned_names("@ @. ``"), Names_{});
}

TEST(SandboxAttachments, turn_slack_links_into_markdown) {
  EXPECT_EQ(slack_links_to_markdown("see <https://a.test|the a>, 1 < 2"),
            "see [the a](https://a.test), 1 < 2");
  EXPECT_EQ(slack_links_to_markdown("<b|c> <https://a.test"), "<b|c> <https://a.test");
}

TEST(SandboxAttachments, survive_values_of_any_type) {
  Json props = {
      {"attachments", {{{"text", 5}, {"actions", {{{"id", 7}}, 3}}, {"fields", "x"}}, nullptr}}};
  complete_attachments(props, [] { return std::string("made"); });
  EXPECT_EQ(props["attachments"][0]["text"], "");
  EXPECT_EQ(props["attachments"][0]["actions"][0]["id"], "made");
  EXPECT_EQ(find_action(props, "absent"), nullptr);
}

TEST(SandboxSamples, comparison_notices_fields_types_and_constants) {
  const Json recorded = {
      {"id", "69eow1xef3dwig9x3nkoeewe8r"}, {"at", 1795225476129}, {"type", "button"}};
  EXPECT_EQ(differences(
                recorded,
                {{"id", "aaaaaaaaaaaaaaaaaaaaaaaaaa"}, {"at", 1800000000000}, {"type", "button"}}),
            Names_{});
  EXPECT_EQ(differences(recorded, {{"id", ""}, {"at", 0}, {"type", "select"}, {"more", 1}}).size(),
            4U);
  EXPECT_EQ(differences(Json{{"post", "{\"a\":1}"}}, Json{{"post", "{\"a\":2}"}}).size(), 1U);
  EXPECT_EQ(differences(Json::array({1, 2}), Json::array({1})).size(), 1U);
}

// Recorded here only for what a client cannot see, or what the sandbox does not do.
TEST(SandboxSamples, every_copied_sample_is_used_by_a_test) {
  std::string tests;
  for (const char* const name : {"recorded", "events", "buttons", "socket"}) {
    std::ifstream in(std::string(TEST_SOURCE_DIR) + "/tests/unit/adapters/sandbox_" + name +
                     "_test.cpp");
    tests.append(std::istreambuf_iterator<char>(in), {});
  }
  for (const std::string& name : sample_names()) {
    EXPECT_NE(tests.find('"' + name + '"'), std::string::npos) << name << " is used by no test";
  }
}

TEST(SandboxControl, refuses_the_calls_it_was_told_to_and_no_others) {
  Harness harness;
  harness.ok(
      "", "POST", "/control/rest/refuse",
      {{"count", 2}, {"after", 1}, {"status", 503}, {"user", "countersign"}, {"path", "/posts"}});
  const Json body = {{"channel_id", harness.channel("ops")}, {"message", "x"}};
  const auto post = [&](const char* who) {
    return harness.rest(who, "POST", "/api/v4/posts", body).status;
  };
  EXPECT_EQ(post("alice"), 201);
  EXPECT_EQ(harness.rest("bot", "GET", "/api/v4/users/me").status, 200);
  EXPECT_EQ((std::vector{post("bot"), post("bot"), post("bot"), post("bot")}),
            (std::vector{201, 503, 503, 201}));
  harness.ok("", "POST", "/control/rest/refuse", {{"status", 429}});
  const Reply limited = harness.rest("bot", "GET", "/api/v4/users/me");
  EXPECT_EQ(limited.status, 429);
  EXPECT_EQ(limited.text, "limit exceeded\n");
  EXPECT_EQ(*net::find_header(limited.headers, "Retry-After"), "1");
}

TEST(SandboxControl, adds_and_renames_people_whose_ids_stay) {
  Harness harness;
  const Json dave = harness.ok("", "POST", "/control/users", {{"username", "dave"}});
  const Json renamed =
      harness.ok("", "POST", "/control/users/rename", {{"user", "dave"}, {"username", "david"}});
  EXPECT_EQ(dave["id"], renamed["id"]);
  const Reply me = harness.rest("", "GET", "/api/v4/users/me", nullptr,
                                {{"Authorization", "Bearer " + dave["token"].get<std::string>()}});
  EXPECT_EQ(me.body.value("username", ""), "david");
  EXPECT_EQ(harness.rest("", "POST", "/control/users", {{"username", "alice"}}).status, 400);
}

TEST(SandboxControl, is_not_for_pages_of_other_sites) {
  Harness harness;
  const auto status = [&](const net::Headers& headers) {
    return harness.rest("", "GET", "/control/page-info", nullptr, headers).status;
  };
  EXPECT_EQ(status({}), 200);
  EXPECT_EQ(status({{"Origin", "http://evil.example"}}), 403);
  EXPECT_EQ(status({{"Host", "evil.example"}, {"Origin", "http://evil.example"}}), 403);
}

TEST(SandboxPage, is_served_with_a_policy_that_runs_our_scripts_only) {
  Harness harness;
  const Reply page = harness.rest("", "GET", "/");
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.text.find("/app.js"), std::string::npos);
  const std::string* const policy = net::find_header(page.headers, "Content-Security-Policy");
  ASSERT_TRUE(policy);
  EXPECT_NE(policy->find("script-src 'self'"), std::string::npos);
  for (const char* const file : {"/app.js", "/pane.js", "/style.css", "/markdown.js"}) {
    EXPECT_EQ(harness.rest("", "GET", file).status, 200) << file;
  }
  EXPECT_EQ(harness.rest("", "GET", "/../main.cpp").status, 404);
}

TEST(SandboxSnapshot, a_second_start_finds_everything_again) {
  const std::string file = testing::TempDir() + "sandbox_world.json";
  std::remove(file.c_str());
  SandboxOptions options;
  options.snapshot_file = file;
  SandboxInfo first;
  std::string root, reply;
  Json shown;
  {
    Harness harness(options);
    first = harness.info;
    root = harness.post("alice", "before the restart");
    reply = harness.post("bot", "an answer", root,
                         {{"attachments",
                           {{{"actions",
                              {{{"id", "go"},
                                {"name", "Go"},
                                {"integration", {{"url", "http://127.0.0.1:9/"}}}}}}}}}});
    harness.ok("bob", "POST", "/api/v4/reactions",
               {{"user_id", harness.id("bob")}, {"post_id", root}, {"emoji_name", "eyes"}});
    shown = harness.ok("bob", "GET", "/api/v4/posts/" + root + "/thread");
  }
  Harness again(options);
  EXPECT_EQ(again.info.bot.token, first.bot.token);
  EXPECT_EQ(again.info.channels, first.channels);
  EXPECT_EQ(again.ok("bob", "GET", "/api/v4/posts/" + root + "/thread"), shown);
  const Reply click =
      again.rest("alice", "POST", "/api/v4/posts/" + reply + "/actions/go", Json::object());
  EXPECT_EQ(click.body.value("id", ""), "api.post.do_action.action_integration.app_error")
      << "the integration's address must survive, though nobody is shown it";
}

TEST(SandboxSnapshot, a_broken_file_is_named_and_left_alone) {
  const std::string file = testing::TempDir() + "sandbox_broken.json";
  std::ofstream(file) << "{\"version\":1";
  SandboxOptions options;
  options.port = 0;
  options.snapshot_file = file;
  Sandbox sandbox;
  const Result<SandboxInfo> started = sandbox.start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("sandbox_broken.json"), std::string::npos);
}

TEST(Sandbox, ids_follow_from_the_seed) {
  SandboxOptions other;
  other.seed = "another";
  Harness one, same, different(other);
  EXPECT_EQ(one.info.json()["users"], same.info.json()["users"]);
  EXPECT_NE(one.info.bot.token, different.info.bot.token);
}

TEST(Sandbox, says_which_address_is_taken) {
  Harness harness;
  SandboxOptions options;
  const std::string& url = harness.info.base_url;
  options.port = static_cast<std::uint16_t>(std::stoi(url.substr(url.rfind(':') + 1)));
  Sandbox second;
  const Result<SandboxInfo> started = second.start(options);
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find(std::to_string(options.port)), std::string::npos);
}

TEST(Sandbox, stops_twice_and_while_a_click_waits) {
  Harness harness;
  auto integration = std::make_unique<Integration>(harness.io);
  integration->hold();
  const std::string post = harness.post(
      "bot", "x", "",
      {{"attachments",
        {{{"actions", {{{"id", "go"}, {"integration", {{"url", integration->url("/c")}}}}}}}}}});
  net::HttpCall call;
  call.method = "POST";
  call.url = harness.info.base_url + "/api/v4/posts/" + post + "/actions/go";
  call.headers = {{"Authorization", "Bearer " + harness.user("alice").token}};
  call.body = "{}";
  std::jthread clicker([&] { (void)net::call(call); });
  integration->request(0);
  harness.sandbox.stop();
  harness.sandbox.stop();
}

}  // namespace
}  // namespace countersign::adapters::sandbox
