#include "bot/core/digest.h"
#include "tests/unit/adapters/mattermost_fixture.h"

namespace countersign::adapters::mattermost {
namespace {

TEST_F(MattermostAdapterTest, a_command_becomes_an_event) {
  start();
  const auto root = chat_.post("bob", "the disk is full");
  const auto post = chat_.post("alice", "!remediate disk host=web-3", root);
  const auto in = inbox_.arrived.at(0);
  EXPECT_EQ(in.source, "mm");
  EXPECT_EQ(in.trigger, core::kChatCommand);
  EXPECT_EQ(in.delivery_id, post);
  EXPECT_EQ(in.dedup_key, core::sha256_of_parts(std::string("mm"), std::string("post"), post));
  EXPECT_EQ(in.body_hash, core::sha256_hex("!remediate disk host=web-3"));
  EXPECT_EQ(in.body.at("text"), "!remediate disk host=web-3");
  EXPECT_EQ(in.body.at("message"), post);
  EXPECT_EQ(in.body.at("place"), Json(core::ChatPlace{"mm", chat_.channel("ops"), root}));
  EXPECT_EQ(in.body.at("person"), Json(core::Person{"mm:" + chat_.id("alice"), "alice"}));
  EXPECT_TRUE(core::parse_instant(in.body.at("at").get<std::string>()));
  EXPECT_FALSE(in.correlation.empty());
}

TEST_F(MattermostAdapterTest, only_what_a_person_says_himself_is_a_command_T37_T30) {
  start();
  const auto plain = chat_.post("alice", "nothing");
  chat_.ok("alice", "PUT", "/api/v4/posts/" + plain + "/patch", {{"message", "!edited"}});
  chat_.post("alice", "!webhook", "", {{"from_webhook", "true"}});
  ASSERT_EQ(adapter_->deliver(message("x"), {}).kind, Delivery::Kind::sent);
  chat_.ok("bot", "POST", "/api/v4/posts",
           {{"channel_id", chat_.channel("ops")}, {"message", "!own"}});
  chat_.post("alice", "why not?");  // not in a thread
  const auto last = chat_.post("alice", "@countersign help");
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, last);
  EXPECT_EQ(inbox_.arrived.count(), 1U);
}

TEST_F(MattermostAdapterTest, a_question_in_a_thread_needs_no_prefix) {
  start();
  const auto root = chat_.post("bob", "the disk is full");
  const auto post = chat_.post("alice", "Why did this run?", root);
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, post);
}

TEST_F(MattermostAdapterTest, offers_a_command_again_until_the_inbox_takes_it) {
  inbox_.refusals = 3;
  start();
  const auto post = chat_.post("alice", "!status");
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, post);
}

TEST_F(MattermostAdapterTest, reactions_are_acts_with_stable_ids_T38) {
  start();
  const auto sent = adapter_->deliver(message("plan"), {});
  const Json reaction = {
      {"user_id", chat_.id("alice")}, {"post_id", sent.message_id}, {"emoji_name", "+1"}};
  const auto made = chat_.ok("alice", "POST", "/api/v4/reactions", reaction);
  const auto added = desk_.arrived.at(0);
  EXPECT_EQ(added.kind, core::Act::Kind::emoji_added);
  EXPECT_EQ(added.id, "mm:react:" + sent.message_id + ":" + chat_.id("alice") +
                          ":+1:" + std::to_string(made.at("create_at").get<std::int64_t>()));
  EXPECT_EQ(added.emoji, "+1");
  EXPECT_EQ(added.message_id, sent.message_id);
  EXPECT_EQ(added.person.name, "alice");
  EXPECT_EQ(added.place.channel, chat_.channel("ops"));
  EXPECT_TRUE(added.human);
  chat_.ok("alice", "DELETE", "/api/v4/users/me/posts/" + sent.message_id + "/reactions/+1");
  const auto removed = desk_.arrived.at(1);
  EXPECT_EQ(removed.kind, core::Act::Kind::emoji_removed);
  EXPECT_EQ(removed.person.key, "mm:" + chat_.id("alice"));
}

