// Events by token: what is taken, what is a repeat, what is refused.
#include "bot/app/api_events.h"

#include <gtest/gtest.h>

#include "bot/app/api_routes.h"
#include "bot/app/outpost.h"
#include "bot/engine/intake.h"
#include "bot/store/events.h"
#include "tests/support/test_database.h"

namespace countersign::app {
namespace {

class PostedEvents : public testing::Test {
 protected:
  PostedEvents() { intake_.start(); }
  ~PostedEvents() override { intake_.stop(); }

  static Result<std::map<std::string, std::string>> fields(const std::string& body) {
    net::HttpRequest request;
    request.body = body;
    return read_fields(*match_route("POST", "/api/v1/events").route, "", request);
  }
  ApiAnswer post(const Json& body, const std::string& who = "alice") {
    auto values = fields(body.dump());
    EXPECT_TRUE(values.ok()) << (values ? "" : values.error().message);
    ApiCall call;
    call.token.person = {"mm:" + who, who};
    call.values = values ? *values : std::map<std::string, std::string>();
    return post_event({outpost_.deps(), voting_, intake_}, call);
  }
  core::Event event(const ApiAnswer& answer) {
    const core::EventId id{answer.body["event"].get<std::int64_t>()};
    return *test_.db().transact("event", [&](store::Tx& tx) { return store::find_event(tx, id); });
  }

  support::TestDatabase test_;
  Outpost outpost_{test_.db(), std::make_shared<engine::Snapshot>(
                                   engine::Snapshot{{}, std::make_shared<config::Catalog>()})};
  engine::Voting voting_{outpost_.deps()};
  engine::Intake intake_{outpost_.deps()};
};

TEST_F(PostedEvents, are_stored_under_the_name_of_whose_token_it_is) {
  const auto answer = post({{"trigger", "disk.full"}, {"payload", {{"host", "web-1"}}}});
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body["verdict"], "new");
  const auto stored = event(answer);
  EXPECT_EQ(stored.source, "api:mm:alice");
  EXPECT_EQ(stored.trigger, "disk.full");
  EXPECT_EQ(stored.body, (Json{{"host", "web-1"}}));
  EXPECT_EQ(answer.body["correlation_id"], stored.correlation.text());
}

TEST_F(PostedEvents, with_the_same_key_are_one_and_with_another_body_a_conflict_I3) {
  const Json body{{"trigger", "t"}, {"payload", {1, 2}}, {"dedup_key", "k"}};
  const auto first = post(body);
  const auto second = post(body);
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.body["event"], first.body["event"]);
  EXPECT_EQ(post({{"trigger", "t"}, {"payload", {3}}, {"dedup_key", "k"}}).status, 409);
  EXPECT_EQ(post({{"trigger", "u"}, {"payload", {1, 2}}, {"dedup_key", "k"}}).status, 409);
  EXPECT_EQ(post(body, "bob").status, 202) << "everybody has keys of their own";
  EXPECT_EQ(post({{"trigger", "t"}, {"payload", {1, 2}}}).status, 202);
  EXPECT_EQ(post({{"trigger", "t"}, {"payload", {1, 2}}}).status, 202) << "no key, no repeat";
}

TEST_F(PostedEvents, belong_to_the_trace_that_they_name) {
  const std::string trace = "0af7651916cd43dd8448eb211c80319c";
  const auto answer = post({{"trigger", "t"}, {"payload", Json::object()}, {"correlation", trace}});
  EXPECT_EQ(answer.body["correlation_id"], trace);
  for (const std::string wrong : {"x", "0", "00000000000000000000000000000000"})
    EXPECT_EQ(post({{"trigger", "t"}, {"payload", Json::object()}, {"correlation", wrong}}).status,
              400)
        << wrong;
}

TEST_F(PostedEvents, of_the_bots_own_types_are_refused) {
  for (const char* trigger :
       {"chat.command", "core.st2.CronTimer", "core.st2.webhook", "countersign.anything"}) {
    const auto answer = post({{"trigger", trigger}, {"payload", Json::object()}});
    EXPECT_EQ(answer.status, 403) << trigger;
    EXPECT_EQ(answer.body["error"], "reserved");
  }
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.event"), "0");
}

TEST_F(PostedEvents, have_a_payload_that_is_an_object_or_a_list) {
  for (const char* wrong :
       {R"({"trigger": "t"})", R"({"trigger": "t", "payload": "text"})",
        R"({"trigger": "t", "payload": 5})", R"({"payload": {}})",
        R"({"trigger": 5, "payload": {}})", R"({"trigger": "t", "payload": {"a": 1, "a": 2}})",
        R"({"trigger": "t", "payload": {}, "source": "alerts"})"})
    EXPECT_FALSE(fields(wrong).ok()) << wrong;
}

TEST_F(PostedEvents, are_not_taken_when_they_cannot_be_stored) {
  intake_.stop();
  const auto answer = post({{"trigger", "t"}, {"payload", Json::object()}});
  EXPECT_EQ(answer.status, 503);
}

}  // namespace
}  // namespace countersign::app
