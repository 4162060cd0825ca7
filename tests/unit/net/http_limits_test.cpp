// What a stranger can make the HTTP server do is bounded (T11 to T14), over real sockets.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <filesystem>
#include <future>
#include <thread>
#include <vector>

#include "adapters/net/descriptors.h"
#include "adapters/net/http_server.h"
#include "tests/unit/net/raw_socket.h"

namespace countersign::net {
namespace {

using test::RawSocket;
using namespace std::chrono_literals;

constexpr char kGet[] = "GET /x HTTP/1.1\r\nHost: h\r\n\r\n";
const std::string kPost = "POST /p HTTP/1.1\r\nHost: h\r\n";

class HttpLimits : public testing::Test {
 protected:
  void start(HttpServerOptions options = {}, HttpServer::Admit admit = {}) {
    server_ = std::make_unique<HttpServer>(
        io_, std::move(options),
        [this](HttpRequest request, HttpServer::Respond respond) {
          ++calls_;
          handler_(std::move(request), std::move(respond));
        },
        HttpServer::Upgrade{}, std::move(admit));
    const auto port = server_->start();
    ASSERT_TRUE(port.ok()) << port.error().message;
    port_ = *port;
  }

  std::string answer_to(const std::string& bytes) {
    auto socket = RawSocket::connected_to(port_);
    socket.send(bytes);
    return socket.read_to_end();
  }

  // Tries until this is answered; the sockets of the test have ten seconds each.
  bool answered_in_the_end(int tries = 2'000) {
    while (tries-- > 0) {
      auto socket = RawSocket::connected_to(port_);
      if (socket.send(kGet) && socket.read_until("\r\n\r\n").starts_with("HTTP/1.1 200 "))
        return true;
    }
    return false;
  }

  static std::size_t descriptors() {
    const std::filesystem::directory_iterator open("/proc/self/fd");
    return static_cast<std::size_t>(std::distance(begin(open), end(open)));
  }

