// The recorded behaviour of the WebSocket: authentication, actions, and resuming after a cut.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdio>

#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::sandbox {
namespace {

void cut(Harness& harness, const std::string& who) {
  harness.ok("", "POST", "/control/sockets/cut", {{"user", harness.id(who)}});
}

// The events among `frames`, as (name, message or status).
std::vector<std::string> told(const std::vector<Json>& frames) {
  std::vector<std::string> all;
  for (const Json& frame : frames) {
    const std::string name = frame.value("event", "reply");
    if (name == "posted") {
      const Json post = Json::parse(frame["data"]["post"].get<std::string>());
      all.push_back(post["message"].get<std::string>());
    } else {
      all.push_back(name == "status_change" ? frame["data"]["status"].get<std::string>() : name);
    }
  }
  return all;
}

std::vector<Json> frames_of(const Json& recorded) {
  std::vector<Json> frames;
  for (const Json& one : recorded) {
    if (one.contains("frame")) frames.push_back(one.at("frame"));
  }
  return frames;
}

void expect_no_gap(const std::vector<Json>& frames, std::int64_t first) {
  for (const Json& frame : frames) {
    if (!frame.contains("seq")) continue;
    EXPECT_EQ(frame.at("seq"), first++) << frame;
  }
}

// The bot's connection after its hello and one post, cut and away.
struct Away {
  explicit Away(SandboxOptions options = {}) : harness(std::move(options)) {
    auto bot = harness.listen("bot");
    hello = bot->wait_event("hello");
    bot->until_now();
    harness.post("alice", "seen before the cut");
    const std::vector<Json> frames = bot->until_now();
    last_seq = frames.back().at("seq").get<std::int64_t>();
    cut(harness, "bot");
    bot->wait_closed();
  }
  std::string connection_id() const { return hello["data"]["connection_id"].get<std::string>(); }
  std::unique_ptr<Listener> back(const std::string& number, const std::string& who = "bot") {
    return harness.listen(who, "connection_id=" + connection_id() + "&sequence_number=" + number);
  }
  std::unique_ptr<Listener> back(std::int64_t number) { return back(std::to_string(number)); }

