// The Slack half's Socket Mode over real sockets: what people do reaches the app, and its answers
// reach them.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/adapters/sandbox_slack_harness.h"

namespace countersign::adapters::sandbox {
namespace {

// A message of the bot's with a button, a menu and more, in an attachment.
std::string post_plan(SlackDesk& desk) {
  const auto option = [](const std::string& value) {
    return Json{{"text", plain_text(value)}, {"value", value}};
  };
  const Json menu = {{"type", "static_select"},
                     {"action_id", "snooze"},
                     {"placeholder", plain_text("Snooze")},
                     {"options", {option("hour"), option("day")}}};
  const Json more = {{"type", "overflow"}, {"action_id", "more"}, {"options", {option("explain")}}};
  const Json actions = {{"type", "actions"},
                        {"block_id", "vote"},
                        {"elements", {button("approve", "R1"), menu, more}}};
  const Json attachment = {{"color", "#d98a14"}, {"blocks", Json::array({actions})}};
  return desk
      .ok("chat.postMessage", {{"channel", desk.channel("ops")},
                               {"text", "plan"},
                               {"attachments", Json::array({attachment})}})
      .at("ts")
      .get<std::string>();
}

Json reason_view() {
  const Json input = {{"type", "input"},
                      {"block_id", "why"},
                      {"label", plain_text("Reason")},
                      {"element", {{"type", "plain_text_input"}, {"action_id", "text"}}}};
  return {{"type", "modal"},
          {"callback_id", "deny"},
          {"private_metadata", "R1"},
          {"title", plain_text("Deny")},
          {"submit", plain_text("Deny")},
          {"blocks", Json::array({input})}};
}

// Presses a button as alice and hands over the envelope.
Json pressed(SlackDesk& desk, AppSocket& app) {
  const Json sent = desk.act(
      "/click",
      {{"user", "alice"}, {"channel", "ops"}, {"ts", post_plan(desk)}, {"action_id", "approve"}});
  const Json envelope = app.wait_envelope(sent["envelope_id"].get<std::string>());
  app.ack(envelope);
  return envelope;
}

std::string open_reason(SlackDesk& desk, AppSocket& app) {
  const Json trigger = pressed(desk, app)["payload"]["trigger_id"];
  const Json opened = desk.ok("views.open", {{"trigger_id", trigger}, {"view", reason_view()}});
  return opened["view"]["id"].get<std::string>();
}

// Runs `work` as another person would, while the test answers as the app.
class Meanwhile {
 public:
  explicit Meanwhile(std::function<Json()> work)
      : thread_([this, work = std::move(work)] { answer_ = work(); }) {}
  Json answer() {
    thread_.join();
    return answer_;
  }

