#include "adapters/net/websocket.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <deque>
#include <future>
#include <mutex>

#include "adapters/net/http_server.h"
#include "bot/core/digest.h"
#include "tests/unit/net/raw_socket.h"

namespace countersign::net {
namespace {

using namespace std::chrono_literals;
using test::RawListener;
using test::RawSocket;

// What one socket said, in order; the last word is why it closed.
class Diary {
 public:
  void note(const std::string& line) {
    const std::lock_guard lock(mutex_);
    lines_.push_back(line);
    changed_.notify_all();
  }
  // Waits until `count` lines are there.
  std::vector<std::string> first(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, 10s, [&] { return lines_.size() >= count; });
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> lines_;
};

using Lines = std::vector<std::string>;

class WebSocketTest : public testing::Test {
 protected:
  void start(HttpServerOptions options = {}) {
    server_ = std::make_unique<HttpServer>(
        io_, options,
        [](const HttpRequest&, const HttpServer::Respond& respond) {
          respond({.status = 404, .headers = {}, .body = ""});
        },
        [this](const HttpRequest& request, std::shared_ptr<ServerSocket> socket,
               HttpResponse& refusal) { return decide_(request, std::move(socket), refusal); });
    const auto port = server_->start();
    ASSERT_TRUE(port.ok()) << port.error().message;
    port_ = *port;
  }

  std::shared_ptr<WebSocket> open(Diary& diary, std::chrono::milliseconds timeout = 5s) {
    return WebSocket::open(
        io_,
        {.url = "ws://127.0.0.1:" + std::to_string(port_) + "/ws?a=b",
         .headers = {{"Authorization", "Bearer t"}},
         .connect_timeout = timeout,
         .ca_file = ""},
        [&diary] { diary.note("open"); },
        [&diary](const std::string& text) { diary.note("text " + text); },
        [&diary](const std::string& why) { diary.note("closed " + why); });
  }

  Diary& new_diary() { return diaries_.emplace_back(); }

  void TearDown() override {
    if (server_) server_->stop();
    io_.stop();
  }

