// What the adapter hears, says and is told.
#include "tests/unit/adapters/slack_link_fixture.h"

namespace countersign::adapters::slack {
namespace {

TEST_F(SlackLinkTest, a_command_becomes_an_event) {
  start();
  auto inner = message("!remediate <http://db-1.example.com|db-1.example.com> msg=\u201Ca b\u201D");
  inner["thread_ts"] = "1732190000.000200";
  say("1", inner);
  const auto in = inbox_.arrived.at(0);
  const std::string text = "!remediate db-1.example.com msg=\"a b\"";
  EXPECT_EQ(in.source, "slack");
  EXPECT_EQ(in.trigger, core::kChatCommand);
  EXPECT_EQ(in.delivery_id, "Ev1");
  EXPECT_EQ(in.body_hash, core::sha256_hex(text));
  EXPECT_EQ(
      in.body,
      Json({{"text", text},
            {"message", "1732191000.000100"},
            {"place", core::ChatPlace{"slack", "C0OPS", "1732190000.000200"}},
            {"person", core::Person{"slack:U0ALICE", "alice"}},
            {"at", core::format_instant(*core::parse_instant("2024-11-21T12:10:00.000100Z"))}}));
  EXPECT_EQ(slack_.ack("1").json, Json({{"envelope_id", "1"}}));
}

TEST_F(SlackLinkTest, a_mention_comes_twice_and_is_one_command_I3) {
  start();
  say("1", message("<@U0BOT> status", "1732191000.000100", "app_mention"));
  say("2", message("<@U0BOT> status"));
  say("3", message("<@U0BOT> status", "1732191000.000200"));
  const auto first = inbox_.arrived.at(0);
  const auto second = inbox_.arrived.at(1);
  EXPECT_EQ(first.body.at("text"), "@countersign status");
  EXPECT_EQ(first.dedup_key, second.dedup_key);
  EXPECT_EQ(first.body_hash, second.body_hash);
  EXPECT_NE(first.dedup_key, inbox_.arrived.at(2).dedup_key);
}

TEST_F(SlackLinkTest, what_is_not_ours_is_acknowledged_at_once_and_does_nothing_T30_T37) {
  start();
  auto edited = message("!edited");
  edited["subtype"] = "message_changed";
  auto bot = message("!bot");
  bot["bot_id"] = "B1";
  auto own = message("!own");
  own["user"] = "U0BOT";
  auto alerts = message("!other bot");
  alerts["user"] = "U0OTHERBOT";
  auto shared = message("");
  shared["attachments"] = {{{"is_share", true}, {"text", "!forwarded"}}};
  int number = 0;
  for (const auto& inner :
       {edited, bot, own, alerts, shared, message("chatter"), message("&gt; !quoted"),
        reaction("1.0", true, "U0BOT"), Json{{"type", "member_joined_channel"}}}) {
    say(std::to_string(++number), inner);
    EXPECT_EQ(slack_.ack(std::to_string(number)).json.size(), 1U);
  }
  slack_.send(0, {{"type", "something_new"}, {"envelope_id", "n"}, {"payload", Json::object()}});
  slack_.ack("n");
  EXPECT_EQ(inbox_.arrived.count(), 0U);
  EXPECT_EQ(desk_.arrived.count(), 0U);
}

TEST_F(SlackLinkTest, acknowledges_a_command_only_when_it_is_durable) {
  start();
  inbox_.hold();
  say("1", message("!status"));
  inbox_.arrived.at(0);
  say("2", message("chatter"));
  slack_.ack("2");
  EXPECT_FALSE(slack_.acked("1"));
  inbox_.release();
  slack_.ack("1");
}

TEST_F(SlackLinkTest, offers_a_command_again_until_the_inbox_takes_it) {
  inbox_.refusals = 3;
  start();
  say("1", message("!status"));
  slack_.ack("1");
  EXPECT_EQ(inbox_.arrived.count(), 1U);
}

TEST_F(SlackLinkTest, a_redelivered_command_is_not_dropped) {
  start();
  say("1", message("!status"), 0, 3);
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!status");
}

TEST_F(SlackLinkTest, a_slash_command_is_the_same_command) {
  start();
  const auto slash = [](const std::string& envelope, const std::string& text) {
    return Json{{"type", "slash_commands"},
                {"envelope_id", envelope},
                {"accepts_response_payload", true},
                {"payload",
                 {{"command", "/countersign"},
                  {"text", text},
                  {"channel_id", "C0OPS"},
                  {"user_id", "U0ALICE"},
                  {"trigger_id", "1.2." + envelope}}}};
  };
  slack_.send(0, slash("1", "approve R12 looks &lt;good&gt;"));
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!approve R12 looks <good>");
  EXPECT_EQ(inbox_.arrived.at(0).body.at("message"), "");
  EXPECT_TRUE(core::parse_instant(inbox_.arrived.at(0).body.at("at").get<std::string>()));
  slack_.send(0, slash("2", " "));
  EXPECT_EQ(inbox_.arrived.at(1).body.at("text"), "!help");
  EXPECT_NE(inbox_.arrived.at(0).dedup_key, inbox_.arrived.at(1).dedup_key);
  slack_.ack("2");
}

TEST_F(SlackLinkTest, listens_on_the_old_socket_while_the_new_one_comes_up_T42) {
  start();
  slack_.greet_by_hand();
  slack_.send(0, {{"type", "disconnect"}, {"reason", "warning"}});
  EXPECT_EQ(slack_.opened.at(1), 1U);
  say("old", message("!one"));
  EXPECT_EQ(slack_.ack("old").socket, 0U);
  slack_.send(1, {{"type", "hello"}, {"num_connections", 2}});
  say("new", message("!two", "1732191000.000200"), 1);
  EXPECT_EQ(slack_.ack("new").socket, 1U);
  say("late", message("!three", "1732191000.000300"), 0);
  EXPECT_EQ(slack_.ack("late").socket, 0U);
  EXPECT_EQ(desk_.changes.count(), 1U);  // never down
  slack_.close(0);
  say("after", message("!four", "1732191000.000400"), 1);
  slack_.ack("after");
  EXPECT_EQ(desk_.changes.count(), 1U);
  EXPECT_EQ(slack_.opened.count(), 2U);
}

TEST_F(SlackLinkTest, an_old_socket_is_left_after_the_overlap) {
  auto timing = kFast;
  timing.overlap = 50ms;
  make(timing);
  start();
  slack_.send(0, {{"type", "disconnect"}, {"reason", "refresh_requested"}});
  EXPECT_EQ(slack_.closed.at(0), 0U);
  EXPECT_EQ(slack_.opened.at(1), 1U);
}

TEST_F(SlackLinkTest, a_cut_socket_is_replaced_and_said_to_be_down) {
  start();
  slack_.close(0, 0);
  EXPECT_FALSE(desk_.changes.at(1).first);
  EXPECT_TRUE(desk_.changes.at(2).first);
  say("1", message("!status"), 1);
  slack_.ack("1");
}

TEST_F(SlackLinkTest, a_socket_without_a_greeting_is_no_connection) {
  slack_.greet_by_hand();
  adapter_->start(inbox_, desk_);
  EXPECT_EQ(desk_.changes.at(0), std::pair(false, std::string("no greeting came")));
  EXPECT_EQ(slack_.opened.at(1), 1U);
  slack_.send(1, {{"type", "hello"}, {"num_connections", 1}});
  EXPECT_TRUE(desk_.changes.at(1).first);
}

TEST_F(SlackLinkTest, stops_for_good_when_socket_mode_is_switched_off) {
  start();
  slack_.send(0, {{"type", "disconnect"}, {"reason", "link_disabled"}});
  const auto change = desk_.changes.at(1);
  EXPECT_FALSE(change.first);
  EXPECT_NE(change.second.find("Socket Mode is switched off"), std::string::npos);
  EXPECT_EQ(slack_.closed.at(0), 0U);
  EXPECT_EQ(slack_.calls("apps.connections.open"), 1U);
}

TEST_F(SlackLinkTest, makes_room_before_it_opens_another_socket) {
  start();
  slack_.greet_by_hand();
  slack_.send(0, {{"type", "disconnect"}, {"reason", "refresh_requested"}});
  slack_.opened.at(1);
  slack_.send(1, {{"type", "disconnect"}, {"reason", "too_many_websockets"}});
  slack_.closed.at(1);  // both are closed
  slack_.opened.at(2);
  slack_.send(2, {{"type", "hello"}, {"num_connections", 1}});
  say("1", message("!status"), 2);
  slack_.ack("1");
}

TEST_F(SlackLinkTest, a_refused_token_is_said_clearly_and_kept_to_itself_T45) {
  slack_.next("apps.connections.open", {{"ok", false}, {"error", "invalid_auth"}});
  adapter_->start(inbox_, desk_);
  const auto change = desk_.changes.at(0);
  EXPECT_FALSE(change.first);
  EXPECT_EQ(change.second, "the app token does not work: Slack refused: invalid_auth");
  EXPECT_TRUE(desk_.changes.at(1).first);
  EXPECT_EQ(slack_.call("apps.connections.open").authorization, "Bearer xapp-secret");
}

TEST_F(SlackLinkTest, a_bot_token_of_nobody_is_said_too) {
  slack_.next("auth.test", {{"ok", false}, {"error", "account_inactive"}});
  adapter_->start(inbox_, desk_);
  EXPECT_EQ(desk_.changes.at(0).second, "Slack refused: account_inactive");
  EXPECT_TRUE(desk_.changes.at(1).first);
}

TEST_F(SlackLinkTest, reactions_are_acts_with_stable_ids_T38) {
  start();
  say("1", reaction("10.000000"));
  say("2", reaction("11.000000", false));
  say("3", reaction("12.000000"));
  slack_.always(
      "reactions.get",
      {{"ok", true}, {"message", {{"reactions", {{{"name", "+1"}, {"users", {"U0BOB"}}}}}}}});
  say("4", reaction("12.000000"), 0, 1);
  say("5", reaction("9.000000", false), 0, 1);  // not so any more
  for (const auto* envelope : {"1", "2", "3", "4", "5"}) slack_.ack(envelope);
  EXPECT_EQ(desk_.arrived.count(), 4U);
  const auto added = desk_.arrived.at(0);
  EXPECT_EQ(added.kind, Act::Kind::emoji_added);
  EXPECT_EQ(added.person.key, "slack:U0BOB");
  EXPECT_EQ(added.person.name, "bob");
  EXPECT_EQ(added.message_id, "1732191000.000100");
  EXPECT_TRUE(added.human);
  EXPECT_FALSE(added.caught_up);
  EXPECT_EQ(desk_.arrived.at(1).kind, Act::Kind::emoji_removed);
  const auto again = desk_.arrived.at(2);
  const auto redelivered = desk_.arrived.at(3);
  EXPECT_NE(again.id, added.id);
  EXPECT_EQ(again.id, redelivered.id);
}

TEST_F(SlackLinkTest, a_bot_votes_for_nothing_T38) {
  start();
  say("1", reaction("10.000000", true, "U0OTHERBOT"));
  say("2", reaction("10.000000", true, "U0NOBODY"));
  EXPECT_FALSE(desk_.arrived.at(0).human);
  EXPECT_FALSE(desk_.arrived.at(1).human);
}

TEST_F(SlackLinkTest, a_click_is_judged_and_answered_to_the_clicker_alone) {
  desk_.answer_with({.tell = "You may not approve your own request."});
  start();
  slack_.send(0, slack_.interaction("1", click()));
  const auto act = desk_.arrived.at(0);
  EXPECT_EQ(act.kind, Act::Kind::button);
  EXPECT_EQ(act.person.key, "slack:U0BOB");
  EXPECT_EQ(act.message_id, "1732191000.000100");
  EXPECT_EQ(act.context, Json({{"seal", "s"}}));
  EXPECT_EQ(slack_.ack("1").json, Json({{"envelope_id", "1"}}));
  const auto told = slack_.call("chat.postEphemeral");
  EXPECT_EQ(told.args.at("user"), "U0BOB");
  EXPECT_EQ(told.args.at("text"), "You may not approve your own request.");
  slack_.send(0, slack_.interaction("2", click()));
  slack_.send(0, slack_.interaction("3", click("1732191004.000000")));
  EXPECT_EQ(desk_.arrived.at(1).id, act.id);
  EXPECT_NE(desk_.arrived.at(2).id, act.id);
}

TEST_F(SlackLinkTest, what_was_not_kept_is_not_acknowledged) {
  desk_.answer_with({.tell = "My database is away.", .kept = false});
  start();
  slack_.send(0, slack_.interaction("1", click()));
  slack_.call("chat.postEphemeral");
  say("2", message("chatter"));
  slack_.ack("2");
  EXPECT_FALSE(slack_.acked("1"));
}

TEST_F(SlackLinkTest, a_no_asks_for_its_reason_in_a_window) {
  core::Form form;
  form.title = "Why?";
  form.fields = {{core::FormField::Kind::text, "reason", "Reason", "", "", {}, true, 100}};
  form.context = {{"seal", "f"}};
  core::ActAnswer ask;
  ask.form = form;
  desk_.answer_with(ask);
  start();
  slack_.send(0, slack_.interaction("1", click()));
  const auto opened = slack_.call("views.open");
  EXPECT_EQ(opened.args.at("trigger_id"), "1.2.abc");
  EXPECT_EQ(opened.args.at("view").at("blocks")[0].at("block_id"), "reason");

  desk_.answer_with({.errors = {{"reason", "Say more."}}});
  const auto submission = [&](const std::string& trigger, const std::string& reason) {
    return Json{{"type", "view_submission"},
                {"user", {{"id", "U0BOB"}}},
                {"trigger_id", trigger},
                {"view",
                 {{"id", "V1"},
                  {"private_metadata", opened.args.at("view").at("private_metadata")},
                  {"state", {{"values", {{"reason", {{"value", {{"value", reason}}}}}}}}}}}};
  };
  slack_.send(0, slack_.interaction("2", submission("t1", "no"), true));
  EXPECT_EQ(slack_.ack("2").json.at("payload"),
            Json({{"response_action", "errors"}, {"errors", {{"reason", "Say more."}}}}));
  desk_.answer_with({.tell = "Noted."});
  slack_.send(0, slack_.interaction("3", submission("t2", "wrong host"), true));
  EXPECT_EQ(slack_.ack("3").json, Json({{"envelope_id", "3"}}));
  const auto act = desk_.arrived.at(2);
  EXPECT_EQ(act.kind, Act::Kind::form);
  EXPECT_EQ(act.context, form.context);
  EXPECT_EQ(act.place, (core::ChatPlace{"slack", "C0OPS", ""}));
  EXPECT_EQ(act.values.at("reason"), "wrong host");
  EXPECT_NE(act.id, desk_.arrived.at(1).id);
  EXPECT_EQ(slack_.call("chat.postEphemeral").args.at("text"), "Noted.");
}

TEST_F(SlackLinkTest, a_window_that_came_too_late_is_explained) {
  core::ActAnswer ask;
  ask.form = core::Form{};
  desk_.answer_with(ask);
  slack_.next("views.open", {{"ok", false}, {"error", "expired_trigger_id"}});
  start();
  slack_.send(0, slack_.interaction("1", click()));
  EXPECT_NE(
      slack_.call("chat.postEphemeral").args.at("text").get<std::string>().find("press again"),
      std::string::npos);
}

TEST_F(SlackLinkTest, tells_failure_refusal_limits_and_doubt_apart) {
  slack_.next(
      "chat.postMessage",
      net::HttpResponse{429, {{"Retry-After", "7"}}, R"({"ok":false,"error":"ratelimited"})"});
  const auto slow = adapter_->deliver(post("1"), {});
  EXPECT_EQ(slow.kind, Delivery::Kind::failed);
  EXPECT_TRUE(slow.retryable);
  EXPECT_EQ(slow.retry_after, 7s);
  EXPECT_EQ(slow.hold, Delivery::Hold::channel);
  slack_.next("chat.postMessage", {{"ok", false}, {"error", "rate_limited"}});
  EXPECT_TRUE(adapter_->deliver(post("1"), {}).retry_after.has_value());

  slack_.next("chat.postMessage", {{"ok", false}, {"error", "not_in_channel"}});
  const auto refused = adapter_->deliver(post("2"), {});
  EXPECT_EQ(refused.kind, Delivery::Kind::failed);
  EXPECT_FALSE(refused.retryable);
  EXPECT_NE(refused.why.find("invite"), std::string::npos);

  auto update = post("3");
  update.op = Outgoing::Op::update;
  update.message_id = "1732191000.000100";
  slack_.next("chat.update", {{"ok", false}, {"error", "message_not_found"}});
  EXPECT_FALSE(adapter_->deliver(update, {}).retryable);
  slack_.next("chat.update", net::HttpResponse{503, {}, "<html>"});
  EXPECT_EQ(adapter_->deliver(update, {}).kind, Delivery::Kind::failed);
  slack_.next("chat.update", net::HttpResponse{429, {{"Retry-After", "1"}}, ""});
  EXPECT_EQ(adapter_->deliver(update, {}).hold, Delivery::Hold::op);
}

TEST_F(SlackLinkTest, looks_for_a_post_that_may_be_there_before_it_posts_again_I19) {
  slack_.next("chat.postMessage", net::HttpResponse{502, {}, "<html>bad gateway</html>"});
  auto out = post("plan");
  ASSERT_EQ(adapter_->deliver(out, {}).kind, Delivery::Kind::unknown);
  EXPECT_FALSE(adapter_->find(out, {}));
  const Json ours = {
      {"ts", "1732191009.000000"},
      {"bot_id", "B0BOT"},
      {"metadata",
       {{"event_type", "countersign_message"}, {"event_payload", {{"client_id", "client-1"}}}}}};
  auto forged = ours;
  forged["bot_id"] = "B0OTHER";
  forged["ts"] = "1732191010.000000";
  slack_.always("conversations.history", {{"ok", true}, {"messages", {forged, ours}}});
  const auto found = adapter_->find(out, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message_id, "1732191009.000000");
  EXPECT_EQ(slack_.call("conversations.history").args.at("include_all_metadata"), "true");

  // The next try of an unclear post looks by itself.
  slack_.next("chat.postMessage", {{"ok", false}, {"error", "internal_error"}});
  ASSERT_EQ(adapter_->deliver(out, {}).kind, Delivery::Kind::unknown);
  EXPECT_EQ(adapter_->deliver(out, {}).message_id, "1732191009.000000");
  EXPECT_EQ(slack_.calls("chat.postMessage"), 2U);
}

TEST_F(SlackLinkTest, sends_json_where_it_may_and_forms_where_it_must) {
  adapter_->deliver(post("x"), {});
  const auto posted = slack_.call("chat.postMessage");
  EXPECT_EQ(posted.type, "application/json; charset=utf-8");
  EXPECT_EQ(posted.authorization, "Bearer xoxb-secret");
  EXPECT_EQ(posted.args.at("unfurl_links"), false);
  EXPECT_EQ(posted.args.at("unfurl_media"), false);
  EXPECT_EQ(posted.args.at("metadata").at("event_payload").at("client_id"), "client-1");
  EXPECT_EQ(adapter_->find_person("U0ALICE")->name, "alice");
  EXPECT_EQ(slack_.call("users.info").type, "application/x-www-form-urlencoded");
}

TEST_F(SlackLinkTest, says_nothing_after_stop) {
  start();
  adapter_->stop();
  adapter_->stop();
  EXPECT_FALSE(adapter_->connected());
  slack_.closed.at(0);
  EXPECT_EQ(desk_.changes.count(), 1U);
}

}  // namespace
}  // namespace countersign::adapters::slack