 private:
  Json answer_;
  std::thread thread_;
};

TEST(SandboxSlackEvents, a_ticket_opens_one_connection_that_begins_with_hello) {
  SlackDesk desk;
  const std::string url = desk.socket_url();
  AppSocket app(desk.harness.io, url);
  const Json hello = app.hello();
  EXPECT_EQ(hello["type"], "hello");
  EXPECT_EQ(hello["num_connections"], 1);
  EXPECT_EQ(hello["connection_info"]["app_id"], desk.info().app_id);
  AppSocket second(desk.harness.io, url);
  EXPECT_NE(second.listener().wait_closed().find("401"), std::string::npos);
}

TEST(SandboxSlackEvents, what_a_person_types_comes_escaped_and_with_tokens) {
  SlackDesk desk;
  const auto app = desk.connect();
  const std::string ts = desk.say("alice", "a < b & @bob, #ops `@bob` http://x.test/?a=1&b=2.");
  const Json event = app->wait_event("message");
  EXPECT_EQ(event["text"], "a &lt; b &amp; <@" + desk.id("bob") + ">, <#" + desk.channel("ops") +
                               "|ops> `@bob` <http://x.test/?a=1&amp;b=2>.");
  EXPECT_EQ(event["user"], desk.id("alice"));
  EXPECT_EQ(event["ts"], ts);
  EXPECT_EQ(event["channel"], desk.channel("ops"));
  EXPECT_EQ(event["channel_type"], "channel");
  EXPECT_TRUE(event.contains("client_msg_id"));
}

TEST(SandboxSlackEvents, naming_the_bot_is_told_twice_over_the_same_message) {
  SlackDesk desk;
  const auto app = desk.connect();
  const std::string ts = desk.say("alice", "@countersign status");
  EXPECT_EQ(app->wait_event("message")["ts"], ts);
  EXPECT_EQ(app->wait_event("app_mention")["ts"], ts);
}

TEST(SandboxSlackEvents, threads_private_and_direct_channels_say_what_they_are) {
  SlackDesk desk;
  const auto app = desk.connect();
  const std::string parent = desk.post("parent");
  desk.say("bob", "reply", parent);
  Json event = app->wait([](const Json& payload) {
    return payload.value("/event/text"_json_pointer, "") == "reply";
  })["payload"]["event"];
  EXPECT_EQ(event["thread_ts"], parent);
  EXPECT_EQ(event["parent_user_id"], desk.info().bot_user_id);
  desk.say("bob", "secret", "", "ops-prod");
  event = app->wait([](const Json& payload) {
    return payload.value("/event/text"_json_pointer, "") == "secret";
  })["payload"]["event"];
  EXPECT_EQ(event["channel_type"], "group");
  const Json direct = desk.act("/open", {{"user", "bob"}, {"with", "countersign"}});
  desk.say("bob", "psst", "", direct["channel"].get<std::string>());
  event = app->wait([](const Json& payload) {
    return payload.value("/event/text"_json_pointer, "") == "psst";
  })["payload"]["event"];
  EXPECT_EQ(event["channel_type"], "im");
  EXPECT_EQ(event["channel"].get<std::string>().front(), 'D');
}

TEST(SandboxSlackEvents, edits_and_deletions_are_hidden_messages) {
  SlackDesk desk;
  const auto app = desk.connect();
  const std::string ts = desk.say("alice", "before");
  const Json place = {{"user", "alice"}, {"channel", "ops"}, {"ts", ts}, {"text", "after"}};
  desk.act("/edit", place);
  const Json changed = app->wait_event("message", "message_changed");
  EXPECT_EQ(changed["message"]["ts"], ts);
  EXPECT_EQ(changed["message"]["text"], "after");
  EXPECT_EQ(changed["previous_message"]["text"], "before");
  EXPECT_NE(changed["ts"], ts) << "the event has a time of its own";
  desk.act("/delete", place);
  EXPECT_EQ(app->wait_event("message", "message_deleted")["deleted_ts"], ts);
}

TEST(SandboxSlackEvents, reactions_come_under_their_one_name) {
  SlackDesk desk;
  const auto app = desk.connect();
  const std::string ts = desk.post("vote");
  Json reaction = {
      {"user", "bob"}, {"channel", "ops"}, {"ts", ts}, {"name", "thumbsup::skin-tone-3"}};
  desk.act("/react", reaction);
  const Json added = app->wait_event("reaction_added");
  EXPECT_EQ(added["reaction"], "+1::skin-tone-3");
  EXPECT_EQ(added["user"], desk.id("bob"));
  EXPECT_EQ(added["item"]["ts"], ts);
  EXPECT_EQ(added["item_user"], desk.info().bot_user_id);
  reaction["remove"] = true;
  desk.act("/react", reaction);
  EXPECT_EQ(app->wait_event("reaction_removed")["item"]["ts"], ts);
}

// What makes deduplication necessary (I1, T35).
TEST(SandboxSlackEvents, an_event_that_is_not_acked_comes_again_as_the_same_event) {
  SandboxOptions options;
  options.slack_ack_timeout = std::chrono::milliseconds(20);
  options.slack_retry_delays = {std::chrono::milliseconds(0)};
  SlackDesk desk(options);
  const auto app = desk.connect();
  desk.say("alice", "hello?");
  const std::vector<Json> frames = app->listener().wait_count(3);
  EXPECT_EQ(frames[1]["retry_attempt"], 0);
  EXPECT_EQ(frames[1]["retry_reason"], "");
  EXPECT_EQ(frames[2]["retry_attempt"], 1);
  EXPECT_EQ(frames[2]["retry_reason"], "timeout");
  EXPECT_EQ(frames[1]["payload"]["event_id"], frames[2]["payload"]["event_id"]);
}

TEST(SandboxSlackEvents, what_happened_while_nobody_was_connected_is_told_later) {
  SandboxOptions options;
  options.slack_ack_timeout = std::chrono::milliseconds(5);
  options.slack_retry_delays.assign(1000, std::chrono::milliseconds(20));
  SlackDesk desk(options);
  desk.say("alice", "anybody there?");
  const auto app = desk.connect();
  const Json envelope = app->wait([](const Json& payload) { return payload.contains("event"); });
  EXPECT_EQ(envelope["payload"]["event"]["text"], "anybody there?");
  EXPECT_GT(envelope["retry_attempt"], 0);
}

TEST(SandboxSlackEvents, each_event_goes_to_one_connection_and_not_to_one_that_leaves) {
  SlackDesk desk;
  const auto old = desk.connect();
  desk.act("/disconnect", {{"reason", "refresh_requested"}});
  EXPECT_EQ(old->listener().wait_count(2)[1]["reason"], "refresh_requested");
  const auto fresh = desk.connect();
  EXPECT_EQ(fresh->hello()["num_connections"], 2);
  desk.say("alice", "to whom?");
  EXPECT_EQ(fresh->wait_event("message")["text"], "to whom?");
  EXPECT_EQ(desk.control("/sent").body["deliveries"].size(), 1U);
  desk.act("/disconnect", {{"mode", "abort"}});
  fresh->listener().wait_closed();
}

TEST(SandboxSlackEvents, a_click_in_an_attachment_says_who_where_and_what) {
  SlackDesk desk;
  const auto app = desk.connect();
  const Json envelope = pressed(desk, *app);
  const Json& payload = envelope["payload"];
  EXPECT_EQ(envelope["accepts_response_payload"], false);
  EXPECT_EQ(payload["user"]["id"], desk.id("alice"));
  EXPECT_EQ(payload["user"]["team_id"], desk.info().team_id);
  EXPECT_EQ(payload["container"]["type"], "message_attachment");
  EXPECT_EQ(payload["container"]["channel_id"], desk.channel("ops"));
  EXPECT_EQ(payload["message"]["ts"], payload["container"]["message_ts"]);
  EXPECT_EQ(payload["actions"][0]["value"], "R1");
  EXPECT_EQ(payload["actions"][0]["block_id"], "vote");
}

TEST(SandboxSlackEvents, menus_bring_the_chosen_option_and_take_no_other) {
  SlackDesk desk;
  const auto app = desk.connect();
  Json click = {{"user", "bob"}, {"channel", "ops"}, {"ts", post_plan(desk)}};
  const auto choose = [&](const std::string& action, const std::string& value) {
    click["action_id"] = action;
    click["selected"] = value;
    return desk.control("/click", click).body;
  };
  EXPECT_EQ(choose("snooze", "year")["error"], "option_not_found");
  EXPECT_EQ(choose("nothing", "day")["error"], "action_not_found");
  for (const auto& [action, value] : {std::pair{"snooze", "day"}, {"more", "explain"}}) {
    EXPECT_EQ(choose(action, value)["ok"], true);
    const Json envelope = app->wait([action = action](const Json& payload) {
      return payload.value("/actions/0/action_id"_json_pointer, "") == action;
    });
    EXPECT_EQ(envelope["payload"]["actions"][0]["selected_option"]["value"], value);
  }
}

TEST(SandboxSlackEvents, a_response_url_changes_even_what_one_person_alone_sees) {
  SlackDesk desk;
  const auto app = desk.connect();
  const Json actions = {{"type", "actions"}, {"elements", {button("undo", "R1")}}};
  const Json told = desk.ok("chat.postEphemeral", {{"channel", desk.channel("ops")},
                                                   {"user", desk.id("bob")},
                                                   {"text", "undo?"},
                                                   {"blocks", Json::array({actions})}});
  const Json click = {
      {"user", "bob"}, {"channel", "ops"}, {"ts", told["message_ts"]}, {"action_id", "undo"}};
  desk.act("/click", click);
  const Json payload = app->wait_interaction("block_actions")["payload"];
  EXPECT_EQ(payload["container"]["is_ephemeral"], true);
  EXPECT_FALSE(payload.contains("message"));
  const std::string url = payload["response_url"].get<std::string>();
  for (int i = 0; i < 5; ++i) {
    const Reply reply = desk.post_to(url, {{"replace_original", true}, {"text", "undone"}});
    EXPECT_EQ(reply.text, "ok");
  }
  const Reply sixth = desk.post_to(url, {{"text", "again"}});
  EXPECT_EQ(sixth.status, 404);
  EXPECT_EQ(sixth.body["error"], "used_url");
  const Json seen = desk.control("/seen?user=bob").body["messages"];
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0]["text"], "undone");
  EXPECT_EQ(seen[0]["ts"], told["message_ts"]);
}

