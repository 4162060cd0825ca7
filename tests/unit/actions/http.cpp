#include "actions/http.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

#include "adapters/net/http_client.h"
#include "adapters/net/http_server.h"

namespace countersign::actions {
namespace {

using core::OutcomeClass;

// A far side that answers as told and hands back the last request.
class Http : public testing::Test {
 protected:
  void SetUp() override { url_ = "http://127.0.0.1:" + std::to_string(*server_.start()); }
  void TearDown() override { server_.stop(); }

  core::RunRequest request(Json call) const {
    core::RunRequest request;
    request.run = "17";
    request.correlation = "4bf92f3577b34da6a3ce929d0e0e4736";
    request.idempotency_key = "key-17";
    request.fence = 3;
    request.call = std::move(call);
    return request;
  }
  core::Outcome run(Json call) { return runner_.run(request(std::move(call)), {}); }

  net::HttpRequest seen_;
  net::HttpResponse answer_;
  net::Io io_;
  net::HttpServer server_{
      io_, {}, [this](net::HttpRequest request, net::HttpServer::Respond respond) {
        seen_ = std::move(request);
        respond(answer_);
      }};
  std::string url_;
  HttpRunner runner_{{.allow_loopback = true}};
};

TEST_F(Http, I13_carries_key_trace_and_fence) {
  const auto outcome = run({{"method", "PUT"},
                            {"url", url_ + "/a?b=c"},
                            {"headers", {{"X-A", "b"}}},
                            {"body", {{"k", 1}}}});
  EXPECT_EQ(outcome.klass, OutcomeClass::ok);
  EXPECT_EQ(seen_.method, "PUT");
  EXPECT_EQ(seen_.target, "/a?b=c");
  EXPECT_EQ(seen_.body, R"({"k":1})");
  EXPECT_EQ(*net::find_header(seen_.headers, "X-A"), "b");
  EXPECT_EQ(*net::find_header(seen_.headers, "Content-Type"), "application/json");
  EXPECT_EQ(*net::find_header(seen_.headers, "Idempotency-Key"), "key-17");
  EXPECT_EQ(*net::find_header(seen_.headers, "X-Countersign-Fence"), "3");
  const std::string parent = *net::find_header(seen_.headers, "traceparent");
  EXPECT_TRUE(parent.starts_with("00-4bf92f3577b34da6a3ce929d0e0e4736-")) << parent;
  EXPECT_EQ(parent.size(), 55u);
}

TEST_F(Http, classes_an_answer_by_its_status) {
  struct Row {
    int status;
    OutcomeClass klass;
  };
  for (const Row& row :
       {Row{200, OutcomeClass::ok}, Row{202, OutcomeClass::ok}, Row{302, OutcomeClass::failed},
        Row{404, OutcomeClass::failed}, Row{429, OutcomeClass::failed},
        Row{500, OutcomeClass::ambiguous}, Row{503, OutcomeClass::ambiguous}}) {
    answer_ = {row.status, {{"Location", url_ + "/inside"}}, "answer"};
    const auto outcome = run({{"url", url_}});
    EXPECT_EQ(outcome.klass, row.klass) << row.status;
    EXPECT_EQ(outcome.code, row.status);
    EXPECT_EQ(outcome.output, "answer");
    EXPECT_EQ(seen_.target, "/") << "followed a redirect";
  }
}

TEST_F(Http, a_connection_that_never_was_has_not_been_applied) {
  server_.stop();
  const auto outcome = run({{"url", url_}});
  EXPECT_EQ(outcome.klass, OutcomeClass::not_applied);
  EXPECT_NE(outcome.error, "");
}

TEST_F(Http, T27_goes_nowhere_it_may_not_go) {
  HttpRunner strict({});
  for (const std::string& url :
       {url_, std::string("http://169.254.169.254/"), std::string("file:///etc/passwd"),
        std::string("http://user:pw@10.0.0.1/"), url_ + "/\r\nX: y"}) {
    EXPECT_EQ(strict.run(request({{"url", url}}), {}).klass, OutcomeClass::not_applied) << url;
  }
  EXPECT_EQ(seen_.method, "");
}

TEST_F(Http, T27_refuses_headers_that_could_split_or_forge_a_request) {
  for (const auto& [name, value] :
       std::map<std::string, std::string>{{"X-A", "b\r\nX-C: d"},
                                          {"X A", "b"},
                                          {"", "b"},
                                          {"Content-Length", "5"},
                                          {"transfer-encoding", "chunked"},
                                          {"Host", "inside"},
                                          {"idempotency-key", "mine"}}) {
    const auto outcome = run({{"url", url_}, {"headers", {{name, value}}}});
    EXPECT_EQ(outcome.klass, OutcomeClass::not_applied) << name;
    EXPECT_TRUE(outcome.error.starts_with("malformed call: ")) << outcome.error;
  }
  EXPECT_EQ(seen_.method, "");
}

TEST_F(Http, T27_connects_to_the_address_that_was_checked_and_not_to_what_the_name_says_later) {
  net::HttpCall call;
  call.url = "http://no.such.name.invalid" + url_.substr(url_.rfind(':')) + "/pinned";
  call.connect_to = "127.0.0.1";
  const auto result = net::call(call);
  EXPECT_EQ(result.kind, net::HttpResult::Kind::answered) << result.why;
  EXPECT_EQ(seen_.path, "/pinned");
  EXPECT_TRUE(net::find_header(seen_.headers, "Host")->starts_with("no.such.name.invalid"));
}

}  // namespace
}  // namespace countersign::actions
