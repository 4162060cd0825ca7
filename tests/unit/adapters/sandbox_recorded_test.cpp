// Every recorded REST exchange, repeated against the sandbox: same status, same error id, same
// fields. The other recordings are in sandbox_events_test (ev-*), sandbox_buttons_test (btn-*,
// dialog-*) and sandbox_socket_test (ws-*).
//
// Not repeated, of all recordings there are:
//   cmd-* (7)                    slash commands of integrations: the bot uses none, the sandbox
//   offers none btn-click-slow-3s            the same path as btn-click-update-empty-props, only
//   slower btn-integration-not-allowed  the sandbox has no list of allowed addresses: integrations
//   live beside it ws-keepalive                 pings and pongs belong to the HTTP server, and are
//   tested there ws-server-killed             for a client the same as ws-server-restart
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/unit/adapters/sandbox_harness.h"

namespace countersign::adapters::sandbox {
namespace {

struct Stage {
  Harness& harness;
  Names& names;
  // The post that the recording calls `recorded`.
  std::string post(const std::string& recorded, const std::string& who, const std::string& message,
                   const std::string& root = "", const Json& props = nullptr,
                   const std::string& channel = "ops") {
    const std::string id = harness.post(who, message, root, props, channel);
    names.same(recorded, id);
    return id;
  }
};

void react(Stage& stage, const std::string& who, const std::string& post,
           const std::string& emoji) {
  stage.harness.ok(who, "POST", "/api/v4/reactions",
                   {{"user_id", stage.harness.id(who)}, {"post_id", post}, {"emoji_name", emoji}});
}

void remove_post(Stage& stage, const std::string& who, const std::string& post) {
  stage.harness.ok(who, "DELETE", "/api/v4/posts/" + post);
}

void thread(Stage& stage) {
  const std::string root = stage.post("ggkswyfi8iympgfyojih49ooyy", "alice", "thread root");
  stage.post("9qgdau9i1ig3fkcpxos34i8j9a", "bob", "reply one", root);
  stage.post("156ppt9rjjbbimtwdq6oh36nuy", "bot", "reply two", root);
  react(stage, "alice", root, "eyes");
}

void edited_thread(Stage& stage) {
  const std::string root = stage.post("ggkswyfi8iympgfyojih49ooyy", "alice", "thread root");
  stage.post("9qgdau9i1ig3fkcpxos34i8j9a", "bob", "reply one", root);
  stage.post("156ppt9rjjbbimtwdq6oh36nuy", "bot", "reply two", root);
  react(stage, "alice", root, "eyes");
  stage.harness.ok("alice", "PUT", "/api/v4/posts/" + root + "/patch",
                   {{"message", "thread root, edited"}});
}

void since_thread(Stage& stage) {
  edited_thread(stage);
  const std::string gone = stage.harness.post("alice", "to be deleted");
  remove_post(stage, "alice", gone);
  stage.names.same("1795225253582", "1");
}

const Json kButtons = {{"mine", "1"},
                       {"attachments",
                        {{{"text", "approve?"},
                          {"actions",
                           {{{"id", "yes"},
                             {"name", "Approve"},
                             {"integration", {{"url", "http://127.0.0.1:9/"}}}}}}}}}};

void own_post(Stage& stage) {
  stage.post("qkjcfh4gt7nd7x5qb4wjfjjfqa", "bot", "before", "", kButtons);
}
void own_post_approved(Stage& stage) {
  const std::string id = stage.post("qkjcfh4gt7nd7x5qb4wjfjjfqa", "bot", "before", "", kButtons);
  stage.harness.ok("bot", "PUT", "/api/v4/posts/" + id + "/patch",
                   sample("rest-patch-remove-buttons").at("request").at("body"));
}
void own_post_deleted(Stage& stage) {
  remove_post(stage, "bot", stage.post("qkjcfh4gt7nd7x5qb4wjfjjfqa", "bot", "before"));
}
void deleted_root(Stage& stage) {
  remove_post(stage, "alice", stage.post("seqspqmgm7nwpm67sddpnq3cqy", "alice", "a thread"));
}
void alices_post(Stage& stage) { stage.post("4mmzyptgbi8d9nbg337afdhzar", "alice", "hers"); }
void bobs_reaction(Stage& stage) {
  react(stage, "bob", stage.post("4mmzyptgbi8d9nbg337afdhzar", "alice", "hers"), "+1");
}
void a_reply(Stage& stage) {
  const std::string root = stage.harness.post("alice", "root");
  stage.post("qhjet1wzcbde5du5s6oymqmwqc", "bob", "reply", root);
}
void post_elsewhere(Stage& stage) {
  stage.post("5i8izp9hgtdmtnk4ipgzb57ege", "alice", "root", "", nullptr, "ops-prod");
}
void private_post(Stage& stage) {
  stage.post("jg8d5bi34jg4byfqa3dwzt63yw", "alice", "secret", "", nullptr, "ops-prod");
}
void bob_leads_prod(Stage& stage) {
  const std::string members = "/api/v4/channels/" + stage.harness.channel("ops-prod") + "/members";
  stage.harness.ok("admin", "POST", members, {{"user_id", stage.harness.id("admin")}});
  for (const char* const who : {"bob", "admin"}) {
    stage.harness.ok("admin", "PUT", members + "/" + stage.harness.id(who) + "/roles",
                     {{"roles", "channel_user channel_admin"}});
  }
}
void direct_with_alice(Stage& stage) {
  stage.harness.ok("alice", "POST", "/api/v4/channels/direct",
                   {stage.harness.id("alice"), stage.harness.id("bot")});
}
void archived_channel(Stage& stage) {
  const Json made = stage.harness.ok("alice", "POST", "/api/v4/channels",
                                     {{"team_id", stage.harness.info.team_id},
                                      {"name", "lobby"},
                                      {"display_name", "Lobby"},
                                      {"type", "O"}});
  const auto id = made.at("id").get<std::string>();
  stage.harness.ok("alice", "POST", "/api/v4/channels/" + id + "/members",
                   {{"user_id", stage.harness.id("bot")}});
  stage.harness.ok("alice", "DELETE", "/api/v4/channels/" + id);
  stage.names.same("5dm9mfuchfr79ytrydjwysyo4a", id);
}
void both_online(Stage& stage) {
  for (const char* const who : {"alice", "bot"}) {
    stage.harness.ok(who, "PUT", "/api/v4/users/me/status", {{"status", "online"}});
  }
}
void nothing(Stage&) {}

struct Exchange {
  const char* name;
  const char* who = "bot";
  void (*prepare)(Stage&) = nothing;
};

constexpr Exchange kExchanges[] = {
    {"rest-channel"},
    {"rest-channel-by-name"},
    {"rest-channel-by-names"},
    {"rest-channel-member", "bot", bob_leads_prod},
    {"rest-channel-member-absent"},
    {"rest-channel-members", "bot", bob_leads_prod},
    {"rest-delete-own", "bot", own_post},
    {"rest-direct-channel", "bot", direct_with_alice},
    {"rest-get-deleted", "bot", own_post_deleted},
    {"rest-my-teams"},
    {"rest-patch-deleted", "bot", own_post_deleted},
    {"rest-patch-message-only", "bot", own_post},
    {"rest-patch-remove-buttons", "bot", own_post},
    {"rest-patch-same", "bot", own_post_approved},
    {"rest-ping", ""},
    {"rest-post", "bot", thread},
    {"rest-post-create", "bot", thread},
    {"rest-posts-after", "bot", edited_thread},
    {"rest-posts-since", "bot", since_thread},
    {"rest-put-post", "bot", own_post},
    {"rest-reaction-add", "bot", thread},
    {"rest-reaction-add-again", "bot", thread},
    {"rest-reaction-remove", "bot", thread},
    {"rest-reaction-remove-absent", "bot", thread},
    {"rest-reactions", "bot", thread},
    {"rest-role-by-name"},
    {"rest-statuses", "bot", both_online},
    {"rest-team-by-name"},
    {"rest-team-member"},
    {"rest-thread", "bot", thread},
    {"rest-thread-deleted-root", "bot", deleted_root},
    {"rest-thread-from-reply", "bot", thread},
    {"rest-user-admin-by-name"},
    {"rest-user-by-name"},
    {"rest-users-ids"},
    {"rest-users-me"},
    {"rest-users-usernames"},
    {"err-bad-channel-id"},
    {"err-bad-json"},
    {"err-bad-root"},
    {"err-bad-slash-dialog", ""},
    {"err-delete-others-post", "bot", alices_post},
    {"err-edit-others-post", "bot", alices_post},
    {"err-empty-message"},
    {"err-groups-no-license"},
    {"err-malformed-emoji", "bot", alices_post},
    {"err-malformed-post-id"},
    {"err-missing-post"},
    {"err-no-permission-post", "carol"},
    {"err-no-permission-read", "carol", private_post},
    {"err-no-token", ""},
    {"err-post-archived-channel", "bot", archived_channel},
    {"err-private-channel-hidden", "carol"},
    {"err-reaction-for-other", "bot", alices_post},
    {"err-reaction-missing-post"},
    {"err-reaction-unicode", "bot", alices_post},
    {"err-remove-others-reaction", "bot", bobs_reaction},
    {"err-reply-deleted-root", "bot", deleted_root},
    {"err-root-is-reply", "bot", a_reply},
    {"err-root-other-channel", "bot", post_elsewhere},
    {"err-unknown-channel"},
    {"err-unknown-channel-name"},
    {"err-unknown-emoji", "bot", alices_post},
    {"err-unknown-route"},
    {"err-unknown-user"},
    {"err-whitespace-message"},
};

Reply send_recorded(Harness& harness, const Names& names, const std::string& who,
                    const Json& recorded) {
  const Json request = names.here(recorded.at("request"));
  return harness.rest(who, request.at("method").get<std::string>(),
                      request.at("path").get<std::string>(), request.value("body", Json()));
}

void expect_like(const Json& recorded, const Reply& reply) {
  EXPECT_EQ(reply.status, recorded.at("response").at("status")) << reply.text;
  EXPECT_EQ(joined(differences(recorded.at("response").at("body"), reply.body)), "");
}

class RecordedExchange : public testing::TestWithParam<Exchange> {};

TEST_P(RecordedExchange, is_answered_alike) {
  Harness harness;
  Names names(harness);
  Stage stage{harness, names};
  GetParam().prepare(stage);
  const Json recorded = sample(GetParam().name);
  const Reply reply = send_recorded(harness, names, GetParam().who, recorded);
  expect_like(recorded, reply);
  EXPECT_TRUE(net::find_header(reply.headers, "X-Version-Id"));
}

INSTANTIATE_TEST_SUITE_P(Sandbox, RecordedExchange, testing::ValuesIn(kExchanges),
                         [](const auto& tested) {
                           std::string name = tested.param.name;
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

TEST(SandboxRecorded, rest_my_channels_have_the_recorded_fields) {
  Harness harness;
  Names names(harness);
  const Json recorded = sample("rest-my-channels");
  const Reply reply = send_recorded(harness, names, "bot", recorded);
  ASSERT_EQ(reply.body.size(), 2U);
  for (const Json& channel : reply.body) {
    for (const auto& [key, value] : recorded["response"]["body"][4].items()) {
      EXPECT_TRUE(channel.contains(key)) << key;
    }
  }
}

TEST(SandboxRecorded, rest_client_config_names_the_recorded_settings) {
  Harness harness;
  const Json config = harness.ok("bot", "GET", "/api/v4/config/client?format=old");
  const Json recorded = sample("rest-client-config").at("selection");
  for (const auto& [key, value] : recorded.items()) {
    if (key == "SiteURL") continue;
    EXPECT_EQ(config.value(key, "absent"), value) << key;
  }
}

TEST(SandboxRecorded, err_bad_token) {
  Harness harness;
  const Reply reply = harness.rest("", "GET", "/api/v4/users/me", nullptr,
                                   {{"Authorization", "Bearer xxxxxxxxxxxxxxxxxxxxxxxxxx"}});
  expect_like(sample("err-bad-token"), reply);
}

TEST(SandboxRecorded, rest_post_pending_id_folds_what_is_sent_twice) {
  Harness harness;
  const Json tries = sample("rest-post-pending-id").at("tries");
  for (const Json& recorded : tries) {
    const Json body = {{"channel_id", harness.channel("ops")},
                       {"message", recorded.at("first").at("body").at("message")},
                       {"pending_post_id", recorded.at("pending_post_id")}};
    const Reply first = harness.rest("bot", "POST", "/api/v4/posts", body);
    const Reply second = harness.rest("bot", "POST", "/api/v4/posts", body);
    EXPECT_EQ(joined(differences(recorded["first"]["body"], first.body)), "");
    EXPECT_EQ(joined(differences(recorded["second"]["body"], second.body)), "");
    EXPECT_EQ(first.body["id"] == second.body["id"], recorded["same_post"].get<bool>());
    EXPECT_EQ(second.status, 201);
  }
}

TEST(SandboxRecorded, rest_not_a_member_may_read_open_channels_only) {
  Harness harness;
  Names names(harness);
  const auto make = [&](const std::string& name, const std::string& shown,
                        const std::string& type) {
    const Json made = harness.ok("alice", "POST", "/api/v4/channels",
                                 {{"team_id", harness.info.team_id},
                                  {"name", name},
                                  {"display_name", shown},
                                  {"type", type}});
    return made.at("id").get<std::string>();
  };
  const std::string side = make("side", "Side", "O");
  names.same("pfghhggtpin8dkju7shph5gpqh", side);
  names.same("b3o8zk1z17gz78unhfg681j1bc", make("hidden", "Hidden", "P"));
  const Json post =
      harness.ok("alice", "POST", "/api/v4/posts",
                 {{"channel_id", side}, {"message", "in a public channel the bot has not joined"}});
  names.same("rqd8wppigib89jyj6yyoeneu5w", post.at("id").get<std::string>());
  const Json recorded = sample("rest-not-a-member");
  for (const char* const step :
       {"public_read_channel", "public_read_post", "public_post", "public_react", "public_join",
        "public_post_after_join", "private_read", "private_join"}) {
    SCOPED_TRACE(step);
    expect_like(recorded.at(step), send_recorded(harness, names, "bot", recorded.at(step)));
  }
}

TEST(SandboxRecorded, rest_since_details_brings_roots_and_reactions) {
  Harness harness;
  const std::string root = harness.post("alice", "an old root");
  const std::string reacted = harness.post("alice", "reacted to");
  const std::string posts = "/api/v4/channels/" + harness.channel("ops") + "/posts?since=";
  const auto update_at = [&](const std::string& id) {
    return harness.ok("bot", "GET", "/api/v4/posts/" + id).at("update_at").get<std::int64_t>();
  };
  const std::int64_t before = update_at(reacted);
  harness.post("bob", "a late reply", root);
  const Json after = harness.ok("bot", "GET", posts + std::to_string(before));
  EXPECT_EQ(
      joined(differences(sample("rest-since-details")["after_reply"]["response"]["body"], after)),
      "");
  Names names(harness);
  Stage stage{harness, names};
  react(stage, "bob", reacted, "+1");
  const std::int64_t added = update_at(reacted);
  EXPECT_GT(added, before);
  harness.ok("bob", "DELETE", "/api/v4/users/me/posts/" + reacted + "/reactions/+1");
  EXPECT_GT(update_at(reacted), added);
  const Json then = harness.ok("bot", "GET", posts + std::to_string(added));
  EXPECT_TRUE(then["posts"].contains(reacted));
}

TEST(SandboxRecorded, rest_file_upload_and_post_with_it) {
  Harness harness;
  const std::string form =
      "--xx\r\nContent-Disposition: form-data; name=\"channel_id\"\r\n\r\n" +
      harness.channel("ops") +
      "\r\n--xx\r\nContent-Disposition: form-data; name=\"files\"; filename=\"graph.png\"\r\n"
      "Content-Type: image/png\r\n\r\n\x89PNG\r\n--xx--\r\n";
  const Reply reply = harness.rest("bot", "POST", "/api/v4/files", Json(form),
                                   {{"Content-Type", "multipart/form-data; boundary=xx"}});
  ASSERT_EQ(reply.status, 201) << reply.text;
  const Json& info = reply.body.at("file_infos").at(0);
  const Json recorded_info = sample("rest-file-upload")["response"]["file_infos"][0];
  for (const auto& [key, value] : recorded_info.items()) {
    EXPECT_TRUE(info.contains(key)) << key;
  }
  const auto alice = harness.listen("alice");
  harness.ok(
      "bot", "POST", "/api/v4/posts",
      {{"channel_id", harness.channel("ops")}, {"message", "load"}, {"file_ids", {info["id"]}}});
  const Json posted = alice->wait_event("posted").at("data");
  const Json recorded = sample("ev-posted-file")["bot_sees"][0]["data"];
  for (const char* const key : {"image", "otherFile"}) EXPECT_EQ(posted.at(key), recorded.at(key));
  const Json post = Json::parse(posted.at("post").get<std::string>());
  EXPECT_EQ(post["metadata"]["files"][0]["post_id"], post["id"]);
}

std::string repeated(const std::string& text, std::size_t times) {
  std::string all;
  for (std::size_t i = 0; i < times; ++i) all += text;
  return all;
}

TEST(SandboxRecorded, limits_message_size_counts_code_points) {
  Harness harness;
  const Json recorded = sample("limits-message-size").at("results");
  const std::string wide = "\xF0\x9F\x9A\x80";
  const auto with_message = [&](const std::string& text) {
    return Json{{"channel_id", harness.channel("ops")}, {"message", text}};
  };
  const auto with_attachment = [&](const std::string& text) {
    return Json{{"channel_id", harness.channel("ops")},
                {"message", ""},
                {"props", {{"attachments", {{{"text", text}}}}}}};
  };
  const std::pair<const char*, Json> tries[] = {
      {"16383 ascii", with_message(repeated("a", 16383))},
      {"16384 ascii", with_message(repeated("a", 16384))},
      {"16383 four-byte characters", with_message(repeated(wide, 16383))},
      {"16384 four-byte characters", with_message(repeated(wide, 16384))},
      {"attachment text of 7000", with_attachment(repeated("a", 7000))},
      {"attachment text of 7900", with_attachment(repeated("a", 7900))},
      {"attachment text of 8100", with_attachment(repeated("a", 8100))},
      {"attachment text of 70000", with_attachment(repeated("a", 70000))},
      {"attachment text of 7000 four-byte characters", with_attachment(repeated(wide, 7000))},
  };
  for (const auto& [name, body] : tries) {
    SCOPED_TRACE(name);
    const Reply reply = harness.rest("bot", "POST", "/api/v4/posts", body);
    EXPECT_EQ(reply.status, recorded.at(name).at("status"));
    if (reply.status != 400) continue;
    EXPECT_EQ(reply.body.at("id"), recorded.at(name)["body"]["id"]);
  }
  const std::string id = harness.post("bot", "short");
  const Reply patched = harness.rest("bot", "PUT", "/api/v4/posts/" + id + "/patch",
                                     {{"message", repeated("a", 16384)}});
  EXPECT_EQ(patched.body.at("id"), recorded.at("patch to 16384")["body"]["id"]);
}

TEST(SandboxRecorded, limits_rate_answers_429_in_plain_text_beyond_the_burst) {
  SandboxOptions options;
  options.rate_per_second = 5;
  options.rate_burst = 10;
  options.clock = [] {
    return std::int64_t{1'800'000'000'000};
  };  // stands still: nothing comes back
  Harness harness(options);
  const Json recorded = sample("limits-rate");
  std::vector<Reply> replies;
  for (int n = 0; n < 16; ++n) replies.push_back(harness.rest("bot", "GET", "/api/v4/users/me"));
  for (const Json& expected : recorded.at("requests")) {
    const Reply& reply = replies.at(expected.at("n").get<std::size_t>());
    SCOPED_TRACE(expected.dump());
    EXPECT_EQ(reply.status, expected.at("status"));
    for (const auto& [name, value] : expected.at("headers").items()) {
      const std::string* const header = net::find_header(reply.headers, name);
      ASSERT_TRUE(header) << name;
      // The clock stands, so the time until all is whole again counts every request.
      if (name == "X-Ratelimit-Reset") continue;
      EXPECT_EQ(*header, value.get<std::string>()) << name;
    }
    if (reply.status != 429) continue;
    EXPECT_EQ(reply.text, expected.at("body"));
  }
  EXPECT_EQ(harness.rest("alice", "GET", "/api/v4/users/me").status, 200)
      << "users are counted apart";
  Listener refused(harness.io, harness.info.ws_url, harness.info.bot.token);
  EXPECT_NE(refused.wait_closed().find("429"), std::string::npos);
}

}  // namespace
}  // namespace countersign::adapters::sandbox