  Harness harness;
  Json hello;
  std::int64_t last_seq = 0;
};

TEST(SandboxSocket, ws_auth_bearer_says_hello_by_itself_and_ignores_a_challenge) {
  Harness harness;
  const auto bot = harness.listen("bot");
  const Json recorded = sample("ws-auth-bearer");
  EXPECT_EQ(joined(differences(recorded["frames"][0]["frame"], bot->wait_event("hello"))), "");
  bot->send({{"seq", 1},
             {"action", "authentication_challenge"},
             {"data", {{"token", harness.info.bot.token}}}});
  for (const Json& frame : bot->until_now()) EXPECT_FALSE(frame.contains("seq_reply")) << frame;
}

TEST(SandboxSocket, ws_auth_challenge_is_answered_after_hello) {
  Harness harness;
  Listener bot(harness.io, harness.info.ws_url, "");
  Json sent = sample("ws-auth-challenge").at("sent");
  sent["data"]["token"] = harness.info.bot.token;
  bot.send(sent);
  const std::vector<Json> recorded = frames_of(sample("ws-auth-challenge").at("frames"));
  const std::vector<Json> heard = bot.wait_count(recorded.size());
  for (std::size_t i = 0; i < recorded.size(); ++i) {
    EXPECT_EQ(joined(differences(recorded[i], heard[i])), "");
  }
}

TEST(SandboxSocket, ws_auth_failures_end_without_a_word) {
  SandboxOptions options;
  options.auth_window = std::chrono::milliseconds(50);
  Harness harness(options);
  const std::string url = harness.info.ws_url;
  Listener wrong_bearer(harness.io, url, "xxxxxxxxxxxxxxxxxxxxxxxxxx");
  EXPECT_EQ(wrong_bearer.wait_closed().find("refused"), std::string::npos)
      << "the upgrade succeeds";
  Listener wrong_challenge(harness.io, url, "");
  wrong_challenge.send(
      {{"seq", 1}, {"action", "authentication_challenge"}, {"data", {{"token", "x"}}}});
  wrong_challenge.wait_closed();
  Listener only_ping(harness.io, url, "");
  only_ping.send({{"seq", 1}, {"action", "ping"}});
  only_ping.wait_closed();
  for (Listener* const one : {&wrong_bearer, &wrong_challenge, &only_ping}) {
    EXPECT_TRUE(one->wait_count(0).empty());
  }
  const Json results = sample("ws-auth-failures").at("results");
  EXPECT_EQ(results["wrong Bearer token on upgrade"]["frames"].size(), 1U) << "only the end";
  Listener foreign(harness.io, url, harness.info.bot.token, {{"Origin", "http://evil.example"}});
  EXPECT_NE(foreign.wait_closed().find("403"), std::string::npos);
}

TEST(SandboxSocket, ws_auth_other_ways_cookie_yes_query_no) {
  Harness harness;
  const Reply login = harness.rest("", "POST", "/api/v4/users/login",
                                   {{"login_id", "alice"}, {"password", "sandbox"}});
  const std::string token = *net::find_header(login.headers, "Token");
  Listener by_cookie(harness.io, harness.info.ws_url, "",
                     {{"Cookie", "a=b; MMAUTHTOKEN=" + token}});
  const Json results = sample("ws-auth-other-ways").at("results");
  const Json recorded = results["session cookie MMAUTHTOKEN (user session)"]["frames"][0]["frame"];
  EXPECT_EQ(joined(differences(recorded, by_cookie.wait_event("hello"))), "");
  Listener by_query(harness.io, harness.info.ws_url + "?access_token=" + token, "");
  EXPECT_NE(by_query.wait_closed().find("401"), std::string::npos);
}

TEST(SandboxSocket, ws_actions_are_answered_alike) {
  Harness harness;
  Names names(harness);
  const auto bot = harness.listen("bot");
  const Json exchanges = sample("ws-actions").at("exchanges");
  for (const Json& exchange : exchanges) {
    if (!exchange.contains("sent")) continue;
    SCOPED_TRACE(exchange.at("case").get<std::string>());
    bot->forget();
    const Json reply = bot->reply_to(names.here(exchange.at("sent")));
    EXPECT_EQ(joined(differences(names.here(exchange["frames"][0]["frame"]), reply)), "");
  }
  Listener oversized(harness.io, harness.info.ws_url, harness.info.bot.token);
  oversized.send_text(std::string(9'000, 'x'));
  EXPECT_NE(oversized.wait_closed().find("1009"), std::string::npos);
  bot->send_text("no JSON");
  bot->wait_closed();
}

TEST(SandboxSocket, ws_two_connections_both_hear_everything_with_their_own_numbers) {
  Harness harness;
  const auto first = harness.listen("bot");
  first->until_now();
  const auto second = harness.listen("bot");
  second->until_now();
  harness.post("alice", "who hears this");
  const Json recorded = sample("ws-two-connections");
  EXPECT_EQ(first->wait_event("posted")["seq"], recorded["first"]["frames"][0]["frame"]["seq"]);
  EXPECT_EQ(second->wait_event("posted")["seq"], recorded["second"]["frames"][0]["frame"]["seq"]);
  EXPECT_NE(first->wait_event("hello")["data"]["connection_id"],
            second->wait_event("hello")["data"]["connection_id"]);
}

TEST(SandboxSocket, ws_resume_brings_what_was_missed_and_no_hello) {
  Away away;
  for (const char* const text : {"missed 0", "missed 1", "missed 2"})
    away.harness.post("alice", text);
  const auto bot = away.back(away.last_seq + 1);
  away.harness.post("alice", "live again");
  const std::vector<Json> frames = bot->until_now();
  const Json recorded = sample("ws-resume");
  std::vector<Json> expected = frames_of(recorded.at("frames"));
  std::ranges::move(frames_of(recorded.at("then_live")), std::back_inserter(expected));
  EXPECT_EQ(told(frames), told(expected));
  expect_no_gap(frames, away.last_seq + 1);
}

TEST(SandboxSocket, ws_resume_older_seq_repeats_what_was_delivered) {
  Away away;
  away.harness.post("alice", "missed 0");
  const auto bot = away.back(away.last_seq);
  const std::vector<Json> frames = bot->until_now();
  const std::vector<std::string> expected = {"seen before the cut", "offline", "missed 0",
                                             "online"};
  EXPECT_EQ(told(frames), expected);
  EXPECT_EQ(told(frames)[0], told(frames_of(sample("ws-resume-older-seq").at("frames")))[0]);
  expect_no_gap(frames, away.last_seq);
}

// As many posts as the recording had while away; what comes back.
std::vector<Json> after_missing(int posts) {
  Away away;
  for (int i = 0; i < posts; ++i) away.harness.post("alice", std::to_string(i));
  return away.back(away.last_seq + 1)->until_now();
}

std::size_t posted_in(const std::vector<Json>& frames) {
  return static_cast<std::size_t>(std::ranges::count_if(
      frames, [](const Json& frame) { return frame.value("event", "") == "posted"; }));
}

TEST(SandboxSocket, ws_resume_100_and_ws_resume_250_are_replayed_whole) {
  for (const char* const name : {"ws-resume-100", "ws-resume-250"}) {
    const Json recorded = sample(name);
    const std::vector<Json> frames = after_missing(recorded.at("posted").get<int>());
    EXPECT_EQ(posted_in(frames), recorded.at("posted"));
    EXPECT_EQ(frames.front().count("hello"), 0U);
  }
}

TEST(SandboxSocket, ws_resume_256_and_ws_resume_overflow_lose_all_and_start_anew) {
  const std::pair<const char*, int> tries[] = {{"ws-resume-256", 256}, {"ws-resume-overflow", 300}};
  for (const auto& [name, posts] : tries) {
    SCOPED_TRACE(name);
    const std::vector<Json> frames = after_missing(posts);
    EXPECT_EQ(posted_in(frames), 0U);
    EXPECT_EQ(frames.front().at("event"), "hello");
    expect_no_gap(frames, 0);
    EXPECT_TRUE(sample(name).is_object());
  }
}

TEST(SandboxSocket, ws_resume_while_open_is_a_fresh_connection) {
  Harness harness;
  const auto old = harness.listen("bot");
  const Json hello = old->wait_event("hello");
  const auto fresh =
      harness.listen("bot", "connection_id=" + hello["data"]["connection_id"].get<std::string>() +
                                "&sequence_number=2");
  harness.post("alice", "posted while both are open");
  EXPECT_EQ(old->wait_event("posted")["data"], fresh->wait_event("posted")["data"]);
  const Json recorded = sample("ws-resume-while-open")["new_connection"][0]["frame"];
  EXPECT_EQ(joined(differences(recorded, fresh->wait_event("hello"))), "");
}

TEST(SandboxSocket, ws_resume_edge_cases_that_are_cut_at_once) {
  Away away;
  const std::string id = "connection_id=" + away.connection_id();
  for (const std::string& query :
       {id, id + "&sequence_number=-3", std::string("connection_id=zz&sequence_number=5")}) {
    SCOPED_TRACE(query);
    const auto bot = away.harness.listen("bot", query);
    bot->wait_closed();
    EXPECT_TRUE(bot->wait_count(0).empty());
  }
}

TEST(SandboxSocket, ws_resume_edge_cases_that_get_a_fresh_hello) {
  Away away;
  const auto unknown =
      away.harness.listen("bot", "connection_id=aaaaaaaaaaaaaaaaaaaaaaaaaa&sequence_number=5");
  const auto other = away.back("1", "alice");
  for (Listener* const one : {unknown.get(), other.get()}) {
    const Json hello = one->wait_count(1).front();
    EXPECT_EQ(hello.at("event"), "hello");
    EXPECT_NE(hello["data"]["connection_id"], away.connection_id());
  }
}

TEST(SandboxSocket, ws_resume_edge_case_by_challenge_is_a_fresh_connection) {
  Away away;
  Listener bot(
      away.harness.io,
      away.harness.info.ws_url + "?connection_id=" + away.connection_id() + "&sequence_number=1",
      "");
  bot.send({{"seq", 1},
            {"action", "authentication_challenge"},
            {"data", {{"token", away.harness.info.bot.token}}}});
  const Json recorded = sample(
      "ws-resume-edge-cases")["results"]["resume parameters but authenticating by challenge"];
  EXPECT_EQ(told(bot.wait_count(3)), told(frames_of(recorded)));
}

TEST(SandboxSocket, ws_resume_edge_case_zero_numbers_anew_without_repeating) {
  Away away;
  away.harness.post("alice", "missed");
  const auto bot = away.back(0);
  const std::vector<Json> frames = bot->until_now();
  const std::vector<std::string> expected = {"offline", "missed", "online"};
  EXPECT_EQ(told(frames), expected);
  expect_no_gap(frames, 0);
}

TEST(SandboxSocket, ws_resume_future_duplicates_every_event_from_then_on) {
  Away away;
  const auto bot = away.back(5000);
  bot->until_now();
  away.harness.post("alice", "heard how often");
  const std::vector<Json> frames = bot->until_now();
  const std::vector<std::string> expected = {"hello",           "offline",        "hello",
                                             "online",          "online",         "reply",
                                             "heard how often", "heard how often"};
  EXPECT_EQ(told(frames), expected);
  EXPECT_EQ(sample("ws-resume-future-duplicates").at("copies"), 2);
  expect_no_gap(frames, 0);
}

TEST(SandboxSocket, ws_resume_is_forgotten_after_the_sweep) {
  SandboxOptions options;
  auto now = std::make_shared<std::atomic<std::int64_t>>(1'800'000'000'000);
  options.clock = [now] { return now->load(); };
  Away away(options);
  *now += 300'001;
  EXPECT_EQ(away.back(away.last_seq + 1)->wait_count(1).front().at("event"), "hello");
}

TEST(SandboxSocket, ws_server_restart_ends_streams_and_forgets_connections) {
  const std::string file = testing::TempDir() + "sandbox_restart.json";
  std::remove(file.c_str());
  SandboxOptions options;
  options.snapshot_file = file;
  Harness harness(options);
  const auto bot = harness.listen("bot");
  const Json hello = bot->wait_event("hello");
  harness.sandbox.stop();
  bot->wait_closed();
  options.port = 0;
  harness.info = harness.sandbox.start(options).value();
  const auto again =
      harness.listen("bot", "connection_id=" + hello["data"]["connection_id"].get<std::string>() +
                                "&sequence_number=1");
  const std::vector<Json> recorded = frames_of(sample("ws-server-restart").at("frames_after"));
  EXPECT_EQ(told(again->wait_count(2)), told(recorded));
}

TEST(SandboxSocket, ws_token_revoked_keeps_hearing_but_may_not_act) {
  Harness harness;
  const Json recorded = sample("ws-token-revoked").at("results");
  for (const char* const how : {"revoke", "disable"}) {
    SCOPED_TRACE(how);
    const Json made = harness.ok("admin", "POST", "/api/v4/users/" + harness.id("bot") + "/tokens",
                                 {{"description", "to be revoked"}});
    Listener bot(harness.io, harness.info.ws_url, made.at("token").get<std::string>());
    bot.forget();
    harness.ok("admin", "POST", std::string("/api/v4/users/tokens/") + how,
               {{"token_id", made.at("id")}});
    harness.post("alice", "after");
    EXPECT_TRUE(bot.wait_event("posted").is_object());
    const Json reply = bot.reply_to({{"seq", 9}, {"action", "ping"}});
    EXPECT_EQ(joined(differences(recorded["token revoked"]["ping_action"][0]["frame"], reply)), "");
  }
}

TEST(SandboxSocket, ws_token_revoked_bot_account_disabled_falls_silent) {
  Harness harness;
  const Json recorded = sample("ws-token-revoked")["results"]["bot account disabled"];
  const auto bot = harness.listen("bot");
  bot->forget();
  harness.ok("admin", "PUT", "/api/v4/users/" + harness.id("bot") + "/active", {{"active", false}});
  harness.post("alice", "after");
  const Json reply = bot->reply_to({{"seq", 9}, {"action", "ping"}});
  EXPECT_EQ(joined(differences(recorded["ping_action"][0]["frame"], reply)), "");
  const std::vector<std::string> expected = {"offline", "reply"};
  EXPECT_EQ(told(bot->wait_count(2)), expected);
  EXPECT_EQ(harness.rest("bot", "GET", "/api/v4/users/me").status,
            recorded["rest"]["response"]["status"]);
}

TEST(SandboxSocket, ws_hub_panic_leaves_an_open_socket_deaf) {
  Harness harness;
  const auto bot = harness.listen("bot");
  bot->forget();
  harness.ok("", "POST", "/control/sockets/deaf", {{"user", "countersign"}});
  bot->send({{"seq", 9}, {"action", "ping"}});
  harness.post("alice", "not heard");
  EXPECT_FALSE(sample("ws-hub-panic").at("other_socket_heard_the_post").get<bool>());
  cut(harness, "bot");
  bot->wait_closed();
  EXPECT_TRUE(bot->wait_count(0).empty());
}

}  // namespace
}  // namespace countersign::adapters::sandbox
