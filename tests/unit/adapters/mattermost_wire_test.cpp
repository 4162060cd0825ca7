#include <gtest/gtest.h>

#include "adapters/chat/addressed.h"
#include "adapters/mattermost/wire.h"
#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::mattermost {
namespace {

using sandbox::sample;

// The first frame of this event that the bot saw in a recorded exchange.
Frame seen(const std::string& name, const std::string& event) {
  const Json recorded = sample(name);
  for (const auto& frame : recorded.at("bot_sees")) {
    if (frame.at("event") == event) return parse_frame(frame.dump());
  }
  ADD_FAILURE() << name << " has no " << event;
  return {};
}

Post post_saying(const std::string& message, const std::string& root = "") {
  Post post;
  post.message = message;
  post.root_id = root;
  return post;
}

TEST(MattermostWire, reads_hello) {
  const Frame frame = parse_frame(sample("ws-auth-bearer").at("frames").at(0).at("frame").dump());
  EXPECT_EQ(frame.kind, Frame::Kind::hello);
  EXPECT_EQ(frame.seq, 0);
  EXPECT_EQ(frame.connection_id, "orus1eihz3dfjngq333ai4e54r");
}

TEST(MattermostWire, reads_a_posted_command) {
  const Frame frame = seen("ev-posted-command", "posted");
  ASSERT_EQ(frame.kind, Frame::Kind::posted);
  EXPECT_EQ(frame.seq, 5);
  EXPECT_EQ(frame.post.id, "58kz1fcump8bignn98jctyqaaa");
  EXPECT_EQ(frame.post.channel_id, "rbst5y39ffdd9xyc6n84p8mt4o");
  EXPECT_EQ(frame.post.user_id, "3pqjjdz3giyfpg1sp4gsfkr6pr");
  EXPECT_EQ(frame.post.message, "!remediate restart api --env prod");
  EXPECT_EQ(frame.post.root_id, "");
  EXPECT_EQ(frame.post.create_at, 1795225188279);
  EXPECT_FALSE(frame.post.from_webhook);
}

TEST(MattermostWire, sees_what_is_not_a_persons_own_post) {
  EXPECT_TRUE(seen("ev-posted-webhook", "posted").post.from_webhook);
  EXPECT_TRUE(seen("ev-posted-spoof", "posted").post.from_webhook);
  EXPECT_EQ(seen("ev-me-message", "posted").post.type, "me");
  EXPECT_TRUE(seen("ev-system-join", "posted").post.type.starts_with("system_"));
  EXPECT_EQ(seen("ev-post-edited-command", "post_edited").kind, Frame::Kind::other);
  EXPECT_EQ(seen("ev-posted-thread-reply", "posted").post.root_id, "yys98zdpubyx5kom1ughn9kn7c");
}

TEST(MattermostWire, reads_reactions) {
  const Frame added = seen("ev-reaction-added", "reaction_added");
  EXPECT_EQ(added.kind, Frame::Kind::reaction_added);
  EXPECT_EQ(added.channel_id, "rbst5y39ffdd9xyc6n84p8mt4o");
  EXPECT_EQ(added.reaction.emoji, "white_check_mark");
  EXPECT_EQ(added.reaction.create_at, 1795225196221);
  const Frame removed = seen("ev-reaction-removed", "reaction_removed");
  EXPECT_EQ(removed.kind, Frame::Kind::reaction_removed);
  EXPECT_EQ(removed.reaction.create_at, 0);
  EXPECT_EQ(removed.reaction.update_at, 1795225198356);
  const auto list = parse_reactions(sample("rest-reactions").at("response").at("body"));
  ASSERT_EQ(list.size(), 1U);
  EXPECT_EQ(list[0].emoji, "eyes");
  EXPECT_TRUE(parse_reactions(Json()).empty());
}

TEST(MattermostWire, reads_replies_to_actions) {
  const Json exchanges = sample("ws-actions").at("exchanges");
  const Frame pong = parse_frame(exchanges[0].at("frames")[0].at("frame").dump());
  EXPECT_EQ(pong.kind, Frame::Kind::reply);
  EXPECT_EQ(pong.reply_to, 2);
  EXPECT_TRUE(pong.ok);
  EXPECT_EQ(pong.server_time, 1795225279235);
  const Frame fail = parse_frame(exchanges[3].at("frames")[0].at("frame").dump());
  EXPECT_EQ(fail.kind, Frame::Kind::reply);
  EXPECT_FALSE(fail.ok);
  EXPECT_EQ(fail.status, 500);
}

TEST(MattermostWire, reads_people) {
  const auto me = parse_user(sample("rest-users-me").at("response").at("body"));
  ASSERT_TRUE(me);
  EXPECT_EQ(me->username, "countersign");
  EXPECT_TRUE(me->is_bot);
  EXPECT_FALSE(parse_user(sample("rest-user-by-name").at("response").at("body"))->is_bot);
}

TEST(MattermostWire, admins_are_told_by_role_and_by_scheme) {
  const Json members = sample("rest-channel-members").at("response").at("body");
  std::vector<bool> admins;
  for (const Json& member : members) admins.push_back(has_role(member, "channel_admin"));
  EXPECT_EQ(admins, (std::vector<bool>{false, true, true, false}));
  EXPECT_FALSE(has_role(sample("rest-team-member").at("response").at("body"), "team_admin"));
  const Json admin = sample("rest-user-admin-by-name").at("response").at("body");
  EXPECT_TRUE(has_role(admin, "system_admin"));
  EXPECT_FALSE(has_role(admin, "system"));
  EXPECT_TRUE(has_role({{"roles", "1x9 custom"}, {"scheme_admin", true}}, "team_admin"));
  EXPECT_FALSE(has_role({{"roles", "no_team_admin"}, {"scheme_admin", nullptr}}, "team_admin"));
  EXPECT_FALSE(has_role({{"roles", "team_admin"}, {"delete_at", 5}}, "team_admin"));
}

TEST(MattermostWire, lists_the_posts_of_a_thread_once_and_in_order) {
  const auto posts = parse_posts(sample("rest-thread").at("response").at("body"));
  ASSERT_EQ(posts.size(), 3U);
  EXPECT_EQ(posts[0].id, "ggkswyfi8iympgfyojih49ooyy");
  EXPECT_EQ(posts[1].message, "reply one");
  EXPECT_EQ(posts[2].message, "reply two");
}

TEST(MattermostWire, broken_frames_are_unreadable_and_nothing_worse) {
  for (const auto* text :
       {"", "null", "[]", "{", "{}", R"({"event":"posted"})", R"({"event":"posted","data":[]})",
        R"({"event":"posted","data":{"post":"{"}})", R"({"event":"posted","data":{"post":"[]"}})",
        R"({"event":"reaction_added","data":{"reaction":{"user_id":"a"}}})",
        R"({"event":"posted","seq":"x","data":{"post":7}})"}) {
    EXPECT_EQ(parse_frame(text).kind, Frame::Kind::unreadable) << text;
  }
  EXPECT_EQ(parse_frame(R"({"event":7,"status":"OK"})").kind, Frame::Kind::reply);
  EXPECT_EQ(parse_frame(R"({"event":"brand_new"})").kind, Frame::Kind::other);
}

Result<Click> parse_click(const std::string& body) {
  const auto callback = parse_callback(body);
  return callback ? click_of(*callback) : Result<Click>(callback.error());
}

TEST(MattermostWire, reads_a_click) {
  const auto click =
      parse_click(sample("btn-click-ephemeral-only").at("integration_received").at("body").dump());
  ASSERT_TRUE(click.ok()) << click.error().message;
  EXPECT_EQ(click->user_id, "t73b5o7bufd1ddbw9s87qrq63a");
  EXPECT_EQ(click->post_id, "txu3q7oi1tdc9nyy8yqiykj4fo");
  EXPECT_EQ(click->channel_id, "p1hapx5c3fbouf5acacyeqxuia");
  EXPECT_EQ(click->context.at("plan"), "p-17");
  EXPECT_TRUE(click->trigger_id.starts_with("NndtbW54"));
}

TEST(MattermostWire, a_menus_choice_leaves_the_context_as_it_was_sealed_T36) {
  const Json body = sample("btn-select").at("integration_received").at("body");
  const auto click = click_of(body);
  ASSERT_TRUE(click.ok()) << click.error().message;
  EXPECT_EQ(click->choice, body.at("context").at("selected_option"));
  EXPECT_FALSE(click->context.contains("selected_option"));
  EXPECT_EQ(click->context.size() + 1, body.at("context").size());
}

TEST(MattermostWire, refuses_clicks_that_are_not_whole_T36_T15) {
  Json good = sample("btn-click-ephemeral-only").at("integration_received").at("body");
  for (const auto* key : {"user_id", "post_id", "channel_id", "trigger_id", "context"}) {
    Json bad = good;
    bad.erase(key);
    const auto click = parse_click(bad.dump());
    ASSERT_FALSE(click.ok()) << key;
    EXPECT_NE(click.error().message.find(key), std::string::npos);
    bad[key] = 7;
    EXPECT_FALSE(parse_click(bad.dump()).ok()) << key;
  }
  good["post_id"] = "../../users/me";
  EXPECT_FALSE(parse_click(good.dump()).ok());
  EXPECT_FALSE(parse_click("not json").ok());
  EXPECT_FALSE(parse_click(std::string(100'000, '[')).ok());
}

TEST(MattermostWire, knows_when_it_is_spoken_to) {
  const auto meant = [](const Post& post) {
    return chat::is_for_bot(post.message, !post.root_id.empty(), "countersign", "!");
  };
  EXPECT_TRUE(meant(post_saying("!remediate x")));
  EXPECT_TRUE(meant(post_saying("  !help")));
  EXPECT_TRUE(meant(post_saying("@countersign why did this run?")));
  EXPECT_TRUE(meant(post_saying("@Countersign: help")));
  EXPECT_TRUE(meant(post_saying("Why did this run?", "root")));
  EXPECT_TRUE(meant(post_saying("why?", "root")));
  EXPECT_TRUE(meant(post_saying("WHY NOT?", "root")));
  EXPECT_FALSE(meant(post_saying("why?")));
  EXPECT_FALSE(meant(post_saying("why did you not call me?", "root")));
  EXPECT_FALSE(meant(post_saying("!")));
  EXPECT_FALSE(meant(post_saying("!!! fire")));
  EXPECT_FALSE(meant(post_saying("so !remediate")));
  EXPECT_FALSE(meant(post_saying("ask @countersign")));
  EXPECT_FALSE(meant(post_saying("@countersigned help")));
  EXPECT_FALSE(meant(post_saying("@countersign-2 help")));
  EXPECT_FALSE(meant(post_saying("")));
}

}  // namespace
}  // namespace countersign::adapters::mattermost
