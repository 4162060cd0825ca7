// Every recorded event, made to happen in the sandbox: the same frames, in the same order, to the
// same people.
#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::sandbox {
namespace {

struct Scene {
  Harness harness;
  Names names{harness};
  std::string root, own, lobby;  // what the recordings' posts and channel are called here
  std::map<std::string, std::unique_ptr<Listener>> listeners;

  Json ok(const std::string& who, const std::string& method, const std::string& path,
          const Json& body = nullptr) {
    return harness.ok(who, method, "/api/v4/" + path, body);
  }
  Json say(const std::string& who, const Json& more, const std::string& channel = "") {
    Json body = {{"channel_id", channel.empty() ? harness.channel("ops") : channel}};
    body.update(more);
    return ok(who, "POST", "posts", body);
  }
  Json react(const std::string& who, const std::string& emoji) {
    return ok(who, "POST", "reactions",
              {{"user_id", harness.id(who)}, {"post_id", own}, {"emoji_name", emoji}});
  }
  // alice's thread, with as many replies as the recording had by then
  void thread(int replies, const std::string& message = "disk is filling on db-1") {
    root = say("alice", {{"message", message}}).at("id").get<std::string>();
    const char* const authors[] = {"bob", "alice", "bot"};
    const char* const texts[] = {"looking at it", "@countersign why did this run?", "because"};
    for (int i = 0; i < replies; ++i) say(authors[i], {{"message", texts[i]}, {"root_id", root}});
  }
  void own_post() { own = say("bot", {{"message", "I am the bot"}}).at("id").get<std::string>(); }
  void make_lobby(bool with_bot) {
    lobby = ok("alice", "POST", "channels",
               {{"team_id", harness.info.team_id},
                {"name", "lobby"},
                {"display_name", "Lobby"},
                {"type", "O"}})
                .at("id")
                .get<std::string>();
    if (with_bot) invite("bot");
  }
  Json invite(const std::string& who) {
    return ok("alice", "POST", "channels/" + lobby + "/members", {{"user_id", harness.id(who)}});
  }
  std::string prod_members() { return "channels/" + harness.channel("ops-prod") + "/members"; }
};

void nothing(Scene&) {}

struct Happening {
  const char* name;
  void (*before)(Scene&);
  Json (*happen)(Scene&);  // its answer is what the recording calls rest_result
};

const Happening kHappenings[] = {
    {"ev-posted-root", nothing,
     [](Scene& s) {
       return s.say("alice", {{"message", "disk is filling on db-1"}});
     }},
    {"ev-posted-command", nothing,
     [](Scene& s) {
       return s.say("bob", {{"message", "!remediate restart api --env prod"}});
     }},
    {"ev-posted-mention", nothing,
     [](Scene& s) {
       return s.say("alice", {{"message", "@countersign why did this run?"}});
     }},
    {"ev-posted-own", nothing,
     [](Scene& s) {
       return s.say("bot", {{"message", "I am the bot"}});
     }},
    {"ev-posted-thread-reply", [](Scene& s) { s.thread(0); },
     [](Scene& s) {
       return s.say("bob", {{"message", "looking at it"}, {"root_id", s.root}});
     }},
    {"ev-posted-thread-mention", [](Scene& s) { s.thread(1); },
     [](Scene& s) {
       return s.say("alice", {{"message", "@countersign why did this run?"}, {"root_id", s.root}});
     }},
    {"ev-posted-own-thread", [](Scene& s) { s.thread(2); },
     [](Scene& s) {
       return s.say("bot", {{"message", "because of rule 7"}, {"root_id", s.root}});
     }},
    {"ev-posted-direct", nothing,
     [](Scene& s) {
       const Json made =
           s.ok("alice", "POST", "channels/direct", {s.harness.id("alice"), s.harness.id("bot")});
       return s.say("alice", {{"message", "!remediate status"}}, made.at("id").get<std::string>());
     }},
    {"ev-posted-direct-again",
     [](Scene& s) {
       const Json made =
           s.ok("alice", "POST", "channels/direct", {s.harness.id("alice"), s.harness.id("bot")});
       s.lobby = made.at("id").get<std::string>();
     },
     [](Scene& s) {
       return s.say("alice", {{"message", "why did this run?"}}, s.lobby);
     }},
    {"ev-posted-props", nothing,
     [](Scene& s) {
       return s.say(
           "bot",
           {{"message", ""},
            {"props",
             {{"x_countersign", {{"run", "r-1"}}},
              {"attachments",
               {{{"fallback", "plan"},
                 {"color", "#2389d7"},
                 {"title", "Plan"},
                 {"text", "1. drain\n2. restart"},
                 {"fields", {{{"title", "host"}, {"value", "db-1"}, {"short", true}}}}}}}}}});
     }},
    {"ev-posted-spoof", nothing,
     [](Scene& s) {
       return s.say("alice", {{"message", "trust me"},
                              {"props",
                               {{"from_bot", "true"},
                                {"from_plugin", "true"},
                                {"from_webhook", "true"},
                                {"override_username", "countersign"},
                                {"x_any", "kept?"}}}});
     }},
    {"ev-posted-webhook",
     [](Scene& s) {
       s.lobby = s.ok("admin", "POST", "hooks/incoming",
                      {{"channel_id", s.harness.channel("ops")}, {"display_name", "alerts"}})
                     .at("id")
                     .get<std::string>();
     },
     [](Scene& s) {
       const Reply reply =
           s.harness.rest("", "POST", "/hooks/" + s.lobby,
                          {{"text", "!remediate via webhook"}, {"username", "alertmanager"}});
       return Json(reply.text);
     }},
    {"ev-me-message", nothing,
     [](Scene& s) {
       return s.ok("alice", "POST", "commands/execute",
                   {{"channel_id", s.harness.channel("ops")}, {"command", "/me restarts things"}});
     }},
    {"ev-post-edited", [](Scene& s) { s.thread(3); },
     [](Scene& s) {
       return s.ok("alice", "PUT", "posts/" + s.root + "/patch",
                   {{"message", "disk is filling on db-1 (92%)"}});
     }},
    {"ev-post-edited-command", [](Scene& s) { s.thread(3); },
     [](Scene& s) {
       return s.ok("alice", "PUT", "posts/" + s.root + "/patch",
                   {{"message", "!remediate restart db-1"}});
     }},
    {"ev-own-edit", [](Scene& s) { s.own_post(); },
     [](Scene& s) {
       return s.ok("bot", "PUT", "posts/" + s.own + "/patch", {{"message", "short again"}});
     }},
    {"ev-post-deleted", [](Scene& s) { s.thread(1, "a thread to delete"); },
     [](Scene& s) { return s.ok("alice", "DELETE", "posts/" + s.root); }},
    {"ev-pinned",
     [](Scene& s) {
       s.thread(3);
       s.ok("alice", "PUT", "posts/" + s.root + "/patch", {{"message", "!remediate restart db-1"}});
     },
     [](Scene& s) {
       return Json{s.ok("bob", "POST", "posts/" + s.root + "/pin"),
                   s.ok("bob", "POST", "posts/" + s.root + "/unpin")};
     }},
    {"ev-reaction-added", [](Scene& s) { s.own_post(); },
     [](Scene& s) { return s.react("bob", "white_check_mark"); }},
    {"ev-reaction-added-twice",
     [](Scene& s) {
       s.own_post();
       s.react("bob", "white_check_mark");
     },
     [](Scene& s) { return s.react("bob", "white_check_mark"); }},
    {"ev-reaction-added-by-bot", [](Scene& s) { s.own_post(); },
     [](Scene& s) { return s.react("bot", "x"); }},
    {"ev-reaction-alias", [](Scene& s) { s.own_post(); },
     [](Scene& s) { return s.react("alice", "thumbsup"); }},
    {"ev-reaction-skin-tone", [](Scene& s) { s.own_post(); },
     [](Scene& s) { return s.react("alice", "+1_dark_skin_tone"); }},
    {"ev-reaction-removed",
     [](Scene& s) {
       s.own_post();
       s.react("bob", "white_check_mark");
     },
     [](Scene& s) {
       return s.ok("bob", "DELETE", "users/me/posts/" + s.own + "/reactions/white_check_mark");
     }},
    {"ev-bot-added", [](Scene& s) { s.make_lobby(false); },
     [](Scene& s) { return s.invite("bot"); }},
    {"ev-bot-removed",
     [](Scene& s) {
       s.make_lobby(true);
       s.ok("alice", "PUT", "channels/" + s.lobby + "/patch",
            {{"name", "lobby-two"}, {"display_name", "Lobby 2"}});
     },
     [](Scene& s) {
       return s.ok("alice", "DELETE", "channels/" + s.lobby + "/members/" + s.harness.id("bot"));
     }},
    {"ev-system-join", [](Scene& s) { s.make_lobby(true); },
     [](Scene& s) {
       return s.ok("carol", "POST", "channels/" + s.lobby + "/members",
                   {{"user_id", s.harness.id("carol")}});
     }},
    {"ev-channel-updated", [](Scene& s) { s.make_lobby(true); },
     [](Scene& s) {
       return s.ok("alice", "PUT", "channels/" + s.lobby + "/patch",
                   {{"display_name", "Lobby 2"}, {"header", "on call: bob"}});
     }},
    {"ev-channel-renamed",
     [](Scene& s) {
       s.make_lobby(true);
       s.ok("alice", "PUT", "channels/" + s.lobby + "/patch",
            {{"display_name", "Lobby 2"}, {"header", "on call: bob"}});
     },
     [](Scene& s) {
       return s.ok("alice", "PUT", "channels/" + s.lobby + "/patch", {{"name", "lobby-two"}});
     }},
    {"ev-channel-viewed", [](Scene& s) { s.thread(1); },
     [](Scene& s) {
       return s.ok("alice", "POST", "channels/members/me/view",
                   {{"channel_id", s.harness.channel("ops")}});
     }},
    {"ev-user-added", nothing,
     [](Scene& s) {
       return s.ok("admin", "POST", s.prod_members(), {{"user_id", s.harness.id("carol")}});
     }},
    {"ev-user-removed",
     [](Scene& s) {
       s.ok("admin", "POST", s.prod_members(), {{"user_id", s.harness.id("carol")}});
     },
     [](Scene& s) {
       return s.ok("admin", "DELETE", s.prod_members() + "/" + s.harness.id("carol"));
     }},
    {"ev-status-change", nothing,
     [](Scene& s) {
       return Json{s.ok("alice", "PUT", "users/me/status", {{"status", "away"}}),
                   s.ok("alice", "PUT", "users/me/status", {{"status", "online"}})};
     }},
    {"ev-thread-follow", [](Scene& s) { s.thread(3); },
     [](Scene& s) {
       const std::string path =
           "users/me/teams/" + s.harness.info.team_id + "/threads/" + s.root + "/following";
       return Json{s.ok("alice", "DELETE", path), s.ok("alice", "PUT", path)};
     }},
    {"ev-ephemeral", nothing,
     [](Scene& s) {
       return s.ok(
           "admin", "POST", "posts/ephemeral",
           {{"user_id", s.harness.id("alice")},
            {"post",
             {{"channel_id", s.harness.channel("ops")}, {"message", "only you see this"}}}});
     }},
    {"ev-typing", [](Scene& s) { s.thread(0); },
     [](Scene& s) {
       Json statuses = Json::array();
       for (const std::string& parent : {std::string(), s.root}) {
         const Json reply = s.listeners.at("bob")->reply_to(
             {{"seq", statuses.size() + 1},
              {"action", "user_typing"},
              {"data", {{"channel_id", s.harness.channel("ops")}, {"parent_id", parent}}}});
         statuses.push_back({{"status", reply.at("status")}});
       }
       return statuses;
     }},
};

void expect_heard(const Json& recorded, Listener& listener, const std::string& who) {
  if (!recorded.is_array()) return;
  Json heard = Json::array();
  for (const Json& frame : listener.until_now()) {
    if (frame.contains("event")) heard.push_back(frame);
  }
  ASSERT_EQ(heard.size(), recorded.size()) << who << " heard " << heard.dump(1);
  for (std::size_t i = 0; i < heard.size(); ++i) {
    EXPECT_EQ(joined(differences(recorded[i], heard[i], who + "/" + std::to_string(i))), "");
  }
}

class RecordedEvent : public testing::TestWithParam<Happening> {};

TEST_P(RecordedEvent, is_told_alike) {
  Scene scene;
  GetParam().before(scene);
  for (const char* const who : {"bot", "alice", "bob"}) {
    scene.listeners[who] = scene.harness.listen(who);
    scene.listeners[who]->forget();
  }
  const Json recorded = sample(GetParam().name);
  const Json result = GetParam().happen(scene);
  EXPECT_EQ(joined(differences(recorded.at("rest_result"), result, "rest_result")), "");
  expect_heard(recorded.at("bot_sees"), *scene.listeners["bot"], "bot");
  expect_heard(recorded.value("alice_sees", Json()), *scene.listeners["alice"], "alice");
}

INSTANTIATE_TEST_SUITE_P(Sandbox, RecordedEvent, testing::ValuesIn(kHappenings),
                         [](const auto& tested) {
                           std::string name = tested.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(SandboxEvents, ev_user_renamed_and_ev_user_deactivated_reach_everyone) {
  Scene scene;
  const auto bot = scene.harness.listen("bot");
  const auto expect_step = [&](const Json& recorded, const Json& result) {
    EXPECT_EQ(joined(differences(recorded.at("rest_result"), result)), "");
    expect_heard(recorded.at("bot_sees"), *bot, "bot");
    bot->forget();
  };
  bot->forget();
  const Json renamed = sample("ev-user-renamed");
  expect_step(renamed["away"],
              scene.ok("carol", "PUT", "users/me/patch", {{"username", "carolyn"}}));
  expect_step(renamed["back"], scene.ok("carol", "PUT", "users/me/patch", {{"username", "carol"}}));
  const Json deactivated = sample("ev-user-deactivated");
  const std::string active = "users/" + scene.harness.id("carol") + "/active";
  expect_step(deactivated["off"], scene.ok("admin", "PUT", active, {{"active", false}}));
  expect_step(deactivated["on"], scene.ok("admin", "PUT", active, {{"active", true}}));
}

TEST(SandboxEvents, ev_role_changed_is_told_to_nobody) {
  Scene scene;
  const auto bot = scene.harness.listen("bot");
  bot->forget();
  const Json recorded = sample("ev-role-changed");
  const std::string roles = "channels/" + scene.harness.channel("ops") + "/members/" +
                            scene.harness.id("alice") + "/roles";
  const Json up = scene.ok("admin", "PUT", roles, {{"roles", "channel_user channel_admin"}});
  EXPECT_EQ(up, recorded["up"]["rest_result"]);
  scene.ok("admin", "PUT", roles, {{"roles", "channel_user"}});
  expect_heard(recorded["down"]["bot_sees"], *bot, "bot");
}

TEST(SandboxEvents, ev_ephemeral_by_bot_and_ev_ephemeral_command_are_refused) {
  Scene scene;
  const auto alice = scene.harness.listen("alice");
  alice->forget();
  const std::pair<const char*, const char*> tries[] = {{"ev-ephemeral-by-bot", "bot"},
                                                       {"ev-ephemeral-command", "alice"}};
  for (const auto& [name, who] : tries) {
    const Json recorded = sample(name).at("rest_result");
    const Json request = scene.names.here(recorded.at("request"));
    const Reply reply =
        scene.harness.rest(who, "POST", request.at("path").get<std::string>(), request.at("body"));
    EXPECT_EQ(reply.status, recorded.at("response").at("status"));
    EXPECT_EQ(joined(differences(recorded["response"]["body"], reply.body)), "");
  }
  expect_heard(Json::array(), *alice, "alice");
}

TEST(SandboxEvents, ev_channel_deleted_reaches_the_team) {
  Scene scene;
  scene.make_lobby(true);
  const auto bot = scene.harness.listen("bot");
  bot->forget();
  scene.ok("alice", "DELETE", "channels/" + scene.lobby);
  const Json recorded = sample("ev-channel-deleted").at("bot_sees");
  EXPECT_EQ(joined(differences(recorded.back(), bot->wait_event("channel_deleted"))), "");
  const Json told = bot->wait_event("posted");
  const Json post = Json::parse(told["data"]["post"].get<std::string>());
  EXPECT_EQ(post["type"], "system_channel_deleted");
}

TEST(SandboxEvents, ev_posted_long_arrives_whole) {
  Scene scene;
  const auto bot = scene.harness.listen("bot");
  const auto length = sample("ev-posted-long")["rest_result"]["length"].get<std::size_t>();
  scene.say("bob", {{"message", std::string(length, 'z')}});
  const Json posted = bot->wait_event("posted");
  const Json post = Json::parse(posted["data"]["post"].get<std::string>());
  EXPECT_EQ(post["message"].get<std::string>().size(), length);
}

TEST(SandboxEvents, ev_order_own_event_comes_before_the_rest_answer) {
  Scene scene;
  const auto bot = scene.harness.listen("bot");
  const Json probes = sample("ev-order-rest-vs-socket").at("probes");
  for (const Json& probe : probes) {
    bot->forget();
    const Json made = scene.say("bot", {{"message", "which is first"}});
    const Json heard = bot->wait_event("posted");
    EXPECT_EQ(Json::parse(heard["data"]["post"].get<std::string>())["id"], made["id"]);
    EXPECT_TRUE(probe.at("event_before_response").get<bool>());
  }
}

TEST(SandboxEvents, ev_burst_keeps_the_order_of_each_author) {
  Scene scene;
  const auto bot = scene.harness.listen("bot");
  bot->forget();
  const auto count = sample("ev-burst-order").at("events").get<std::size_t>();
  std::vector<std::jthread> authors;
  for (const char* const who : {"alice", "bob", "carol"}) {
    authors.emplace_back([&scene, who, count] {
      for (std::size_t i = 0; i < count / 3; ++i) scene.say(who, {{"message", std::to_string(i)}});
    });
  }
  authors.clear();
  std::map<std::string, int> next;
  Json last_seq = -1;
  std::size_t heard = 0;
  for (const Json& frame : bot->until_now()) {
    ASSERT_EQ(frame.at("event"), "posted");
    const Json post = Json::parse(frame["data"]["post"].get<std::string>());
    EXPECT_EQ(post["message"], std::to_string(next[post["user_id"].get<std::string>()]++));
    EXPECT_GT(frame.at("seq"), last_seq);
    last_seq = frame.at("seq");
    ++heard;
  }
  EXPECT_EQ(heard, count);
}

}  // namespace
}  // namespace countersign::adapters::sandbox