TEST(SandboxSlackEvents, a_trigger_opens_one_window_within_three_seconds) {
  std::int64_t now = 1'700'000'000'000;
  SandboxOptions options;
  options.clock = [&now] { return now; };
  SlackDesk desk(options);
  const auto app = desk.connect();
  const Json trigger = pressed(desk, *app)["payload"]["trigger_id"];
  const Json open = {{"trigger_id", trigger}, {"view", reason_view()}};
  const Json bogus = {{"trigger_id", "1.2.x"}, {"view", reason_view()}};
  now += 3001;
  EXPECT_EQ(desk.error("views.open", bogus), "invalid_trigger_id");
  EXPECT_EQ(desk.error("views.open", open), "expired_trigger_id");
  const Json again = {{"trigger_id", pressed(desk, *app)["payload"]["trigger_id"]},
                      {"view", reason_view()}};
  EXPECT_EQ(desk.error("views.open", again), "");
  EXPECT_EQ(desk.error("views.open", again), "exchanged_trigger_id");
}

TEST(SandboxSlackEvents, a_window_stays_open_until_the_app_is_content) {
  SlackDesk desk;
  const auto app = desk.connect();
  const std::string view = open_reason(desk, *app);
  const auto submit = [&](const std::string& text) {
    return Json{{"user", "alice"}, {"view_id", view}, {"values", {{"why", text}}}};
  };
  const Reply empty = desk.control("/submit", submit(""));
  EXPECT_EQ(empty.body["error"], "invalid_values") << "a field that must be filled in";
  Meanwhile first([&] { return desk.control("/submit", submit("no")).body; });
  const Json envelope = app->wait_interaction("view_submission");
  EXPECT_EQ(envelope["accepts_response_payload"], true);
  const Json& shown = envelope["payload"]["view"];
  EXPECT_EQ(shown["private_metadata"], "R1");
  EXPECT_EQ(shown["state"]["values"]["why"]["text"]["value"], "no");
  app->ack(envelope, {{"response_action", "errors"}, {"errors", {{"why", "too short"}}}});
  EXPECT_EQ(first.answer()["errors"]["why"], "too short");
  EXPECT_EQ(desk.control("/seen?user=alice").body["views"].size(), 1U);
  Meanwhile second([&] { return desk.control("/submit", submit("disk is fine")).body; });
  app->ack(app->wait([](const Json& payload) {
    return payload.value("/view/state/values/why/text/value"_json_pointer, "") == "disk is fine";
  }));
  EXPECT_EQ(second.answer()["acked"], true);
  EXPECT_TRUE(desk.control("/seen?user=alice").body["views"].empty());
}