TEST_F(MattermostAdapterTest, posts_updates_and_finds_its_messages) {
  start();
  auto out = message("first @channel");
  out.message.buttons = {button()};
  const auto sent = adapter_->deliver(out, {});
  ASSERT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
  EXPECT_EQ(sent.channel_id, chat_.channel("ops"));
  EXPECT_EQ(sent.thread_id, sent.message_id);
  auto post = read(sent.message_id);
  EXPECT_EQ(post.at("message"), "first @\u200Bchannel");
  EXPECT_EQ(post.at("props").at("attachments")[0].at("actions")[0].at("id"), "approve");

  // I19: the same again is the same post.
  EXPECT_EQ(adapter_->deliver(out, {}).message_id, sent.message_id);
  const auto found = adapter_->find(out, {});
  ASSERT_TRUE(found);
  EXPECT_EQ(found->message_id, sent.message_id);
  EXPECT_FALSE(adapter_->find(message("x", "another"), {}));

  auto update = message("second");
  update.op = Outgoing::Op::update;
  update.message_id = sent.message_id;
  EXPECT_EQ(adapter_->deliver(update, {}).kind, Delivery::Kind::sent);
  post = read(sent.message_id);
  EXPECT_EQ(post.at("message"), "second");
  EXPECT_FALSE(post.at("props").contains("attachments"));
  EXPECT_TRUE(adapter_->find(out, {}));
}

TEST_F(MattermostAdapterTest, answers_in_the_thread_even_when_given_a_reply) {
  start();
  const auto root = chat_.post("bob", "root");
  const auto reply = chat_.post("bob", "reply", root);
  auto out = message("in the thread");
  out.place.thread = reply;
  const auto sent = adapter_->deliver(out, {});
  ASSERT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
  EXPECT_EQ(sent.thread_id, root);
  EXPECT_EQ(read(sent.message_id).at("root_id"), root);
  out.place.thread = root;
  EXPECT_EQ(adapter_->find(out, {})->message_id, sent.message_id);
}

TEST_F(MattermostAdapterTest, joins_public_channels_and_names_unknown_ones) {
  start();
  const auto made = chat_.ok(
      "alice", "POST", "/api/v4/channels",
      {{"team_id", chat_.info.team_id}, {"name", "side"}, {"display_name", "Side"}, {"type", "O"}});
  auto out = message("hello");
  out.place.channel = "#side";
  const auto sent = adapter_->deliver(out, {});
  EXPECT_EQ(sent.kind, Delivery::Kind::sent) << sent.why;
  EXPECT_EQ(sent.channel_id, made.at("id"));
  out.place.channel = "#nowhere";
  const auto lost = adapter_->deliver(out, {});
  EXPECT_EQ(lost.kind, Delivery::Kind::failed);
  EXPECT_FALSE(lost.retryable);
  EXPECT_TRUE(lost.why.starts_with("#nowhere: ")) << lost.why;
}

TEST_F(MattermostAdapterTest, tells_one_person_directly_when_it_may_not_whisper) {
  start();
  auto out = message("only for you");
  out.op = Outgoing::Op::tell;
  out.person = "mm:" + chat_.id("alice");
  const auto told = adapter_->deliver(out, {});
  ASSERT_EQ(told.kind, Delivery::Kind::sent) << told.why;
  const auto direct = chat_.ok("alice", "POST", "/api/v4/channels/direct",
                               Json::array({chat_.id("alice"), chat_.info.bot.id}));
  const auto posts =
      chat_.ok("alice", "GET", "/api/v4/channels/" + direct.at("id").get<std::string>() + "/posts");
  EXPECT_NE(posts.dump().find("only for you"), std::string::npos);
  out.person = "other:" + chat_.id("alice");
  EXPECT_EQ(adapter_->deliver(out, {}).kind, Delivery::Kind::failed);
}

TEST_F(MattermostAdapterTest, tells_failure_refusal_and_doubt_apart) {
  public_url_.clear();  // no probe of our address that could take the refusals meant for messages
  make(chat_.info.bot.token);
  start();
  ASSERT_EQ(adapter_->deliver(message("known channel"), {}).kind, Delivery::Kind::sent);
  control("rest/refuse", {{"count", 1}, {"status", 429}, {"path", "/posts"}});
  const auto slow = adapter_->deliver(message("2", "c2"), {});
  EXPECT_EQ(slow.kind, Delivery::Kind::failed);
  EXPECT_TRUE(slow.retryable);
  EXPECT_EQ(slow.retry_after, 1000ms);
  EXPECT_EQ(slow.hold, Delivery::Hold::chat);
  control("rest/refuse", {{"count", 1}, {"status", 500}, {"path", "/posts"}});
  EXPECT_EQ(adapter_->deliver(message("3", "c3"), {}).kind, Delivery::Kind::unknown);
  auto update = message("4");
  update.op = Outgoing::Op::update;
  update.message_id = std::string(26, 'x');
  const auto missing = adapter_->deliver(update, {});
  EXPECT_EQ(missing.kind, Delivery::Kind::failed);
  EXPECT_FALSE(missing.retryable);
}

