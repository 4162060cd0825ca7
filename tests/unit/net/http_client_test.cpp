#include "adapters/net/http_client.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "adapters/net/http_server.h"
#include "tests/unit/net/raw_socket.h"

namespace countersign::net {
namespace {

using namespace std::chrono_literals;
using test::RawListener;
using Kind = HttpResult::Kind;

std::string at(std::uint16_t port, const std::string& target = "/") {
  return "http://127.0.0.1:" + std::to_string(port) + target;
}

HttpCall to(std::uint16_t port, const std::string& target = "/") {
  HttpCall call;
  call.url = at(port, target);
  return call;
}

// A server of one connection, written by hand; `serve` runs on its own thread.
class OneShot {
 public:
  explicit OneShot(std::function<void(test::RawSocket)> serve)
      : thread_([this, serve = std::move(serve)] { serve(listener_.accept()); }) {}
  ~OneShot() { thread_.join(); }
  std::uint16_t port() const { return listener_.port(); }

 private:
  RawListener listener_;
  std::thread thread_;
};

TEST(HttpClient, sends_the_request_as_given_and_returns_the_answer) {
  Io io;
  HttpServer server(io, {}, [](const HttpRequest& r, const HttpServer::Respond& respond) {
    const auto* mine = find_header(r.headers, "X-Mine");
    respond({.status = 418,
             .headers = {{"X-Two", "1"}, {"X-Two", "2"}},
             .body = r.method + " " + r.target + " " + (mine ? *mine : "") + " " +
                     *find_header(r.headers, "Host") + " " + r.body});
  });
  const auto port = *server.start();
  auto request = to(port, "/a%2Fb?c=%20d");
  request.method = "PUT";
  request.headers = {{"X-Mine", "m"}};
  request.body = "body";
  const auto result = call(request);
  ASSERT_EQ(result.kind, Kind::answered) << result.why;
  EXPECT_EQ(result.response.status, 418);
  EXPECT_EQ(result.response.body,
            "PUT /a%2Fb?c=%20d m 127.0.0.1:" + std::to_string(port) + " body");
  EXPECT_EQ(all_values(result.response.headers, "x-two").size(), 2U);
  EXPECT_FALSE(result.truncated);
}

TEST(HttpClient, never_follows_a_redirect_T27) {
  Io io;
  std::atomic<int> calls = 0;
  HttpServer server(io, {}, [&](const HttpRequest&, const HttpServer::Respond& respond) {
    ++calls;
    respond({.status = 302, .headers = {{"Location", "/elsewhere"}}, .body = ""});
  });
  const auto result = call(to(*server.start()));
  EXPECT_EQ(result.kind, Kind::answered);
  EXPECT_EQ(result.response.status, 302);
  EXPECT_EQ(calls, 1);
}

TEST(HttpClient, cuts_a_body_at_the_limit_T28) {
  Io io;
  HttpServer server(io, {}, [](const HttpRequest&, const HttpServer::Respond& respond) {
    respond({.status = 200, .headers = {}, .body = std::string(100'000, 'a')});
  });
  auto request = to(*server.start());
  request.response_limit = 1000;
  const auto result = call(request);
  EXPECT_EQ(result.kind, Kind::answered);
  EXPECT_TRUE(result.truncated);
  EXPECT_EQ(result.response.status, 200);
  EXPECT_EQ(result.response.body.size(), 1000U);
}

TEST(HttpClient, a_refused_connection_is_proof_that_nothing_was_sent) {
  const auto result = call(to(test::refused_port(), "/?secret=1"));
  EXPECT_EQ(result.kind, Kind::not_sent);
  EXPECT_EQ(result.why.find("secret"), std::string::npos);
}

TEST(HttpClient, failed_tls_is_proof_that_nothing_was_sent) {
  OneShot server([](test::RawSocket socket) {
    socket.send("HTTP/1.1 400 Bad Request\r\n\r\n");
    socket.read_until("\r\n");
  });
  HttpCall request;
  request.url = "https://127.0.0.1:" + std::to_string(server.port()) + "/";
  const auto result = call(request);
  EXPECT_EQ(result.kind, Kind::not_sent) << result.why;
}

TEST(HttpClient, a_server_that_dies_before_answering_leaves_doubt) {
  OneShot server([](test::RawSocket socket) { socket.read_until("\r\n\r\n"); });
  const auto result = call(to(server.port()));
  EXPECT_EQ(result.kind, Kind::ambiguous);
  EXPECT_FALSE(result.why.empty());
}

TEST(HttpClient, half_an_answer_is_no_answer) {
  OneShot server([](test::RawSocket socket) {
    socket.read_until("\r\n\r\n");
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345");
  });
  const auto result = call(to(server.port()));
  EXPECT_EQ(result.kind, Kind::ambiguous);
  EXPECT_TRUE(result.response.body.empty());
}

TEST(HttpClient, a_dripping_server_is_cut_off_at_the_total_deadline_T28) {
  OneShot server([](test::RawSocket socket) {
    socket.read_until("\r\n\r\n");
    std::promise<void> never;
    const auto pause = never.get_future();
    socket.send("HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n");
    while (socket.send("a")) pause.wait_for(10ms);
  });
  auto request = to(server.port());
  request.timeout = 200ms;
  const auto result = call(request);
  EXPECT_EQ(result.kind, Kind::ambiguous);
  EXPECT_EQ(result.why, "no complete answer in time");
}

TEST(HttpClient, a_stop_request_ends_a_call_that_waits_for_its_answer) {
  std::stop_source stop;
  OneShot server([&](test::RawSocket socket) {
    socket.read_until("\r\n\r\n");
    stop.request_stop();
    EXPECT_EQ(socket.read_to_end(), "");
  });
  const auto result = call(to(server.port()), stop.get_token());
  EXPECT_EQ(result.kind, Kind::ambiguous);
  EXPECT_EQ(result.why, "stopped");
  EXPECT_EQ(call(to(server.port()), stop.get_token()).kind, Kind::not_sent);
}

TEST(HttpClient, refuses_what_cannot_be_sent_honestly) {
  auto split = to(test::refused_port());
  split.headers = {{"X", "a\r\nY: b"}};
  EXPECT_EQ(call(split).why, "a header holds a line break or has no valid name");
  auto verb = to(test::refused_port());
  verb.method = "GET / HTTP/1.1\r\nX:";
  EXPECT_EQ(call(verb).why, "the method is not valid");
  HttpCall scheme;
  scheme.url = "ws://host/";
  EXPECT_EQ(call(scheme).why, "the address is not http(s)");
}

}  // namespace
}  // namespace countersign::net