  Io io_;
  std::uint16_t port_ = 0;
  std::atomic<int> calls_ = 0;
  HttpServer::Handler handler_ = [](const HttpRequest& r, const HttpServer::Respond& respond) {
    respond({.status = 200, .headers = {}, .body = r.peer + " " + std::to_string(r.body.size())});
  };
  std::unique_ptr<HttpServer> server_;
};

HttpServer::Admit refusing_big() {
  return [](const HttpRequest& head) -> std::optional<HttpResponse> {
    EXPECT_EQ(head.body, "");
    if (head.path != "/p") return std::nullopt;
    return HttpResponse{429, {{"Retry-After", "7"}}, "full"};
  };
}

TEST_F(HttpLimits, asks_for_admission_before_it_wants_the_body_T14) {
  start({}, refusing_big());
  // No byte of the body was sent, nor asked for with 100.
  const auto answer = answer_to(kPost + "Expect: 100-continue\r\nContent-Length: 9\r\n\r\n");
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 Too Many Requests\r\nRetry-After: 7\r\n")) << answer;
  EXPECT_TRUE(answer.ends_with("Connection: close\r\n\r\nfull")) << answer;
  EXPECT_TRUE(answer_to(kPost + "Transfer-Encoding: chunked\r\n\r\n").starts_with("HTTP/1.1 429 "));
  EXPECT_EQ(calls_, 0);
  auto let_in = RawSocket::connected_to(port_);
  let_in.send("PUT /ok HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(let_in.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  let_in.send("ab");
  EXPECT_TRUE(let_in.read_until("127.0.0.1 2").ends_with("\r\n\r\n127.0.0.1 2"));
}

TEST_F(HttpLimits, a_refusal_reaches_a_sender_who_is_still_writing_T14) {
  start({}, refusing_big());
  auto socket = RawSocket::connected_to(port_);
  socket.send(kPost + "Content-Length: 1000000\r\n\r\n");
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(socket.send(std::string(100'000, 'a'))) << i;
  EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 429 "));
  EXPECT_EQ(calls_, 0);
}

TEST_F(HttpLimits, a_refused_body_is_never_taken_for_the_next_request_T10) {
  start({}, refusing_big());
  const auto answer =
      answer_to(kPost + "Content-Length: " + std::to_string(sizeof kGet - 1) + "\r\n\r\n" + kGet);
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 429 "));
  EXPECT_EQ(answer.find("HTTP/1.1", 1), std::string::npos) << answer;
  EXPECT_EQ(calls_, 0);
}

TEST_F(HttpLimits, closes_what_one_sender_has_too_many_of_T12) {
  start({.connections_each = 2, .uncounted = {}});
  auto one = RawSocket::connected_to(port_);
  {
    auto two = RawSocket::connected_to(port_);
    one.send(kGet);
    two.send(kGet);
    EXPECT_NE(one.read_until("127.0.0.1 0"), "");
    EXPECT_NE(two.read_until("127.0.0.1 0"), "");
    EXPECT_EQ(answer_to(kGet), "");
  }
  EXPECT_TRUE(answered_in_the_end()) << "a place is free again";
}

TEST_F(HttpLimits, does_not_count_the_connections_of_a_trusted_proxy_T12) {
  start({.connections_each = 1, .uncounted = {}, .trusted_proxies = core::loopback_blocks()});
  auto one = RawSocket::connected_to(port_);
  auto two = RawSocket::connected_to(port_);
  for (auto* socket : {&one, &two}) {
    socket->send("GET / HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: 10.1.1.1, 192.0.2.9\r\n\r\n");
    EXPECT_TRUE(socket->read_until("192.0.2.9 0").ends_with("\r\n\r\n192.0.2.9 0"));
  }
}

TEST_F(HttpLimits, believes_no_stranger_about_his_address) {
  start();
  EXPECT_TRUE(answer_to("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\nX-Forwarded-For: "
                        "192.0.2.9\r\n\r\n")
                  .ends_with("127.0.0.1 0"));
}

TEST_F(HttpLimits, hangs_up_on_a_body_that_hardly_grows_T11) {
  start({.body_deadline = 1h, .rate_window = 100ms, .least_growth = 50'000});
  auto socket = RawSocket::connected_to(port_);
  socket.send(kPost + "Content-Length: 100000\r\n\r\n");
  std::promise<void> ended;
  std::jthread dripping([&, over = ended.get_future()]() mutable {
    while (over.wait_for(5ms) == std::future_status::timeout) socket.send("a");
  });
  const auto answer = socket.read_until("\r\n\r\n");
  ended.set_value();
  EXPECT_TRUE(answer.starts_with("HTTP/1.1 408 ")) << answer;
}

TEST_F(HttpLimits, chunks_without_data_are_no_growth_T11) {
  start({.body_deadline = 1h, .rate_window = 100ms, .least_growth = 1'000});
  auto socket = RawSocket::connected_to(port_);
  socket.send(kPost + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n");
  EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 408 "));
}

TEST_F(HttpLimits, a_body_that_grows_has_until_the_deadline_T11) {
  start({.body_deadline = 200ms, .rate_window = 20ms, .least_growth = 0});
  auto socket = RawSocket::connected_to(port_);
  socket.send(kPost + "Content-Length: 100000\r\n\r\na");
  EXPECT_TRUE(socket.read_to_end().starts_with("HTTP/1.1 408 "));
}

TEST_F(HttpLimits, hangs_up_on_who_does_not_take_his_answer_T11) {
  handler_ = [](const HttpRequest& r, const HttpServer::Respond& respond) {
    respond(
        {.status = 200, .headers = {}, .body = std::string(r.path == "/big" ? 64 << 20 : 1, 'b')});
  };
  start({.answer_deadline = 100ms, .connection_limit = 1});
  auto lazy = RawSocket::connected_to(port_);
  lazy.send("GET /big HTTP/1.1\r\nHost: h\r\n\r\n");
  ASSERT_EQ(lazy.read_until("HTTP/1.1 200 OK"), "HTTP/1.1 200 OK");
  EXPECT_TRUE(answered_in_the_end(1'000'000)) << "the only place is free again";
  EXPECT_LT(lazy.read_to_end().size(), std::size_t{64} << 20);
}

TEST_F(HttpLimits, the_header_of_the_next_request_has_a_deadline_too_T11) {
  start({.header_deadline = 100ms, .idle_deadline = 1h});
  const auto answers = answer_to(std::string(kGet) + "GET /y HT");
  EXPECT_TRUE(answers.starts_with("HTTP/1.1 200 "));
  EXPECT_NE(answers.find("HTTP/1.1 408 "), std::string::npos) << answers;
}

TEST_F(HttpLimits, answers_ten_thousand_pipelined_requests_in_order_T12) {
  handler_ = [](const HttpRequest& r, const HttpServer::Respond& respond) {
    respond({.status = 200, .headers = {}, .body = r.query + ";"});
  };
  start();
  auto socket = RawSocket::connected_to(port_);
  constexpr int kRequests = 10'000;
  std::jthread sender([&] {
    std::string all;
    for (int i = 0; i < kRequests; ++i)
      all += "GET /?" + std::to_string(i) + " HTTP/1.1\r\nHost: h\r\n\r\n";
    EXPECT_TRUE(socket.send(all));
  });
  for (int i = 0; i < kRequests; ++i) {
    const auto answer = socket.read_until(";");
    ASSERT_TRUE(answer.ends_with("\r\n\r\n" + std::to_string(i) + ";")) << i << ": " << answer;
  }
}

TEST_F(HttpLimits, unfinished_bodies_share_a_limit_T13) {
  start({.bodies_limit = 10'000});
  auto first = RawSocket::connected_to(port_);
  first.send(kPost + "Expect: 100-continue\r\nContent-Length: 9000\r\n\r\n");
  ASSERT_EQ(first.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  first.send(std::string(8'999, 'a'));
  // All of it had come before the second one could connect, so it is read first.
  const auto second = answer_to(kPost + "Content-Length: 9000\r\n\r\n" + std::string(8'999, 'a'));
  EXPECT_TRUE(second.starts_with("HTTP/1.1 503 ")) << second;
  EXPECT_NE(second.find("Retry-After: "), std::string::npos);
  first.send("a");
  EXPECT_TRUE(first.read_until("9000").ends_with("127.0.0.1 9000"));
  // What is over holds nothing any more.
  for (int i = 0; i < 5; ++i)
    EXPECT_TRUE(answer_to(kPost + "Connection: close\r\nContent-Length: 9000\r\n\r\n" +
                          std::string(9'000, 'a'))
                    .ends_with(" 9000"));
}

// T11, T12: the honest sender is served while all others hold on, and nothing of them stays.
TEST_F(HttpLimits, serves_honest_senders_among_500_slow_and_2000_idle_ones) {
  start({.header_deadline = 1h, .idle_deadline = 1h});
  ASSERT_NE(answer_to("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), "");
  const std::size_t before = descriptors();
  {
    std::vector<RawSocket> others;
    for (int i = 0; i < 2'000; ++i) others.push_back(RawSocket::connected_to(port_));
    for (int i = 0; i < 500; ++i) {
      others.push_back(RawSocket::connected_to(port_));
      others.back().send(i % 2 == 0 ? "GET / HT" : kPost + "Content-Length: 9\r\n\r\na");
    }
    auto honest = RawSocket::connected_to(port_);
    for (int i = 0; i < 200; ++i) {
      ASSERT_TRUE(honest.send(kPost + "Content-Length: 3\r\n\r\nabc"));
      ASSERT_TRUE(honest.read_until(" 3").ends_with("127.0.0.1 3"));
    }
    EXPECT_EQ(calls_, 201);
  }
  server_->stop();
  EXPECT_LE(descriptors(), before);
}

TEST(Descriptors, keep_a_reserve_for_the_chats_and_the_database_T12) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit narrow{std::min<rlim_t>(512, limit.rlim_max), limit.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &narrow), 0);
  const std::size_t all = limit.rlim_max;
  EXPECT_EQ(room_for_connections(std::size_t{1} << 40), all - kDescriptorReserve);
  EXPECT_EQ(room_for_connections(100), 100u);
  rlimit now{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &now), 0);
  EXPECT_EQ(now.rlim_cur, limit.rlim_max) << "all that the process may have";
}

}  // namespace
}  // namespace countersign::net
