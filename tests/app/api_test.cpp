// The API without a socket: which address is served how, what its document says, who is listened
// to.
#include "bot/app/api.h"

#include <gtest/gtest.h>

#include <future>
#include <set>

#include "bot/app/api_document.h"
#include "bot/app/api_routes.h"
#include "bot/app/outpost.h"
#include "bot/core/digest.h"
#include "bot/engine/intake.h"
#include "tests/support/test_database.h"

namespace countersign::app {
namespace {

using std::chrono::seconds;
constexpr int kMost = 20;
const Throttle::Clock::time_point kStart{};

TEST(Throttle, shuts_one_out_for_the_rest_of_the_window_and_no_other) {
  Throttle wrong(kMost);
  for (int i = 1; i < kMost; ++i) EXPECT_FALSE(wrong.note("a", kStart));
  EXPECT_EQ(wrong.wait("a", kStart), seconds(0));
  EXPECT_TRUE(wrong.note("a", kStart + seconds(10)));
  EXPECT_EQ(wrong.wait("a", kStart + seconds(10)), seconds(50));
  EXPECT_EQ(wrong.wait("b", kStart + seconds(10)), seconds(0));
  EXPECT_EQ(wrong.wait("a", kStart + Throttle::kWindow), seconds(0));
  EXPECT_FALSE(wrong.note("a", kStart + Throttle::kWindow)) << "a new window, a new count";
  EXPECT_EQ(wrong.wait("a", kStart + Throttle::kWindow), seconds(0));
}

TEST(Throttle, watches_a_limited_number) {
  Throttle wrong(kMost);
  for (std::size_t i = 0; i < Throttle::kWatched; ++i) wrong.note(std::to_string(i), kStart);
  for (int i = 0; i < 2 * kMost; ++i) EXPECT_FALSE(wrong.note("late", kStart));
  const auto later = kStart + Throttle::kWindow;
  for (int i = 1; i < kMost; ++i) wrong.note("late", later);
  EXPECT_TRUE(wrong.note("late", later));
}

TEST(Routes, are_found_by_their_whole_path) {
  const auto vote = match_route("POST", "/api/v1/approvals/7/votes");
  ASSERT_TRUE(vote.route);
  EXPECT_EQ(vote.route->id, "vote");
  EXPECT_EQ(vote.id, "7");
  EXPECT_EQ(match_route("HEAD", "/api/v1/approvals").route->id, "listApprovals");
  EXPECT_EQ(match_route("GET", "/api/v1/approvals/R12").id, "R12");
  EXPECT_FALSE(match_route("GET", "/api/v1/approvals/7/votes").route);
  EXPECT_EQ(match_route("GET", "/api/v1/approvals/7/votes").allow, "POST");
  for (const char* path : {"/api/v1/approvals/", "/api/v1/approvals/7/8",
                           "/api/v1/approvals//votes", "/api/v1", "/api/v1/approvals/7/votes/"})
    EXPECT_EQ(match_route("GET", path).allow, "") << path;
}

TEST(Routes, take_a_key_of_printable_characters_only) {
  const ApiRoute& vote = *match_route("POST", "/api/v1/approvals/7/votes").route;
  const auto read = [&](const std::string& key) {
    net::HttpRequest request;
    request.headers = {{"Idempotency-Key", key}};
    request.body = R"({"choice": "deny"})";
    return read_fields(vote, "7", request);
  };
  ASSERT_TRUE(read("a key ~ 1").ok());
  EXPECT_EQ(read("a key ~ 1")->at("Idempotency-Key"), "a key ~ 1");
  for (const char* key : {"tab\there", "\x7f", "schl\xc3\xbcssel", "\xff", "\x01"}) {
    const auto refused = read(key);
    ASSERT_FALSE(refused.ok()) << key;
    EXPECT_EQ(refused.error().message, "Idempotency-Key may only have printable ASCII characters");
  }
}

// Each name that stands behind "$ref" or "#/components/schemas/" somewhere in it.
void collect_references(const Json& j, std::set<std::string>& into) {
  for (const auto& [key, value] : j.items()) {
    if (j.is_object() && key == "$ref") into.insert(value.get<std::string>());
    if (value.is_structured()) collect_references(value, into);
  }
}

TEST(Document, describes_each_route_with_all_its_fields_and_statuses) {
  const Json document = api_document();
  std::size_t operations = 0;
  for (const auto& [path, of_path] : document["paths"].items()) operations += of_path.size();
  EXPECT_EQ(operations, api_routes().size());
  for (const ApiRoute& route : api_routes()) {
    const Json& operation = document["paths"][route.path][route.changes() ? "post" : "get"];
    EXPECT_EQ(operation["operationId"], route.id);
    EXPECT_EQ(operation["responses"].size(), statuses_of(route).size());
    std::set<std::string> described;
    for (const auto& parameter : operation["parameters"])
      described.insert(parameter["name"].get<std::string>());
    if (route.changes()) {
      const auto& schema = operation["requestBody"]["content"]["application/json"]["schema"];
      for (const auto& [name, field] : schema["properties"].items()) described.insert(name);
    }
    for (const ApiField& field : route.fields) EXPECT_TRUE(described.contains(field.name));
    EXPECT_EQ(described.size(), route.fields.size()) << route.id;
  }
  std::set<std::string> references;
  collect_references(document["paths"], references);
  collect_references(document["components"], references);
  for (const auto& reference : references)
    EXPECT_TRUE(document.contains(Json::json_pointer(reference.substr(1)))) << reference;
}

class ApiCalls : public testing::Test {
 protected:
  static std::shared_ptr<const engine::Snapshot> snapshot() {
    return std::make_shared<engine::Snapshot>(
        engine::Snapshot{{}, std::make_shared<config::Catalog>()});
  }
  static net::HttpRequest cancel(const std::string& token) {
    net::HttpRequest request;
    request.method = "POST";
    request.path = request.target = "/api/v1/runs/R1/cancel";
    request.headers = {{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"}};
    request.body = R"({"reason": "x"})";
    request.peer = "192.0.2.1";
    return request;
  }
  net::HttpResponse send(net::HttpRequest request) {
    std::promise<net::HttpResponse> answered;
    api_.handle(std::move(request),
                [&](net::HttpResponse response) { answered.set_value(std::move(response)); });
    return answered.get_future().get();
  }
  std::string make_token(const std::string& who) {
    const std::string token = "cs_" + core::sha256_hex(who);
    test_.db().transact("a token", [&](store::Tx& tx) {
      store::create_token(tx, {.id = {}, .person = {"mm:" + who, who}, .shown = "cs_", .note = ""},
                          core::sha256_hex(token), std::chrono::hours(1));
    });
    return token;
  }
  static net::HttpRequest request() {
    net::HttpRequest request;
    request.method = "GET";
    request.path = request.target = "/api/v1/approvals";
    request.headers = {{"Authorization", "Bearer cs_" + std::string(64, '0')}};
    request.peer = "192.0.2.1";
    return request;
  }
  std::future<int> ask() {
    const auto answered = std::make_shared<std::promise<int>>();
    api_.handle(request(),
                [answered](net::HttpResponse response) { answered->set_value(response.status); });
    return answered->get_future();
  }

  support::TestDatabase test_;
  Outpost outpost_{test_.db(), snapshot()};
  engine::Voting voting_{outpost_.deps()};
  engine::Intake intake_{outpost_.deps()};
  Api api_{outpost_.deps(), voting_, intake_};
};

TEST_F(ApiCalls, says_later_until_the_database_can_be_used_and_when_it_ends) {
  EXPECT_EQ(ask().get(), 503);
  api_.start();
  EXPECT_EQ(ask().get(), 401);
  api_.stop();
  EXPECT_EQ(ask().get(), 503);
}

TEST_F(ApiCalls, takes_so_many_posts_of_one_token_in_a_minute_T44) {
  api_.start();
  const std::string alice = make_token("alice"), bob = make_token("bob");
  for (int i = 0; i < Api::kPosts; ++i) ASSERT_EQ(send(cancel(alice)).status, 404);
  const auto refused = send(cancel(alice));
  EXPECT_EQ(refused.status, 429);
  EXPECT_FALSE(net::all_values(refused.headers, "Retry-After").empty());
  EXPECT_EQ(send(cancel(bob)).status, 404) << "it is the token that is full";
}

TEST_F(ApiCalls, lets_so_many_wait_and_tells_the_others_at_once) {
  store::Database locker({.url = test_.url(), .pool = 1});
  std::promise<void> locked, release;
  auto released = release.get_future();
  const auto holding = std::async(std::launch::async, [&] {
    locker.transact("lock", [&](store::Tx& tx) {
      tx.script("LOCK TABLE cs.token");
      locked.set_value();
      released.wait();
    });
  });
  locked.get_future().wait();
  api_.start();
  std::vector<std::future<int>> answers;
  for (std::size_t i = 0; i < Api::kWaiting + 10; ++i) answers.push_back(ask());
  int told = 0;
  for (auto& answer : answers)
    told += answer.wait_for(seconds(0)) == std::future_status::ready ? 1 : 0;
  EXPECT_GE(told, 9) << "one may be in the worker's hands";
  release.set_value();
  int later = 0;
  for (auto& answer : answers) later += answer.get() == 503 ? 1 : 0;
  EXPECT_EQ(later, told);
}

}  // namespace
}  // namespace countersign::app
