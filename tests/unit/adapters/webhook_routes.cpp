#include "adapters/webhook/routes.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/unit/adapters/webhook_fixtures.h"

namespace countersign::adapters::webhook {
namespace {

using test::alert;
using test::bearer_request;
using test::github_request;
using test::group;

class WebhookRoutesTest : public testing::Test {
 protected:
  struct Answer {
    int status = 0;
    Json body;
    net::Headers headers;
  };

  Answer send(net::HttpRequest request) {
    Answer answer;
    routes_.handle(std::move(request), [&](net::HttpResponse response) {
      EXPECT_EQ(answer.status, 0) << "answered twice";
      answer = {response.status, Json::parse(response.body), response.headers};
    });
    EXPECT_NE(answer.status, 0) << "not answered";
    return answer;
  }

  test::MemoryInbox inbox_;
  test::CountingIds ids_;
  std::vector<std::pair<std::string, int>> seen_;
  Fetched fetched_{[](const std::string&, const std::stop_token&) -> Result<std::string> {
                     return unavailable("nothing is there");
                   },
                   [] { return core::Instant{}; }};
  net::Strikes strikes_;
  WebhookRoutes routes_{
      {inbox_, ids_, fetched_, strikes_, [] { return core::Instant{}; },
       [this](const Answered& answered) { seen_.emplace_back(answered.source, answered.status); }},
      {test::bearer_source(), test::bearer_source("alertmanager", "am"), test::github_source()}};
};

TEST_F(WebhookRoutesTest, I1_says_202_with_the_stored_event) {
  const auto answer = send(bearer_request("/hooks/alerts", "{}"));
  EXPECT_EQ(answer.status, 202);
  ASSERT_EQ(inbox_.stored.size(), 1u);
  EXPECT_EQ(answer.body, (Json{{"event", 1},
                               {"correlation_id", inbox_.stored[0].correlation.text()},
                               {"duplicate", false}}));
}

TEST_F(WebhookRoutesTest, I1_answers_only_after_the_inbox_has) {
  class LateInbox : public core::Inbox {
   public:
    void accept(std::vector<core::Incoming>, Done done) override { held = std::move(done); }
    Done held;
  } late;
  WebhookRoutes routes({late, ids_, fetched_, strikes_, [] { return core::Instant{}; }},
                       {test::bearer_source()});
  std::optional<int> status;
  routes.handle(bearer_request("/hooks/alerts", "{}"),
                [&](net::HttpResponse r) { status = r.status; });
  EXPECT_FALSE(status);
  late.held(std::vector{core::Accepted{core::EventId{7}, {}, core::Acceptance::fresh}});
  EXPECT_EQ(status, 202);
}

TEST_F(WebhookRoutesTest, T2_answers_a_redelivery_with_the_first_event) {
  const auto first = send(github_request("d-1", "{}"));
  for (int i = 0; i < 100; ++i) {
    const auto again = send(github_request("d-1", "{}"));
    EXPECT_EQ(again.status, 200);
    EXPECT_EQ(again.body.at("event"), first.body.at("event"));
    EXPECT_EQ(again.body.at("correlation_id"), first.body.at("correlation_id"));
    EXPECT_EQ(again.body.at("duplicate"), true);
  }
  EXPECT_EQ(inbox_.stored.size(), 1u);
}

TEST_F(WebhookRoutesTest, T3_stores_a_replayed_body_and_calls_it_a_duplicate) {
  send(github_request("d-1", "{}"));
  const auto replay = send(github_request("d-2", "{}"));
  EXPECT_EQ(replay.status, 202);
  EXPECT_EQ(replay.body.at("duplicate"), true);
}

TEST_F(WebhookRoutesTest, T5_refuses_a_known_id_with_another_body) {
  send(github_request("d-1", R"({"a":1})"));
  const auto other = send(github_request("d-1", R"({"a":2})"));
  EXPECT_EQ(other.status, 409);
  EXPECT_EQ(other.body, (Json{{"error", "known delivery id with another body"}}));
  EXPECT_EQ(inbox_.stored.size(), 1u);
}

TEST_F(WebhookRoutesTest, answers_a_group_alert_by_alert) {
  const auto first = send(bearer_request("/hooks/am", group({alert("a"), alert("b")}).dump()));
  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(first.body.at("event"), 1);
  ASSERT_EQ(first.body.at("events").size(), 2u);
  EXPECT_EQ(first.body.at("events")[1].at("event"), 2);

  const auto grown = send(bearer_request("/hooks/am", group({alert("a"), alert("c")}).dump()));
  EXPECT_EQ(grown.status, 202);
  EXPECT_EQ(grown.body.at("duplicate"), true);
  EXPECT_EQ(grown.body.at("events")[1].at("duplicate"), false);

  const auto repeated = send(bearer_request("/hooks/am", group({alert("a"), alert("b")}).dump()));
  EXPECT_EQ(repeated.status, 200);
}

TEST_F(WebhookRoutesTest, T1_refuses_every_forgery_alike_and_before_parsing) {
  const std::string not_json = "<no json>";
  const auto forged = [&](net::Headers headers) {
    return net::HttpRequest{"POST", "/hooks/gh", "/hooks/gh", "", std::move(headers), not_json, ""};
  };
  const std::string good = test::github_signature("another body");
  for (const net::Headers& headers :
       {net::Headers{}, net::Headers{{"X-Hub-Signature-256", ""}},
        net::Headers{{"X-Hub-Signature-256", good}},
        net::Headers{{"X-Hub-Signature-256", "sha256=00"}},
        net::Headers{{"Authorization", "Bearer tok-1"}},
        net::Headers{{"X-Hub-Signature", test::github_signature(not_json)}}}) {
    const auto answer = send(forged(headers));
    EXPECT_EQ(answer.status, 401);
    EXPECT_EQ(answer.body, (Json{{"error", "not authenticated"}}));
  }
  EXPECT_EQ(inbox_.calls, 0);
}

TEST_F(WebhookRoutesTest, T8_an_unknown_path_is_just_not_there) {
  for (const std::string& path :
       {std::string("/hooks/"), std::string("/hooks/nobody"), std::string("/hooks/alerts/"),
        std::string("/hooks/ALERTS"), std::string("/hooks/../hooks/alerts"),
        std::string("/hooks/%61lerts"), std::string("/hooks/%2e%2e/alerts"),
        std::string("/hooks//alerts"), std::string("/hooks/alerts\0", 14),
        "/hooks/" + std::string(8'000, 'a')}) {
    const auto answer = send(bearer_request(path, "{}"));
    EXPECT_EQ(answer.status, 404) << path;
    EXPECT_EQ(answer.body, (Json{{"error", "no such source"}}));
  }
  EXPECT_EQ(inbox_.calls, 0);
}

TEST_F(WebhookRoutesTest, takes_only_posts) {
  for (const char* method : {"GET", "PUT", "OPTIONS", "HEAD", "post"}) {
    auto request = bearer_request("/hooks/alerts", "{}");
    request.method = method;
    const auto answer = send(request);
    EXPECT_EQ(answer.status, 405);
    EXPECT_EQ(*net::find_header(answer.headers, "Allow"), "POST");
  }
}

TEST_F(WebhookRoutesTest, says_400_to_an_authentic_sender_of_no_json) {
  const auto answer = send(bearer_request("/hooks/alerts", "hello"));
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body, (Json{{"error", "malformed JSON at byte 0"}}));
  EXPECT_EQ(send(bearer_request("/hooks/alerts", "")).status, 400);
  EXPECT_EQ(send(bearer_request("/hooks/am", "{}")).status, 400);
}

TEST_F(WebhookRoutesTest, T16_T17_stores_json_no_rule_may_read) {
  EXPECT_EQ(send(bearer_request("/hooks/alerts", R"({"a":1,"a":2})")).status, 202);
  EXPECT_EQ(send(bearer_request("/hooks/alerts", R"({"a":"\u0000"})")).status, 202);
  EXPECT_EQ(inbox_.stored.at(0).body_note, "unparsable: duplicate key");
}

TEST_F(WebhookRoutesTest, T13_refuses_compressed_bodies) {
  auto request = bearer_request("/hooks/alerts", "{}");
  request.headers.emplace_back("Content-Encoding", "gzip");
  EXPECT_EQ(send(request).status, 415);
}

TEST_F(WebhookRoutesTest, I1_T52_says_503_and_when_to_come_back_while_the_database_is_away) {
  inbox_.away = true;
  const auto answer = send(bearer_request("/hooks/alerts", "{}"));
  EXPECT_EQ(answer.status, 503);
  EXPECT_NE(net::find_header(answer.headers, "Retry-After"), nullptr);
  inbox_.away = false;
  EXPECT_EQ(send(bearer_request("/hooks/alerts", "{}")).status, 202);
}

TEST_F(WebhookRoutesTest, T7_new_sources_are_in_force_at_once) {
  auto rotated = test::bearer_source();
  rotated.bearers = {{config::Secret("tok-2"), "2", {}}};
  routes_.replace({rotated});
  EXPECT_EQ(send(bearer_request("/hooks/alerts", "{}")).status, 401);
  EXPECT_EQ(send(bearer_request("/hooks/am", "{}")).status, 404);
}

TEST_F(WebhookRoutesTest, tells_its_observer_about_every_answer) {
  send(bearer_request("/hooks/alerts", "{}"));
  send(bearer_request("/hooks/nobody", "{}"));
  EXPECT_EQ(seen_, (std::vector<std::pair<std::string, int>>{{"alerts", 202}, {"", 404}}));
}

net::HttpRequest head(const std::string& path, const std::string& peer) {
  return {"POST", path, path, "", {}, "", peer};
}

TEST_F(WebhookRoutesTest, T14_whoever_keeps_being_refused_is_turned_away_before_the_body) {
  auto forged = bearer_request("/hooks/alerts", "{}");
  forged.headers.clear();
  forged.peer = "192.0.2.7";
  for (int i = 0; i < 100; ++i) send(forged);
  const auto refused = routes_.admit(head("/hooks/alerts", "192.0.2.7"));
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->status, 429);
  EXPECT_NE(net::find_header(refused->headers, "Retry-After"), nullptr);
  EXPECT_FALSE(routes_.admit(head("/hooks/alerts", "192.0.2.8"))) << "another sender";
}

TEST_F(WebhookRoutesTest, T14_a_proxy_that_nobody_named_is_not_struck_for_one_of_its_senders) {
  auto forged = bearer_request("/hooks/alerts", "{}");
  forged.headers.clear();
  for (int i = 0; i < 100; ++i) send(forged);
  EXPECT_FALSE(routes_.admit(head("/hooks/alerts", "127.0.0.1")));
}

TEST_F(WebhookRoutesTest, a_crowd_is_told_to_come_back_in_the_words_its_sender_understands) {
  inbox_.crowd = true;
  EXPECT_EQ(routes_.admit(head("/hooks/gh", "192.0.2.1"))->status, 429);
  EXPECT_EQ(routes_.admit(head("/hooks/am", "192.0.2.1"))->status, 503) << "gives up at a 429";
  inbox_.crowd = false;
  EXPECT_FALSE(routes_.admit(head("/hooks/gh", "192.0.2.1")));
}

TEST_F(WebhookRoutesTest, a_source_has_its_own_rate) {
  auto slow = test::github_source();
  slow.rate_limit = core::RateLimit{3, std::chrono::hours(1)};
  routes_.replace({slow, test::bearer_source()});
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(routes_.admit(head("/hooks/gh", "192.0.2.1"))) << i;
  EXPECT_EQ(routes_.admit(head("/hooks/gh", "192.0.2.1"))->status, 429);
  EXPECT_FALSE(routes_.admit(head("/hooks/alerts", "192.0.2.1")));
}

TEST(WebhookRoutesPath, serves_hooks_only) {
  EXPECT_TRUE(WebhookRoutes::serves("/hooks/x"));
  EXPECT_FALSE(WebhookRoutes::serves("/hook"));
  EXPECT_FALSE(WebhookRoutes::serves("/healthz"));
}

}  // namespace
}  // namespace countersign::adapters::webhook
