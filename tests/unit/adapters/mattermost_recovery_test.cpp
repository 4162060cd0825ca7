// What happens when the line, the server, the token or the database goes away and comes back.
#include <algorithm>
#include <filesystem>

#include "tests/unit/adapters/mattermost_fixture.h"

namespace countersign::adapters::mattermost {
namespace {

std::vector<std::string> texts(FakeInbox& inbox) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < inbox.arrived.count(); ++i)
    out.push_back(inbox.arrived.at(i).body.at("text").get<std::string>());
  return out;
}

class MattermostRecovery : public MattermostAdapterTest {
 protected:
  using MattermostAdapterTest::MattermostAdapterTest;

  void cut() { control("sockets/cut", {{"user", "countersign"}}); }
  // Nobody but an administrator may do this to the bot's token.
  void set_token(bool enabled) {
    const auto tokens = chat_.ok("admin", "GET", "/api/v4/users/" + chat_.info.bot.id + "/tokens");
    chat_.ok("admin", "POST",
             std::string("/api/v4/users/tokens/") + (enabled ? "enable" : "disable"),
             {{"token_id", tokens.at(0).at("id")}});
  }
  // The n-th time that the desk was told of a change, counting from 0.
  bool is_up(std::size_t change) { return desk_.changes.at(change).first; }
};

TEST_F(MattermostRecovery, a_cut_after_any_event_loses_and_doubles_nothing_T42) {
  start();
  constexpr int kEvents = 12;
  std::vector<std::string> expected;
  for (int i = 0; i < kEvents; ++i) {
    for (int part = 0; part <= i % 3; ++part) {
      expected.push_back("!e" + std::to_string(i) + "-" + std::to_string(part));
      chat_.post(part % 2 == 0 ? "alice" : "bob", expected.back());
    }
    cut();
  }
  inbox_.arrived.at(expected.size() - 1);
  expected.emplace_back("!last");
  chat_.post("alice", "!last");
  inbox_.arrived.at(expected.size() - 1);
  EXPECT_EQ(texts(inbox_), expected);
}

// The server cuts sockets without a valid token at once.
class WithoutToken : public MattermostRecovery {
 protected:
  WithoutToken() : MattermostRecovery({.auth_window = 20ms}) {}
};

TEST_F(WithoutToken, more_than_the_server_keeps_is_read_page_by_page_T42) {
  make(chat_.info.bot.token, {.ping_every = 20s, .first_pause = 20ms, .longest_pause = 50ms});
  start();
  set_token(false);
  cut();
  EXPECT_FALSE(is_up(1));
  std::vector<std::string> expected;
  for (int i = 0; i < 1'100; ++i) {
    const bool command = i % 100 == 0;
    chat_.post("alice", (command ? "!c" : "noise ") + std::to_string(i));
    if (command) expected.push_back("!c" + std::to_string(i));
  }
  set_token(true);
  EXPECT_TRUE(is_up(2));
  inbox_.arrived.at(expected.size() - 1);
  EXPECT_EQ(texts(inbox_), expected);
}

TEST_F(WithoutToken, a_revoked_token_is_named_and_forgiven_T42) {
  start();
  set_token(false);
  EXPECT_EQ(desk_.changes.at(1), std::pair(false, std::string("the token is not valid any more")));
  EXPECT_FALSE(adapter_->connected());
  const auto post = chat_.post("alice", "!meanwhile");
  set_token(true);
  EXPECT_TRUE(is_up(2));
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, post);
}

TEST_F(MattermostRecovery, a_server_that_restarts_forgets_the_socket_but_not_what_was_said_T42) {
  const auto file = std::filesystem::temp_directory_path() /
                    ("countersign-sandbox-" + std::to_string(::getpid()) + ".json");
  std::filesystem::remove(file);
  sandbox::Sandbox server;
  sandbox::SandboxOptions options;
  options.port = 0;
  options.snapshot_file = file.string();
  const auto first = server.start(options);
  ASSERT_TRUE(first.ok());
  options.port =
      static_cast<std::uint16_t>(std::stoi(first->base_url.substr(first->base_url.rfind(':') + 1)));
  MattermostAdapter adapter(io_,
                            Options{"mm", first->base_url, first->bot.token, first->team_name, "!",
                                    public_url_, "/chat/mm/action", kFast, 10ms, 50ms},
                            ids_);
  adapter.start(inbox_, desk_);
  EXPECT_TRUE(is_up(0));
  const auto say = [&](const std::string& text) {
    net::HttpCall call;
    call.method = "POST";
    call.url = first->base_url + "/api/v4/posts";
    call.headers = {{"Authorization", "Bearer " + first->users.at("alice").token}};
    call.body = Json({{"channel_id", first->channels.at("ops")}, {"message", text}}).dump();
    EXPECT_EQ(net::call(call).response.status, 201);
  };
  say("!before");
  inbox_.arrived.at(0);
  server.stop();
  EXPECT_FALSE(is_up(1));
  ASSERT_TRUE(server.start(options).ok());
  say("!while it was connecting");
  EXPECT_TRUE(is_up(2));
  say("!after");
  inbox_.arrived.at(2);
  EXPECT_EQ(texts(inbox_),
            (std::vector<std::string>{"!before", "!while it was connecting", "!after"}));
  adapter.stop();
  server.stop();
  std::filesystem::remove(file);
}