TEST(SandboxSlackEvents, a_window_is_changed_only_by_who_knows_its_hash) {
  SlackDesk desk;
  const auto app = desk.connect();
  const std::string view = open_reason(desk, *app);
  const Json stale = {{"view_id", view}, {"hash", "1.x"}, {"view", reason_view()}};
  EXPECT_EQ(desk.error("views.update", stale), "hash_conflict");
  desk.ok("views.update", {{"view_id", view}, {"view", reason_view()}});
  desk.act("/close", {{"user", "alice"}, {"view_id", view}});
  EXPECT_EQ(desk.error("views.update", {{"view_id", view}, {"view", reason_view()}}), "not_found");
}

TEST(SandboxSlackEvents, a_command_is_answered_with_its_ack_and_to_its_sender_alone) {
  SlackDesk desk;
  const auto app = desk.connect();
  Json typed = {{"user", "carol"}, {"channel", "ops"}, {"text", "/countersign ask @bob"}};
  desk.act("/slash", typed);
  const Json envelope = app->wait_interaction("/countersign");
  EXPECT_EQ(envelope["accepts_response_payload"], true);
  EXPECT_EQ(envelope["payload"]["text"], "ask <@" + desk.id("bob") + "|bob>");
  EXPECT_EQ(envelope["payload"]["user_id"], desk.id("carol"));
  typed["wait"] = true;
  Meanwhile second([&] { return desk.control("/slash", typed).body; });
  app->ack(app->wait([&](const Json& payload) {
    return payload.contains("command") &&
           payload["trigger_id"] != envelope["payload"]["trigger_id"];
  }),
           {{"text", "asked"}});
  EXPECT_EQ(second.answer()["payload"]["text"], "asked");
  const Json seen = desk.control("/seen?user=carol").body["messages"];
  EXPECT_EQ(seen.back()["text"], "asked");
  EXPECT_TRUE(desk.control("/seen?user=alice").body["messages"].empty());
  typed["text"] = "/unknown";
  EXPECT_EQ(desk.control("/slash", typed).body["error"], "invalid_command");
  typed["text"] = "/countersign why";
  typed["thread_ts"] = desk.post("parent");
  EXPECT_EQ(desk.control("/slash", typed).body["error"], "not_supported_in_threads");
}

TEST(SandboxSlackEvents, who_comes_from_elsewhere_says_so_with_every_act) {
  SlackDesk desk;
  const auto app = desk.connect();
  desk.act("/users", {{"username", "otto"}, {"outsider", true}});
  desk.act(
      "/click",
      {{"user", "otto"}, {"channel", "ops"}, {"ts", post_plan(desk)}, {"action_id", "approve"}});
  const Json payload = app->wait_interaction("block_actions")["payload"];
  EXPECT_NE(payload["user"]["team_id"], desk.info().team_id);
  EXPECT_EQ(payload["team"]["id"], desk.info().team_id);
}

TEST(SandboxSlackEvents, people_who_join_are_announced) {
  SlackDesk desk;
  const auto app = desk.connect();
  desk.act("/members", {{"channel", "ops-prod"}, {"user", "carol"}});
  const Json event = app->wait_event("member_joined_channel");
  EXPECT_EQ(event["user"], desk.id("carol"));
  EXPECT_EQ(event["channel_type"], "G");
  EXPECT_EQ(app->wait_event("message", "channel_join")["user"], desk.id("carol"));
}

}  // namespace
}  // namespace countersign::adapters::sandbox
