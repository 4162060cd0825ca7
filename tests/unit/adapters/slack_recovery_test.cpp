// What happened while nobody listened.
#include "tests/unit/adapters/slack_link_fixture.h"

namespace countersign::adapters::slack {
namespace {

TEST_F(SlackLinkTest, votes_on_open_questions_are_looked_up_after_every_connection_T42) {
  desk_.questions = {{"C0OPS", "1732191000.000100"}};
  const auto there = [&](const Json& users) {
    slack_.always(
        "reactions.get",
        {{"ok", true}, {"message", {{"reactions", {{{"name", "+1"}, {"users", users}}}}}}});
  };
  there({"U0BOB", "U0BOT"});
  start();
  const auto found = desk_.arrived.at(0);
  EXPECT_EQ(found.kind, Act::Kind::emoji_added);
  EXPECT_EQ(found.person.name, "bob");
  EXPECT_TRUE(found.caught_up);
  there({"U0ALICE"});
  slack_.close(0, 0);
  const auto gone = desk_.arrived.at(1);
  EXPECT_EQ(gone.kind, Act::Kind::emoji_removed);
  EXPECT_EQ(gone.person.name, "bob");
  EXPECT_EQ(desk_.arrived.at(2).person.name, "alice");
  EXPECT_EQ(slack_.call("reactions.get").args.at("full"), "true");
  // Its event comes late: known already, and said so.
  say("1", reaction("13.000000", true, "U0ALICE"), 1);
  EXPECT_TRUE(desk_.arrived.at(3).caught_up);
}

TEST_F(SlackLinkTest, votes_taken_back_while_the_bot_was_off_are_noticed_T35) {
  desk_.stored =
      R"({"heard":"","channels":[],"reactions":[["1732191000.000100 C0OPS","U0BOB","+1"]]})";
  desk_.questions = {{"C0OPS", "1732191000.000100"}};
  start();
  EXPECT_EQ(desk_.arrived.at(0).kind, Act::Kind::emoji_removed);
  EXPECT_EQ(desk_.arrived.at(0).person.name, "bob");
}

TEST_F(SlackLinkTest, commands_missed_while_the_bot_was_off_are_read_from_the_history) {
  desk_.stored = R"({"heard":"1732191000.000000","channels":["C0OPS"],"reactions":[]})";
  auto bot = message("!bot", "1732191005.000000");
  bot["bot_id"] = "B1";
  slack_.always("conversations.history",
                {{"ok", true},
                 {"messages",
                  {bot, message("!later", "1732191004.000000"), message("chatter"),
                   message("!earlier", "1732191003.000000")}}});
  start();
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!earlier");
  EXPECT_EQ(inbox_.arrived.at(0).body.at("place").at("channel"), "C0OPS");
  EXPECT_EQ(inbox_.arrived.at(1).body.at("text"), "!later");
  const auto read = slack_.call("conversations.history");
  EXPECT_EQ(read.args.at("oldest"), "1732190985.000000");
  EXPECT_EQ(slack_.calls("conversations.history"), 1U);
}

// Slack brings again what was not acknowledged, but only three times.
TEST_F(SlackLinkTest, commands_missed_while_a_connection_was_cut_are_read_page_by_page) {
  start();
  const auto now = std::chrono::time_point_cast<core::Duration>(std::chrono::system_clock::now());
  const auto at = [&](int millis) { return ts_of(now + std::chrono::milliseconds(millis)); };
  say("1", message("!status", at(0)));
  slack_.ack("1");
  auto talked = message("a thread", at(10));
  talked["latest_reply"] = at(20);
  auto reply = message("!reply", at(20));
  reply["thread_ts"] = at(10);
  slack_.next("conversations.history", Json{{"ok", false}, {"error", "internal_error"}}, 500);
  slack_.next("conversations.history", {{"ok", true},
                                        {"messages", {message("!third", at(30)), talked}},
                                        {"response_metadata", {{"next_cursor", "older"}}}});
  slack_.next("conversations.history",
              Json{{"ok", true}, {"messages", Json::array({message("!first", at(5))})}});
  slack_.next("conversations.replies", Json{{"ok", true}, {"messages", {talked, reply}}});
  slack_.close(0, 0);
  EXPECT_EQ(inbox_.arrived.at(1).body.at("text"), "!first");
  EXPECT_EQ(inbox_.arrived.at(2).body.at("text"), "!reply");
  EXPECT_EQ(inbox_.arrived.at(2).body.at("place").at("thread"), at(10));
  EXPECT_EQ(inbox_.arrived.at(3).body.at("text"), "!third");
}

TEST_F(SlackLinkTest, marks_how_far_it_heard) {
  start();
  say("1", message("chatter", "1732191000.000900"));
  slack_.ack("1");
  const auto position = Json::parse(desk_.positions.at(0));
  EXPECT_EQ(position.at("heard"), "1732191000.000900");
}

}  // namespace
}  // namespace countersign::adapters::slack
