// The Slack half's Web API over real sockets: transport, messages, Block Kit, people, files.
#include <gtest/gtest.h>

#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/unit/adapters/sandbox_slack_harness.h"

namespace countersign::adapters::sandbox {
namespace {

namespace fs = std::filesystem;

Json section(const std::string& text) {
  return {{"type", "section"}, {"text", {{"type", "mrkdwn"}, {"text", text}}}};
}

Json history(SlackDesk& desk, const std::string& ts) {
  return desk
      .ok("conversations.history", {{"channel", desk.channel("ops")},
                                    {"latest", ts},
                                    {"inclusive", true},
                                    {"limit", 1},
                                    {"include_all_metadata", true}})
      .at("messages")
      .at(0);
}

// A folder that is gone afterwards.
struct Folder {
  Folder() : path(fs::temp_directory_path() / ("slack-" + std::to_string(getpid()))) {
    fs::create_directories(path);
  }
  ~Folder() { fs::remove_all(path); }
  fs::path path;
};

TEST(SandboxSlackApi, both_halves_have_the_same_people_with_ids_of_their_own_kind) {
  SlackDesk desk;
  EXPECT_EQ(desk.info().users.size(), desk.harness.info.users.size());
  EXPECT_EQ(desk.id("alice").front(), 'U');
  EXPECT_EQ(desk.channel("ops").front(), 'C');
  EXPECT_EQ(desk.info().team_id.front(), 'T');
  EXPECT_NE(desk.id("alice"), desk.harness.id("alice"));
  SlackDesk again;
  EXPECT_EQ(again.id("alice"), desk.id("alice")) << "the same seed, the same ids";
}

TEST(SandboxSlackApi, a_post_is_kept_as_Slack_keeps_it) {
  SlackDesk desk;
  const Json posted =
      desk.ok("chat.postMessage",
              {{"channel", desk.channel("ops")}, {"text", "a & b < c <@" + desk.id("bob") + ">"}});
  const Json& message = posted["message"];
  EXPECT_EQ(message["text"], "a &amp; b &lt; c <@" + desk.id("bob") + ">");
  EXPECT_EQ(message["user"], desk.info().bot_user_id);
  EXPECT_EQ(message["bot_id"], desk.info().bot_id);
  EXPECT_EQ(message["app_id"], desk.info().app_id);
  EXPECT_EQ(posted["ts"].get<std::string>().size(), 17U);
  EXPECT_LT(posted["ts"].get<std::string>(), desk.post("later"));
}

TEST(SandboxSlackApi, reads_take_no_JSON_and_JSON_without_charset_is_warned_of) {
  SlackDesk desk;
  const Json args = {{"channel", desk.channel("ops")}, {"text", "x"}};
  const Reply posted = desk.json("chat.postMessage", args, "application/json");
  EXPECT_EQ(posted.body["ok"], true);
  EXPECT_EQ(posted.body["warning"], "missing_charset");
  const Reply read = desk.json("conversations.info", args, "application/json; charset=utf-8");
  EXPECT_EQ(read.status, 200);
  EXPECT_EQ(read.body["error"], "invalid_arguments");
}

TEST(SandboxSlackApi, each_kind_of_token_is_good_for_its_own_methods) {
  SlackDesk desk;
  const auto error = [&](const std::string& method, const std::string& token) {
    return desk.form(method, Json::object(), token).body.value("error", "");
  };
  EXPECT_EQ(error("auth.test", ""), "not_authed");
  EXPECT_EQ(error("auth.test", "xoxb-made-up"), "invalid_auth");
  EXPECT_EQ(error("auth.test", desk.info().app_token), "not_allowed_token_type");
  EXPECT_EQ(error("apps.connections.open", desk.info().bot_token), "not_allowed_token_type");
  EXPECT_EQ(error("chat.shout", desk.info().bot_token), "unknown_method");
  EXPECT_EQ(desk.form("auth.test", {{"token", desk.info().bot_token}}, "").body["ok"], true);
}

TEST(SandboxSlackApi, a_scope_that_is_not_granted_is_named) {
  SlackDesk desk;
  desk.act("/scopes", {{"scopes", {"chat:write", "channels:read"}}});
  const Json args = {{"user", desk.id("alice")}};
  const Reply refused = desk.form("users.info", args, desk.info().bot_token);
  EXPECT_EQ(refused.body["error"], "missing_scope");
  EXPECT_EQ(refused.body["needed"], "users:read");
  EXPECT_EQ(refused.body["provided"], "chat:write,channels:read");
  EXPECT_EQ(desk.error("conversations.history", {{"channel", desk.channel("ops")}}),
            "missing_scope");
  EXPECT_EQ(desk.error("conversations.info", {{"channel", desk.channel("ops-prod")}}),
            "missing_scope")
      << "a private channel needs groups:read";
}

TEST(SandboxSlackApi, blocks_beyond_a_limit_are_refused_with_the_place) {
  SlackDesk desk;
  const auto actions = [](Json elements) {
    return Json{{"type", "actions"}, {"elements", std::move(elements)}};
  };
  const Json long_button = {
      {"type", "button"}, {"action_id", "a"}, {"text", plain_text(std::string(76, 'x'))}};
  const Json loud = {
      {"type", "button"}, {"action_id", "a"}, {"style", "success"}, {"text", plain_text("x")}};
  const std::pair<Json, std::string> cases[] = {
      {section(std::string(3001, 'x')), "/blocks/0/text/text"},
      {section(""), "/blocks/0/text/text"},
      {{{"type", "section"}}, "/blocks/0"},
      {{{"type", "sektion"}}, "/blocks/0/type"},
      {{{"type", "header"}, {"text", {{"type", "mrkdwn"}, {"text", "x"}}}}, "/blocks/0/text/type"},
      {{{"type", "divider"}, {"colour", "red"}}, "/blocks/0"},
      {actions({long_button}), "/blocks/0/elements/0/text/text"},
      {actions({loud}), "/blocks/0/elements/0/style"},
      {actions({button("a", "1"), button("a", "2")}), "/blocks/0/elements/1/action_id"},
      {actions({button("a", std::string(2001, 'v'))}), "/blocks/0/elements/0/value"},
      {actions({{{"type", "plain_text_input"}, {"action_id", "a"}}}), "/blocks/0/elements/0/type"},
  };
  for (const auto& [block, place] : cases) {
    const Json args = {
        {"channel", desk.channel("ops")}, {"text", "x"}, {"blocks", Json::array({block})}};
    const Reply refused = desk.form("chat.postMessage", args, desk.info().bot_token);
    EXPECT_EQ(refused.body["error"], "invalid_blocks") << block;
    EXPECT_NE(refused.body["response_metadata"].dump().find("[json-pointer:" + place + "]"),
              std::string::npos)
        << refused.text;
  }
  const Json many(51, Json{{"type", "divider"}});
  EXPECT_EQ(desk.error("chat.postMessage",
                       {{"channel", desk.channel("ops")}, {"text", "x"}, {"blocks", many}}),
            "invalid_blocks");
}

TEST(SandboxSlackApi, an_update_keeps_what_it_does_not_name) {
  SlackDesk desk;
  const Json blocks = Json::array({section("one")});
  const Json metadata = {{"event_type", "plan"}, {"event_payload", {{"id", "R1"}}}};
  const std::string ops = desk.channel("ops");
  const Json made =
      desk.ok("chat.postMessage",
              {{"channel", ops}, {"text", "t"}, {"blocks", blocks}, {"metadata", metadata}});
  const std::string ts = made["ts"].get<std::string>();
  desk.ok("chat.update", {{"channel", ops}, {"ts", ts}, {"blocks", Json::array({section("two")})}});
  Json now = history(desk, ts);
  EXPECT_EQ(now["text"], "t");
  EXPECT_EQ(now["blocks"][0]["text"]["text"], "two");
  EXPECT_EQ(now["metadata"], metadata);
  EXPECT_FALSE(now.contains("edited")) << "only a changed text shows";
  desk.ok("chat.update", {{"channel", ops},
                          {"ts", ts},
                          {"text", "u"},
                          {"blocks", Json::array()},
                          {"metadata", Json::object()}});
  now = history(desk, ts);
  EXPECT_EQ(now["text"], "u");
  EXPECT_FALSE(now.contains("blocks") || now.contains("metadata")) << now;
  EXPECT_TRUE(now.contains("edited"));
}

TEST(SandboxSlackApi, only_own_messages_can_be_changed) {
  SlackDesk desk;
  const Json theirs = {
      {"channel", desk.channel("ops")}, {"ts", desk.say("alice", "mine")}, {"text", "x"}};
  EXPECT_EQ(desk.error("chat.update", theirs), "cant_update_message");
  EXPECT_EQ(desk.error("chat.delete", theirs), "cant_delete_message");
}

TEST(SandboxSlackApi, a_deleted_parent_leaves_a_tombstone_with_its_replies) {
  SlackDesk desk;
  const std::string parent = desk.post("parent");
  const std::string reply = desk.post("reply", parent);
  desk.ok("chat.delete", {{"channel", desk.channel("ops")}, {"ts", parent}});
  const Json thread =
      desk.ok("conversations.replies", {{"channel", desk.channel("ops")}, {"ts", reply}});
  ASSERT_EQ(thread["messages"].size(), 2U);
  EXPECT_EQ(thread["messages"][0]["subtype"], "tombstone");
  EXPECT_EQ(thread["messages"][0]["user"], "USLACKBOT");
  EXPECT_EQ(thread["messages"][1]["text"], "reply");
}

TEST(SandboxSlackApi, posts_beyond_the_pace_of_a_channel_are_answered_429) {
  std::int64_t now = 1'700'000'000'000;
  SandboxOptions options;
  options.slack_posts_per_second = 1;
  options.clock = [&now] { return now; };
  SlackDesk desk(options);
  const Json args = {{"channel", desk.channel("ops")}, {"text", "x"}};
  Reply reply;
  for (int i = 0; i < 4; ++i) reply = desk.form("chat.postMessage", args, desk.info().bot_token);
  EXPECT_EQ(reply.status, 429);
  EXPECT_EQ(reply.body["error"], "ratelimited");
  EXPECT_NE(net::find_header(reply.headers, "Retry-After"), nullptr);
  const Json elsewhere = {{"channel", desk.channel("ops-prod")}, {"text", "x"}};
  EXPECT_EQ(desk.error("chat.postMessage", elsewhere), "") << "another channel has its own pace";
  now += 1000;
  EXPECT_EQ(desk.error("chat.postMessage", args), "");
}

// What makes a delivery unknown (T35): the answer is lost, the message is there.
TEST(SandboxSlackApi, a_planned_failure_may_come_after_the_deed) {
  SlackDesk desk;
  desk.act("/fail-next", {{"method", "chat.postMessage"},
                          {"status", 500},
                          {"after", true},
                          {"body", {{"ok", false}, {"error", "fatal_error"}}}});
  const Json args = {{"channel", desk.channel("ops")}, {"text", "done all the same"}};
  EXPECT_EQ(desk.form("chat.postMessage", args, desk.info().bot_token).status, 500);
  const Json seen = desk.control("/messages?channel=ops").body["messages"];
  EXPECT_EQ(seen.back()["text"], "done all the same");
  EXPECT_EQ(desk.error("chat.postMessage", args), "") << "once only";
}

TEST(SandboxSlackApi, a_channel_the_bot_is_not_in_can_be_seen_but_not_used) {
  SlackDesk desk;
  const Json args = {{"channel", desk.channel("random")}, {"text", "x"}};
  EXPECT_EQ(desk.ok("conversations.info", args)["channel"]["is_member"], false);
  EXPECT_EQ(desk.error("chat.postMessage", args), "not_in_channel");
  EXPECT_EQ(desk.error("conversations.history", args), "not_in_channel");
  desk.act("/members", {{"channel", "random"}, {"user", "countersign"}});
  EXPECT_EQ(desk.error("chat.postMessage", args), "");
}

TEST(SandboxSlackApi, guests_outsiders_and_groups_are_told_apart) {
  SlackDesk desk;
  const Json guest = desk.act("/users", {{"username", "gina"}, {"guest", true}});
  const Json outsider = desk.act("/users", {{"username", "otto"}, {"outsider", true}});
  const Json gina = desk.ok("users.info", {{"user", guest["id"]}})["user"];
  EXPECT_EQ(gina["is_restricted"], true);
  EXPECT_EQ(gina["team_id"], desk.info().team_id);
  const Json otto = desk.ok("users.info", {{"user", outsider["id"]}})["user"];
  EXPECT_EQ(otto["is_stranger"], true);
  EXPECT_NE(otto["team_id"], desk.info().team_id);
  EXPECT_EQ(desk.ok("users.lookupByEmail", {{"email", "bob@example.test"}})["user"]["id"],
            desk.id("bob"));
  const Json id = desk.act("/groups", {{"handle", "sre"}, {"users", {"carol"}}})["id"];
  EXPECT_EQ(desk.ok("usergroups.users.list", {{"usergroup", id}})["users"],
            Json::array({desk.id("carol")}));
}

TEST(SandboxSlackApi, a_file_comes_in_three_steps_and_ends_in_the_thread) {
  SlackDesk desk;
  const std::string parent = desk.post("parent");
  const Json begun = desk.ok("files.getUploadURLExternal", {{"filename", "R1.txt"}, {"length", 5}});
  const Json files = Json::array({{{"id", begun["file_id"]}, {"title", "output"}}});
  const Json share = {{"files", files}, {"channel_id", desk.channel("ops")}, {"thread_ts", parent}};
  EXPECT_EQ(desk.error("files.completeUploadExternal", share), "file_not_found")
      << "nothing was uploaded yet";
  net::HttpCall upload;
  upload.method = "POST";
  upload.url = begun["upload_url"].get<std::string>();
  upload.headers = {{"Content-Type", "application/octet-stream"}};
  upload.body = "hello";
  EXPECT_EQ(net::call(upload).response.status, 200);
  EXPECT_EQ(net::call(upload).response.status, 404) << "an address is good for one file";
  const Json done = desk.ok("files.completeUploadExternal", share);
  const Json thread =
      desk.ok("conversations.replies", {{"channel", desk.channel("ops")}, {"ts", parent}});
  EXPECT_EQ(thread["messages"][1]["files"][0]["id"], begun["file_id"]);
  net::HttpCall read;
  read.url = done["files"][0]["url_private"].get<std::string>();
  EXPECT_EQ(net::call(read).response.status, 404) << "private";
  read.headers = {{"Authorization", "Bearer " + desk.info().bot_token}};
  EXPECT_EQ(net::call(read).response.body, "hello");
}

TEST(SandboxSlackApi, an_ephemeral_message_is_seen_by_one_person_alone) {
  SlackDesk desk;
  const Json args = {
      {"channel", desk.channel("ops-prod")}, {"user", desk.id("alice")}, {"text", "only you"}};
  const Json told = desk.ok("chat.postEphemeral", args);
  const Json seen = desk.control("/seen?user=alice").body["messages"];
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0]["ts"], told["message_ts"]);
  EXPECT_TRUE(desk.control("/seen?user=bob").body["messages"].empty());
  EXPECT_TRUE(desk.control("/messages?channel=ops-prod").body["messages"].empty());
  const Json stranger = {
      {"channel", desk.channel("ops-prod")}, {"user", desk.id("carol")}, {"text", "x"}};
  EXPECT_EQ(desk.error("chat.postEphemeral", stranger), "user_not_in_channel");
}