TEST_F(MattermostAdapterTest, finds_people_by_name_and_id) {
  const auto alice = adapter_->find_person("@alice");
  ASSERT_TRUE(alice.ok()) << alice.error().message;
  EXPECT_EQ(alice->key, "mm:" + chat_.id("alice"));
  EXPECT_EQ(adapter_->find_person(chat_.id("alice"))->name, "alice");
  EXPECT_EQ(adapter_->find_person("nobody").error().kind, ErrorKind::not_found);
}

TEST_F(MattermostAdapterTest, who_was_deactivated_since_or_is_a_bot_is_nobody_T34) {
  const auto alice = chat_.id("alice");
  ASSERT_TRUE(adapter_->find_person(alice).ok());
  chat_.ok("admin", "PUT", "/api/v4/users/" + alice + "/active", {{"active", false}});
  for (const std::string& name : {alice, std::string("@alice")}) {
    const auto gone = adapter_->find_person(name);
    ASSERT_FALSE(gone.ok()) << name;
    EXPECT_EQ(gone.error().kind, ErrorKind::not_found);
    EXPECT_EQ(gone.error().message, name + " is deactivated");
  }
  control("users", {{"username", "robot"}, {"bot", true}});
  const auto robot = adapter_->find_person("robot");
  ASSERT_FALSE(robot.ok());
  EXPECT_EQ(robot.error().kind, ErrorKind::not_found);
  EXPECT_EQ(robot.error().message, "robot is a bot");
  control("users", {{"username", "guest"}, {"guest", true}});
  EXPECT_TRUE(adapter_->find_person("guest").ok()) << "named by the configuration itself";
}

TEST_F(MattermostAdapterTest, a_click_is_judged_and_answered_to_the_clicker_alone) {
  desk_.tell = "You may not approve your own request.";
  start();
  auto out = message("plan");
  out.message.buttons = {button()};
  const auto sent = adapter_->deliver(out, {});
  const auto socket = chat_.listen("alice");
  chat_.ok("alice", "POST", "/api/v4/posts/" + sent.message_id + "/actions/approve",
           Json::object());
  const auto act = desk_.arrived.at(0);
  EXPECT_EQ(act.kind, core::Act::Kind::button);
  EXPECT_TRUE(act.id.starts_with("mm:click:"));
  EXPECT_EQ(act.person.key, "mm:" + chat_.id("alice"));
  EXPECT_TRUE(act.human);
  EXPECT_EQ(act.message_id, sent.message_id);
  EXPECT_EQ(act.context, Json({{"seal", "s"}}));
  EXPECT_NE(socket->wait_event("ephemeral_message").dump().find("You may not approve"),
            std::string::npos);
  // A bot may click; it is just nobody's vote.
  chat_.ok("bot", "POST", "/api/v4/posts/" + sent.message_id + "/actions/approve", Json::object());
  EXPECT_FALSE(desk_.arrived.at(1).human);
}

TEST_F(MattermostAdapterTest, malformed_clicks_are_refused_in_one_line_T41) {
  start();
  net::HttpCall click;
  click.method = "POST";
  click.url = public_url_ + "/chat/mm/action";
  click.body = R"({"user_id":"x"})";
  const auto refused = net::call(click);
  EXPECT_EQ(refused.response.status, 400);
  EXPECT_EQ(Json::parse(refused.response.body).at("error"), "user_id is missing or not an id");
  click.method = "GET";
  EXPECT_EQ(net::call(click).response.status, 405);
  // Somebody who does not exist decides nothing.
  click.method = "POST";
  click.body = Json({{"user_id", std::string(26, 'x')},
                     {"post_id", std::string(26, 'p')},
                     {"channel_id", std::string(26, 'c')},
                     {"trigger_id", "t"},
                     {"context", Json::object()}})
                   .dump();
  EXPECT_EQ(net::call(click).response.status, 200);
  EXPECT_EQ(desk_.arrived.count(), 0U);
}