TEST_F(MattermostRecovery, two_processes_hear_the_same_command_under_one_key_I3) {
  start();
  FakeDesk other_desk;
  MattermostAdapter other(io_,
                          Options{"mm", chat_.info.base_url, chat_.info.bot.token,
                                  chat_.info.team_name, "!", public_url_, "/chat/mm/action", kFast},
                          ids_);
  other.start(inbox_, other_desk);
  EXPECT_TRUE(other_desk.changes.at(0).first);
  chat_.post("alice", "!once");
  EXPECT_EQ(inbox_.arrived.at(0).dedup_key, inbox_.arrived.at(1).dedup_key);
  EXPECT_EQ(inbox_.arrived.at(0).body_hash, inbox_.arrived.at(1).body_hash);
  other.stop();
}

TEST_F(MattermostRecovery, the_first_start_catches_nothing_up_and_the_next_one_does_T42) {
  chat_.post("alice", "!before the bot was there");
  start();
  const auto sent = adapter_->deliver(message("plan"), {});
  desk_.ask(sent);
  react("alice", sent.message_id, "+1");
  EXPECT_FALSE(desk_.arrived.at(0).caught_up);
  chat_.post("alice", "!heard");
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!heard");
  adapter_->stop();

  const auto missed = chat_.post("bob", "!missed");
  react("bob", sent.message_id, "+1");
  unreact("alice", sent.message_id, "+1");
  restart();
  // What was heard shortly before may come again: its keys tell.
  const auto again = inbox_.arrived.at(1);
  const auto caught = again.delivery_id == missed ? again : inbox_.arrived.at(2);
  EXPECT_EQ(caught.delivery_id, missed);
  EXPECT_EQ(caught.body.at("person").at("name"), "bob");
  std::set<std::string> seen;
  for (std::size_t i = 1; seen.size() < 2; ++i) {
    const auto act = desk_.arrived.at(i);
    ASSERT_FALSE(act.id.empty());
    EXPECT_TRUE(act.caught_up);
    const bool added = act.kind == core::Act::Kind::emoji_added;
    seen.insert((added ? "+" : "-") + act.person.name);
  }
  EXPECT_TRUE(seen.contains("+bob"));
  EXPECT_TRUE(seen.contains("-alice"));  // taken back while nobody listened (T38)
  for (const auto& text : texts(inbox_)) EXPECT_NE(text, "!before the bot was there");
}

TEST_F(MattermostRecovery, votes_on_an_old_question_are_found_although_its_post_is_not_listed) {
  start();
  const auto sent = adapter_->deliver(message("plan"), {});
  react("alice", sent.message_id, "+1");
  desk_.arrived.at(0);
  adapter_->stop();
  // Everything was heard up to long after the vote, and then the question was asked about.
  const auto later = Json{{"at", 60'000 + std::chrono::duration_cast<std::chrono::milliseconds>(
                                              std::chrono::system_clock::now().time_since_epoch())
                                              .count()}};
  desk_.heard_up_to("mm", later.dump());
  desk_.ask(sent);
  restart();
  EXPECT_TRUE(desk_.arrived.at(1).caught_up);
  EXPECT_EQ(desk_.arrived.at(1).id, desk_.arrived.at(0).id);
}

// An inbox that takes nothing until it is told to.
class ClosedInbox : public core::Inbox {
 public:
  void accept(std::vector<core::Incoming> deliveries, Done done) override {
    if (!open) {
      offered.add(deliveries.front());
      return done(unavailable("the database is away"));
    }
    arrived.add(deliveries.front());
    done(std::vector<core::Accepted>(1));
  }
  std::atomic<bool> open = false;
  Arrivals<core::Incoming> offered, arrived;
};

TEST_F(MattermostRecovery, the_position_stays_before_what_the_database_did_not_take_I3) {
  ClosedInbox inbox;
  adapter_->start(inbox, desk_);
  EXPECT_TRUE(is_up(0));
  desk_.marks.at(0);
  const auto post = chat_.post("alice", "!status");
  const auto at = read(post).at("create_at").get<std::int64_t>();
  inbox.offered.at(2);  // tried again and again
  adapter_->stop();
  const auto position = Json::parse(*desk_.position("mm"));
  EXPECT_LT(position.at("at").get<std::int64_t>(), at);

  inbox.open = true;
  make(chat_.info.bot.token);
  adapter_->start(inbox, desk_);
  EXPECT_EQ(inbox.arrived.at(0).delivery_id, post);
}