  std::uint16_t port_ = 0;
  std::deque<Diary> diaries_;  // outlive the io thread, which writes them
  Diary server_diary_;
  std::shared_ptr<ServerSocket> accepted_;
  HttpServer::Upgrade decide_ = [this](const HttpRequest& request,
                                       std::shared_ptr<ServerSocket> socket, HttpResponse&) {
    server_diary_.note("upgrade " + request.target + " " +
                       *find_header(request.headers, "authorization"));
    socket->on_text = [this, raw = socket.get()](const std::string& text) {
      server_diary_.note("text " + text);
      raw->send("echo " + text);
    };
    socket->on_close = [this] { server_diary_.note("closed"); };
    socket->send("hello");
    accepted_ = std::move(socket);
    return true;
  };
  Io io_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(WebSocketTest, carries_text_both_ways_in_order) {
  start();
  Diary& diary = new_diary();
  const auto socket = open(diary);
  socket->send("1");
  socket->send("2");
  EXPECT_EQ(diary.first(4), (Lines{"open", "text hello", "text echo 1", "text echo 2"}));
  EXPECT_EQ(server_diary_.first(3), (Lines{"upgrade /ws?a=b Bearer t", "text 1", "text 2"}));
}

TEST_F(WebSocketTest, own_close_is_polite_and_says_nothing_more) {
  start();
  Diary& diary = new_diary();
  const auto socket = open(diary);
  diary.first(2);
  std::promise<void> done;
  io_.post([&] {
    socket->close();
    socket->close();
    socket->send("dropped");
    done.set_value();
  });
  done.get_future().wait();
  EXPECT_EQ(server_diary_.first(2).back(), "closed");
  EXPECT_EQ(diary.first(2), (Lines{"open", "text hello"}));
}

TEST_F(WebSocketTest, hears_the_close_code_of_the_server_after_what_was_queued) {
  start();
  Diary& diary = new_diary();
  const auto socket = open(diary);
  diary.first(2);
  accepted_->send("last words");
  accepted_->close(1001);
  accepted_->send("dropped");
  EXPECT_EQ(diary.first(4),
            (Lines{"open", "text hello", "text last words", "closed closed by server: 1001"}));
  EXPECT_EQ(server_diary_.first(2).back(), "closed");
}

TEST_F(WebSocketTest, a_cut_stream_has_no_close_code) {
  start();
  Diary& diary = new_diary();
  const auto socket = open(diary);
  diary.first(2);
  accepted_->close(0);
  EXPECT_EQ(diary.first(3).back(), "closed ended by server");
  EXPECT_EQ(server_diary_.first(2).back(), "closed");
}

TEST_F(WebSocketTest, says_why_there_is_no_connection) {
  Diary& refused = new_diary();
  port_ = test::refused_port();
  const auto one = open(refused);
  EXPECT_EQ(refused.first(1), Lines{"closed connection refused"});

  decide_ = [](const HttpRequest&, const std::shared_ptr<ServerSocket>&, HttpResponse& refusal) {
    refusal.status = 401;
    return false;
  };
  start();
  Diary& declined = new_diary();
  const auto two = open(declined);
  EXPECT_EQ(declined.first(1), Lines{"closed upgrade refused: 401"});

  Diary& wrong = new_diary();
  const auto three = WebSocket::open(io_, {.url = "http://x/", .headers = {}, .ca_file = ""}, {},
                                     {}, [&](const std::string& why) { wrong.note(why); });
  EXPECT_EQ(wrong.first(1), Lines{"the address is not ws(s)"});
}

TEST_F(WebSocketTest, gives_up_on_a_server_that_never_answers_T11) {
  RawListener listener;
  port_ = listener.port();
  Diary& diary = new_diary();
  const auto socket = open(diary, 100ms);
  EXPECT_EQ(diary.first(1), Lines{"closed connecting took too long"});
}

// What RFC 6455 wants as the proof that an upgrade was understood.
std::string accept_of(const std::string& request) {
  const std::string header = "Sec-WebSocket-Key: ";
  const auto at = request.find(header) + header.size();
  const auto key = request.substr(at, request.find("\r\n", at) - at);
  const auto text = key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::string digest(SHA_DIGEST_LENGTH, '\0');
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(digest.data()));
  return core::base64(digest);
}

TEST_F(WebSocketTest, a_server_that_goes_silent_is_pinged_and_then_given_up) {
  RawListener mute;
  Diary& diary = new_diary();
  const auto socket = WebSocket::open(
      io_, {.url = "ws://127.0.0.1:" + std::to_string(mute.port()) + "/", .silence_limit = 200ms},
      [&diary] { diary.note("open"); }, [](const std::string&) {},
      [&diary](const std::string& why) { diary.note("closed " + why); });
  RawSocket server = mute.accept();
  const auto request = server.read_until("\r\n\r\n");
  server.send("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" +
              ("Sec-WebSocket-Accept: " + accept_of(request)) + "\r\n\r\n");
  const std::string_view ping("\x89\x80", 2);
  EXPECT_TRUE(server.read_until(ping).ends_with(ping));
  EXPECT_EQ(diary.first(2), (Lines{"open", "closed the server has gone silent"}));
}

TEST_F(WebSocketTest, does_not_speak_to_an_untrusted_certificate) {
  RawListener listener;
  Diary& diary = new_diary();
  const auto socket = WebSocket::open(
      io_,
      {.url = "wss://127.0.0.1:" + std::to_string(listener.port()) + "/",
       .headers = {},
       .ca_file = ""},
      [&] { diary.note("open"); }, {}, [&](const std::string& why) { diary.note(why); });
  auto peer = listener.accept();
  peer.send("this is not TLS\r\n\r\n");
  EXPECT_TRUE(diary.first(1).at(0).starts_with("TLS failed: ")) << diary.first(1).at(0);
}

TEST_F(WebSocketTest, a_message_beyond_the_limit_closes_with_1009) {
  start({.websocket_limit = 1024});
  Diary& diary = new_diary();
  const auto socket = open(diary);
  socket->send(std::string(1025, 'a'));
  EXPECT_EQ(diary.first(3).back(), "closed closed by server: 1009");
  EXPECT_EQ(server_diary_.first(2).back(), "closed");
}

TEST_F(WebSocketTest, stop_of_the_server_ends_its_sockets) {
  start();
  Diary& diary = new_diary();
  const auto socket = open(diary);
  diary.first(2);
  server_->stop();
  EXPECT_EQ(server_diary_.first(2).back(), "closed");
  EXPECT_EQ(diary.first(3).back(), "closed ended by server");
}

TEST_F(WebSocketTest, the_server_answers_pings_and_refuses_binary_frames) {
  start();
  auto raw = RawSocket::connected_to(port_);
  raw.send(
      "GET /ws HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  EXPECT_TRUE(raw.read_until("\r\n\r\n").starts_with("HTTP/1.1 101 "));
  EXPECT_EQ(raw.read_until("hello"), "\x81\x05hello");
  const std::string mask(4, '\0');
  raw.send("\x89\x83" + mask + "abc");
  EXPECT_EQ(raw.read_until("abc"),
            "\x8a\x03"
            "abc");
  raw.send("\x82\x83" + mask + "bin");
  EXPECT_EQ(raw.read_until("\xeb"), "\x88\x02\x03\xeb");  // 1003
  EXPECT_EQ(server_diary_.first(1).size(), 1U);
}

TEST_F(WebSocketTest, the_server_pings_and_cuts_who_never_pongs) {
  start({.websocket_ping = 20ms, .websocket_pong = 100ms});
  Diary& diary = new_diary();
  const auto polite = open(diary);  // answers pings by itself
  auto raw = RawSocket::connected_to(port_);
  raw.send(
      "GET /ws HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\nUpgrade: websocket\r\nConnection: "
      "Upgrade\r\n"
      "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n");
  const std::string ping("\x89\x00", 2);
  EXPECT_TRUE(raw.read_until(ping).ends_with(ping));
  raw.read_to_end();
  EXPECT_EQ(server_diary_.first(3).back(), "closed");
  EXPECT_EQ(diary.first(2), (Lines{"open", "text hello"}));
}

TEST_F(WebSocketTest, an_upgrade_without_its_headers_is_refused_or_ordinary) {
  start();
  auto plain = RawSocket::connected_to(port_);
  plain.send("GET /ws HTTP/1.1\r\nHost: h\r\n\r\n");
  EXPECT_TRUE(plain.read_until("\r\n\r\n").starts_with("HTTP/1.1 404 "));
  auto keyless = RawSocket::connected_to(port_);
  keyless.send(
      "GET /ws HTTP/1.1\r\nHost: h\r\nAuthorization: x\r\nConnection: upgrade\r\nUpgrade: "
      "websocket\r\n\r\n");
  EXPECT_TRUE(keyless.read_until("\r\n\r\n").starts_with("HTTP/1.1 400 "));
  EXPECT_EQ(server_diary_.first(2).back(), "closed");
}

}  // namespace
}  // namespace countersign::net