TEST(SandboxSlackApi, what_was_said_is_still_there_after_a_restart) {
  const Folder folder;
  SandboxOptions options;
  options.snapshot_file = (folder.path / "world.json").string();
  std::string ts;
  {
    SlackDesk desk(options);
    ts = desk.post("remember me");
    desk.act("/react", {{"user", "bob"}, {"channel", "ops"}, {"ts", ts}, {"name", "thumbsup"}});
  }
  SlackDesk desk(options);
  const Json kept = history(desk, ts);
  EXPECT_EQ(kept["text"], "remember me");
  EXPECT_EQ(kept["reactions"][0]["name"], "+1");
  EXPECT_LT(ts, desk.post("later"));
}

TEST(SandboxSlackApi, calls_of_the_bot_are_logged_where_the_environment_says) {
  const Folder folder;
  setenv("COUNTERSIGN_SENT_LOG", folder.path.c_str(), 1);
  {
    SlackDesk desk;
    desk.post("logged");
    desk.socket_url();
  }
  unsetenv("COUNTERSIGN_SENT_LOG");
  std::ifstream in(folder.path / ("sent-" + std::to_string(getpid()) + ".jsonl"));
  std::string line, more;
  ASSERT_TRUE(std::getline(in, line));
  const Json call = Json::parse(line);
  EXPECT_EQ(call["method"], "chat.postMessage");
  EXPECT_EQ(call["args"]["text"], "logged");
  EXPECT_EQ(call["encoding"], "form");
  EXPECT_FALSE(call["args"].contains("token"));
  EXPECT_FALSE(std::getline(in, more)) << "the app's token is not the bot's";
}

}  // namespace
}  // namespace countersign::adapters::sandbox
