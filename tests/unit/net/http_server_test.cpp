#include "adapters/net/http_server.h"

#include <gtest/gtest.h>

#include <future>
#include <mutex>
#include <thread>

#include "tests/unit/net/raw_socket.h"

namespace countersign::net {
namespace {

using test::RawSocket;
using namespace std::chrono_literals;

constexpr char kGet[] = "GET /x?a=b HTTP/1.1\r\nHost: h\r\n\r\n";

std::string post(const std::string& body, const std::string& more = "") {
  return "POST /p HTTP/1.1\r\nHost: h\r\n" + more +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

// A server that answers with what it got, unless a test sets another handler.
class HttpServerTest : public testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    server_ = std::make_unique<HttpServer>(
        io_, options, [this](HttpRequest request, HttpServer::Respond respond) {
          ++calls_;
          handler_(std::move(request), std::move(respond));
        });
    const auto port = server_->start();
    ASSERT_TRUE(port.ok()) << port.error().message;
    port_ = *port;
  }

  std::string whole_answer_to(const std::string& bytes) {
    auto socket = RawSocket::connected_to(port_);
    socket.send(bytes);
    return socket.read_to_end();
  }

  Io io_;
  std::uint16_t port_ = 0;
  std::atomic<int> calls_ = 0;
  HttpServer::Handler handler_ = [](const HttpRequest& r, const HttpServer::Respond& respond) {
    respond({.status = 200,
             .headers = {{"Content-Type", "text/plain"}},
             .body = r.method + " " + r.path + " " + r.query + " [" + r.body + "]"});
  };
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, keeps_a_connection_for_the_next_request) {
  start();
  auto socket = RawSocket::connected_to(port_);
  for (int i = 0; i < 3; ++i) {
    socket.send(kGet);
    const auto answer = socket.read_until("[]");
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 200 OK\r\n")) << answer;
    EXPECT_NE(answer.find("GET /x a=b []"), std::string::npos) << answer;
  }
  socket.send("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(socket.read_to_end().find("Connection: close"), std::string::npos);
}

TEST_F(HttpServerTest, answers_pipelined_requests_one_after_another_in_order) {
  std::mutex mutex;
  std::vector<HttpServer::Respond> waiting;
  std::promise<void> first;
  handler_ = [&](const HttpRequest& request, HttpServer::Respond respond) {
    if (request.path != "/1") return respond({.status = 200, .headers = {}, .body = request.path});
    const std::lock_guard lock(mutex);
    waiting.push_back(std::move(respond));
    first.set_value();
  };
  start();
  auto socket = RawSocket::connected_to(port_);
  socket.send("GET /1 HTTP/1.1\r\nHost: h\r\n\r\nGET /2 HTTP/1.1\r\nHost: h\r\n\r\n");
  first.get_future().wait();
  EXPECT_EQ(calls_, 1);
  std::thread([&] { waiting[0]({.status = 200, .headers = {}, .body = "/1"}); }).join();
  EXPECT_TRUE(socket.read_until("/1").ends_with("/1"));
  EXPECT_TRUE(socket.read_until("/2").ends_with("/2"));
}

TEST_F(HttpServerTest, reads_chunked_bodies) {
  start();
  const auto answer = whole_answer_to(
      "POST /c HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
      "3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n");
  EXPECT_NE(answer.find("[abcde]"), std::string::npos) << answer;
}

TEST_F(HttpServerTest, answers_head_and_204_without_a_body) {
  handler_ = [](const HttpRequest& r, const HttpServer::Respond& respond) {
    respond({.status = r.method == "HEAD" ? 200 : 204, .headers = {}, .body = "12345"});
  };
  start();
  const auto head = whole_answer_to("HEAD / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_NE(head.find("Content-Length: 5"), std::string::npos);
  EXPECT_TRUE(head.ends_with("\r\n\r\n"));
  const auto empty = whole_answer_to("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(empty.find("Content-Length"), std::string::npos);
  EXPECT_TRUE(empty.ends_with("\r\n\r\n"));
}

TEST_F(HttpServerTest, drops_response_headers_that_would_split_the_answer) {
  handler_ = [](const HttpRequest&, const HttpServer::Respond& respond) {
    respond(
        {.status = 200, .headers = {{"X-Bad", "a\r\nX-Injected: b"}, {"X-Good", "c"}}, .body = ""});
  };
  start();
  const auto answer = whole_answer_to("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(answer.find("Injected"), std::string::npos);
  EXPECT_NE(answer.find("X-Good: c"), std::string::npos);
}

struct BadRequest {
  const char* name;
  std::string bytes;
  int status = 400;
};

// T10: none of these may ever be read as something else, least of all as two requests.
TEST_F(HttpServerTest, refuses_ambiguous_requests_with_400_and_closes_T10) {
  start();
  const std::string line = "POST / HTTP/1.1\r\nHost: h\r\n";
  const std::string tail = "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n";
  const std::vector<BadRequest> cases = {
      {"both lengths", line + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"both lengths, other order",
       line + "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"},
      {"two different lengths", line + "Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"},
      {"two equal lengths", line + "Content-Length: 1\r\nContent-Length: 1\r\n\r\na"},
      {"list of lengths", line + "Content-Length: 1, 1\r\n\r\na"},
      {"negative length", line + "Content-Length: -1\r\n\r\n"},
      {"signed length", line + "Content-Length: +1\r\n\r\na"},
      {"huge length", line + "Content-Length: 18446744073709551617\r\n\r\n"},
      {"unknown encoding", line + "Transfer-Encoding: xchunked\r\n\r\n"},
      {"chunked not last", line + "Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"},
      {"chunked twice",
       line + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"encoding in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"},
      {"bare line feeds", "GET / HTTP/1.1\nHost: h\n\n"},
      {"one bare line feed", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n"},
      {"bare carriage return", "GET / HTTP/1.1\r\nHost: h\rX: y\r\n\r\n"},
      {"blank before colon", line + "Content-Length : 5\r\n\r\nabcde"},
      {"folded line", line + "X: a\r\n b\r\n\r\n"},
      {"leading blank", "GET / HTTP/1.1\r\n Host: h\r\n\r\n"},
      {"no colon", line + "nonsense\r\n\r\n"},
      {"NUL in a value", line + std::string("X: a\0b\r\n\r\n", 10)},
      {"chunk size 0x1", line + "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"},
      {"negative chunk", line + "Transfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n"},
      {"chunk size 2^64",
       line + "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\na\r\n0\r\n\r\n"},
      {"chunk extension", line + "Transfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n0\r\n\r\n"},
      {"trailer", line + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: y\r\n\r\n"},
      {"chunk without end", line + "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"},
      {"no host", "GET / HTTP/1.1\r\n\r\n"},
      {"two hosts", "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n"},
      {"version 2.0", "GET / HTTP/2.0\r\nHost: h\r\n\r\n"},
      {"no version", "GET /\r\nHost: h\r\n\r\n"},
      {"TLS hello", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15)},
  };
  for (const auto& test : cases) {
    const auto answer = whole_answer_to(test.bytes + tail);
    EXPECT_TRUE(answer.starts_with("HTTP/1.1 400 ")) << test.name << ": " << answer;
    EXPECT_NE(answer.find("Connection: close"), std::string::npos) << test.name;
    EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << test.name << ": " << answer;
  }
  EXPECT_EQ(calls_, 0);
}

TEST_F(HttpServerTest, refuses_large_headers_with_431_and_large_bodies_with_413_T13) {
  start({.header_limit = 1024, .body_limit = 100});
  EXPECT_TRUE(whole_answer_to("GET / HTTP/1.1\r\nX: " + std::string(2000, 'a'))
                  .starts_with("HTTP/1.1 431 "));
  EXPECT_TRUE(
      whole_answer_to("GET / HTTP/1.1\r\nHost: h\r\nX: " + std::string(1000, 'a') + "\r\n\r\n")
          .starts_with("HTTP/1.1 431 "));
  // The answer comes before the body does.
  EXPECT_TRUE(whole_answer_to("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 101\r\n\r\n")
                  .starts_with("HTTP/1.1 413 "));
  EXPECT_TRUE(
      whole_answer_to("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" +
                      std::string(101, 'a'))
          .starts_with("HTTP/1.1 413 "));
  EXPECT_EQ(calls_, 0);
  auto socket = RawSocket::connected_to(port_);
  socket.send(post(std::string(100, 'a')));
  EXPECT_TRUE(socket.read_until("]").starts_with("HTTP/1.1 200 "));
}

TEST_F(HttpServerTest, continues_when_asked_before_the_body) {
  start();
  auto socket = RawSocket::connected_to(port_);
  socket.send("POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n");
  EXPECT_EQ(socket.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  socket.send("abc");
  EXPECT_NE(socket.read_until("]").find("[abc]"), std::string::npos);
  EXPECT_TRUE(whole_answer_to(post("abc", "Expect: miracles\r\n")).starts_with("HTTP/1.1 417 "));
}

TEST_F(HttpServerTest, says_408_to_slow_senders_and_hangs_up_on_silent_ones_T11) {
  start({.header_deadline = 100ms, .body_deadline = 100ms, .idle_deadline = 100ms});
  EXPECT_EQ(whole_answer_to(""), "");
  EXPECT_TRUE(whole_answer_to("GET / HT").starts_with("HTTP/1.1 408 "));
  EXPECT_TRUE(whole_answer_to("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\na")
                  .starts_with("HTTP/1.1 408 "));
  const auto once = whole_answer_to(kGet);
  EXPECT_TRUE(once.starts_with("HTTP/1.1 200 "));
  EXPECT_EQ(once.find("HTTP/1.1", 1), std::string::npos);
}

TEST_F(HttpServerTest, a_dripping_header_does_not_move_the_deadline_T11) {
  start({.header_deadline = 200ms});
  auto socket = RawSocket::connected_to(port_);
  socket.send("GET / HTTP/1.1\r\nHost: h\r\nX: ");
  std::promise<void> ended;
  std::thread dripping([&, over = ended.get_future()]() mutable {
    while (over.wait_for(5ms) == std::future_status::timeout) socket.send("a");
  });
  const auto answer = socket.read_until("\r\n\r\n");
  ended.set_value();
  dripping.join();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST_F(HttpServerTest, closes_connections_beyond_the_limit_T12) {
  start({.connection_limit = 2});
  auto one = RawSocket::connected_to(port_);
  auto two = RawSocket::connected_to(port_);
  one.send(kGet);
  two.send(kGet);
  EXPECT_NE(one.read_until("[]"), "");
  EXPECT_NE(two.read_until("[]"), "");
  EXPECT_EQ(whole_answer_to(kGet), "");
  one.send(kGet);
  EXPECT_NE(one.read_until("[]"), "");
}

TEST_F(HttpServerTest, survives_answers_that_come_late_twice_or_never) {
  std::promise<HttpServer::Respond> kept;
  handler_ = [&](const HttpRequest& request, HttpServer::Respond respond) {
    if (request.path == "/keep") return kept.set_value(std::move(respond));
    if (request.path == "/twice") {
      respond({.status = 200, .headers = {}, .body = "once"});
      respond({.status = 200, .headers = {}, .body = "twice"});
    }
  };
  start();
  { RawSocket::connected_to(port_).send("GET /keep HTTP/1.1\r\nHost: h\r\n\r\n"); }
  auto late = kept.get_future().get();
  const auto end = std::string(" HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n");
  EXPECT_TRUE(whole_answer_to("GET /twice" + end).ends_with("once"));
  EXPECT_TRUE(whole_answer_to("GET /never" + end).starts_with("HTTP/1.1 500 "));
  late({.status = 200, .headers = {}, .body = "too late"});
  server_->stop();
  late({.status = 200, .headers = {}, .body = "far too late"});
}

TEST_F(HttpServerTest, stop_closes_what_is_open_and_refuses_what_comes) {
  start();
  auto socket = RawSocket::connected_to(port_);
  socket.send(kGet);
  EXPECT_NE(socket.read_until("[]"), "");
  server_->stop();
  server_->stop();
  EXPECT_EQ(socket.read_to_end(), "");
  EXPECT_EQ(whole_answer_to(kGet), "");
}

TEST_F(HttpServerTest, names_address_and_port_when_it_cannot_listen) {
  start();
  HttpServer second(io_, {.port = port_}, handler_);
  const auto port = second.start();
  ASSERT_FALSE(port.ok());
  EXPECT_EQ(port.error().kind, ErrorKind::unavailable);
  EXPECT_NE(port.error().message.find("127.0.0.1:" + std::to_string(port_)), std::string::npos);
  EXPECT_NE(port.error().message.find("already in use"), std::string::npos) << port.error().message;
}

TEST_F(HttpServerTest, a_line_break_after_a_body_belongs_to_nobody) {
  start();
  auto socket = RawSocket::connected_to(port_);
  socket.send(post("abc") + "\r\n" + kGet);
  EXPECT_NE(socket.read_until("[abc]").find("200"), std::string::npos);
  EXPECT_NE(socket.read_until("[]").find("200"), std::string::npos);
}

TEST(Io, runs_timers_and_forgets_cancelled_ones) {
  Io io;
  std::promise<std::string> said;
  io.post([&] {
    auto dropped = io.after(1ms, [&] { said.set_value("cancelled one"); });
    dropped.cancel();
    io.after(30ms, [&] { said.set_value("the other"); });
  });
  EXPECT_EQ(said.get_future().get(), "the other");
}

TEST(Io, a_timer_handle_may_outlive_the_loop) {
  Io::Timer timer;
  {
    Io io;
    timer = io.after(1h, [] {});
  }
  timer.cancel();
}

}  // namespace
}  // namespace countersign::net