// What is said after it is looked up by the next process, whatever becomes of this one.
TEST_F(MattermostRecovery, the_first_position_is_noted_at_once_I1) {
  make(chat_.info.bot.token, kFast, std::chrono::hours(1));
  start();
  const auto position = Json::parse(desk_.marks.at(0));
  EXPECT_EQ(position.at("at"), position.at("began"));
}

TEST_F(MattermostRecovery, a_vote_that_was_not_kept_is_brought_again_T42) {
  start();
  const auto sent = adapter_->deliver(message("plan"), {});
  desk_.refusals = 3;
  react("alice", sent.message_id, "+1");
  EXPECT_EQ(desk_.arrived.at(0).person.name, "alice");
  EXPECT_EQ(desk_.offered.count(), 4U);
  EXPECT_EQ(desk_.offered.at(0).id, desk_.offered.at(3).id);
}

TEST_F(MattermostRecovery, without_a_position_it_waits_for_the_database) {
  desk_.position_refusals = 2;
  adapter_->start(inbox_, desk_);
  EXPECT_EQ(desk_.changes.at(0), std::pair(false, std::string("the database is away")));
  EXPECT_TRUE(is_up(1));
}

TEST_F(MattermostRecovery, a_position_that_is_nonsense_is_no_reason_not_to_start) {
  for (const auto* nonsense : {"x", "[]", "{\"at\":\"y\"}", "{\"at\":1,\"standing\":[[1],7]}"}) {
    desk_.heard_up_to("mm", nonsense);
    restart();
  }
  EXPECT_EQ(inbox_.arrived.count(), 0U);
}

// A server whose clock a test can turn.
constexpr std::int64_t kHour = 3'600'000;
std::atomic<std::int64_t> g_behind = 0;
class OldServer : public MattermostRecovery {
 protected:
  ~OldServer() override { g_behind = 0; }
  OldServer()
      : MattermostRecovery({.clock = (g_behind = 30 * kHour, [] {
                              return std::chrono::duration_cast<std::chrono::milliseconds>(
                                         std::chrono::system_clock::now().time_since_epoch())
                                         .count() -
                                     g_behind;
                            })}) {}
};

TEST_F(OldServer, what_is_older_than_a_day_is_nobodys_wish_any_more_T42) {
  chat_.post("alice", "!yesterday");
  g_behind = 20 * kHour;
  chat_.post("alice", "!today");
  g_behind = 0;
  const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
  desk_.heard_up_to("mm", Json{{"at", now.count() - 48 * kHour}}.dump());
  start();
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!today");
  chat_.post("alice", "!now");
  EXPECT_EQ(inbox_.arrived.at(1).body.at("text"), "!now");
}

TEST_F(MattermostRecovery, who_wrote_a_command_is_asked_again_when_the_server_could_not_say) {
  start();
  control("rest/refuse",
          {{"count", 6}, {"status", 429}, {"path", "/users/"}, {"user", "countersign"}});
  const auto post = chat_.post("carol", "!status");
  EXPECT_EQ(inbox_.arrived.at(0).delivery_id, post);
  EXPECT_EQ(inbox_.arrived.at(0).body.at("person").at("name"), "carol");
}

TEST_F(MattermostRecovery, a_renamed_user_is_the_same_person_under_the_new_name_T32) {
  start();
  chat_.post("alice", "!one");
  const auto before = inbox_.arrived.at(0).body.at("person");
  control("users/rename", {{"user", "alice"}, {"username", "alicia"}});
  chat_.post("alice", "!two");
  const auto after = inbox_.arrived.at(1).body.at("person");
  EXPECT_EQ(after.at("key"), before.at("key"));
  EXPECT_EQ(after.at("name"), "alicia");
}

TEST_F(MattermostRecovery, a_deleted_question_disturbs_nothing_T37) {
  start();
  const auto sent = adapter_->deliver(message("plan"), {});
  desk_.ask(sent);
  react("alice", sent.message_id, "+1");
  desk_.arrived.at(0);
  chat_.ok("admin", "DELETE", "/api/v4/posts/" + sent.message_id);
  auto update = message("decided");
  update.op = Outgoing::Op::update;
  update.message_id = sent.message_id;
  const auto gone = adapter_->deliver(update, {});
  EXPECT_EQ(gone.kind, Delivery::Kind::failed);
  EXPECT_FALSE(gone.retryable);
  restart();
  chat_.post("alice", "!still here");
  EXPECT_EQ(inbox_.arrived.at(0).body.at("text"), "!still here");
  EXPECT_EQ(desk_.arrived.count(), 1U);
}

}  // namespace
}  // namespace countersign::adapters::mattermost