TEST_F(MattermostAdapterTest, a_cut_socket_is_resumed_without_loss_or_repetition_T42) {
  start();
  const auto first = chat_.post("alice", "!one");
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, first);
  control("sockets/cut", {{"user", "countersign"}});
  const auto second = chat_.post("alice", "!two");
  EXPECT_FALSE(desk_.changes.at(1).first);
  EXPECT_TRUE(desk_.changes.at(2).first);
  EXPECT_EQ(inbox_.arrived.at(1).delivery_id, second);
  const auto third = chat_.post("alice", "!three");
  EXPECT_EQ(inbox_.arrived.at(2).delivery_id, third);
  EXPECT_EQ(inbox_.arrived.count(), 3U);
}

// The server forgets cut connections at once: every reconnect finds a gap.
class ForgetfulServer : public MattermostAdapterTest {
 protected:
  ForgetfulServer() : MattermostAdapterTest({.inactive_for = 0ms}) {}
};

TEST_F(ForgetfulServer, a_gap_is_filled_from_rest_with_commands_and_reactions_T42) {
  make(chat_.info.bot.token, {.ping_every = 50ms, .first_pause = 300ms, .longest_pause = 300ms});
  start();
  const auto sent = adapter_->deliver(message("plan"), {});
  react("alice", sent.message_id, "+1");
  EXPECT_EQ(desk_.arrived.at(0).emoji, "+1");
  const auto before = chat_.post("alice", "!before");
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, before);

  control("sockets/cut", {{"user", "countersign"}});
  EXPECT_FALSE(desk_.changes.at(1).first);
  const auto during = chat_.post("alice", "!during");
  const auto edited = chat_.post("alice", "harmless");
  chat_.ok("alice", "PUT", "/api/v4/posts/" + edited + "/patch", {{"message", "!edited"}});
  unreact("alice", sent.message_id, "+1");
  react("bob", sent.message_id, "x");

  EXPECT_EQ(inbox_.arrived.at(1).delivery_id, during);
  EXPECT_EQ(desk_.arrived.at(1).kind, core::Act::Kind::emoji_removed);
  EXPECT_EQ(desk_.arrived.at(1).person.name, "alice");
  EXPECT_EQ(desk_.arrived.at(2).kind, core::Act::Kind::emoji_added);
  EXPECT_EQ(desk_.arrived.at(2).person.name, "bob");
  const auto after = chat_.post("alice", "!after");
  EXPECT_EQ(inbox_.arrived.at(2).delivery_id, after);
  EXPECT_EQ(inbox_.arrived.count(), 3U);
}

TEST_F(MattermostAdapterTest, a_deaf_socket_is_found_out_by_its_missing_replies) {
  make(chat_.info.bot.token,
       {.ping_every = 50ms, .ping_reply = 100ms, .first_pause = 20ms, .longest_pause = 200ms});
  start();
  control("sockets/deaf", {{"user", "countersign"}});
  EXPECT_EQ(desk_.changes.at(1), std::pair(false, std::string("no reply to a ping")));
  EXPECT_TRUE(desk_.changes.at(2).first);
  const auto post = chat_.post("alice", "!heard");
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, post);
}

TEST_F(MattermostAdapterTest, says_that_the_token_is_bad_and_keeps_it_to_itself_T45) {
  make("not-a-token-of-anybody");
  adapter_->start(inbox_, desk_);
  const auto change = desk_.changes.at(0);
  EXPECT_FALSE(change.first);
  EXPECT_EQ(change.second, "the token is not valid");
  EXPECT_FALSE(adapter_->connected());
  const auto failed = adapter_->deliver(message("x"), {});
  EXPECT_EQ(failed.kind, Delivery::Kind::failed);
  EXPECT_EQ(failed.why.find("not-a-token"), std::string::npos);
}

TEST_F(MattermostAdapterTest, says_nothing_after_stop) {
  start();
  adapter_->stop();
  adapter_->stop();
  EXPECT_FALSE(adapter_->connected());
  chat_.post("alice", "!too late");
  net::HttpCall click;
  click.method = "POST";
  click.url = public_url_ + "/chat/mm/action";
  click.body = "{}";
  EXPECT_EQ(net::call(click).response.status, 503);
  EXPECT_EQ(inbox_.arrived.count(), 0U);
  EXPECT_EQ(desk_.changes.count(), 1U);
}

}  // namespace
}  // namespace countersign::adapters::mattermost
