// What comes before any event: T10 to T14.
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "tests/door/house.h"

namespace countersign::door {
namespace {

class DoorHttp : public DoorTest {
 protected:
  // What tests/e2e/door_nginx.test.mjs sends through a proxy as well.
  static std::map<std::string, std::string> corpus(const std::string& kind) {
    std::map<std::string, std::string> all;
    const std::filesystem::path folder =
        std::filesystem::path(TEST_SOURCE_DIR) / "tests/e2e/smuggling" / kind;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream in(entry.path(), std::ios::binary);
      all[entry.path().stem()] = {std::istreambuf_iterator<char>(in),
                                  std::istreambuf_iterator<char>()};
    }
    return all;
  }
  static Fields token() { return {{"Authorization", std::string("Bearer ") + kToken}}; }
};

TEST_F(DoorHttp, T10_no_request_that_could_be_read_in_two_ways_is_read_at_all) {
  const auto refused = corpus("refused");
  ASSERT_GE(refused.size(), 40u);
  const int before = door().events();
  for (const auto& [name, bytes] : refused) {
    auto socket = door().connect();
    socket.send(bytes);
    const std::string all = socket.read_to_end();
    EXPECT_EQ(read_answer(all).status, 400) << name << ": " << all;
    EXPECT_EQ(all.find("HTTP/1.1", 1), std::string::npos) << name << ": " << all;
  }
  EXPECT_EQ(door().events(), before);
  int good = before;
  for (const auto& [name, bytes] : corpus("honest")) {
    auto socket = door().connect();
    socket.send(bytes);
    EXPECT_EQ(read_answer(socket.read_until("\r\n\r\n")).status, 202) << name;
    EXPECT_EQ(door().events(), ++good) << name;
  }
}

TEST_F(DoorHttp, T11_five_hundred_slow_senders_hold_up_nobody_and_are_sent_away) {
  std::vector<net::test::RawSocket> slow;
  for (int i = 0; i < 500; ++i) {
    slow.push_back(door().connect());
    slow.back().send(i % 2 == 0
                         ? "POST /hooks/custom HT"
                         : "POST /hooks/custom HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{");
  }
  for (int i = 0; i < 100; ++i)
    EXPECT_EQ(door().custom(R"({"id":"t11-)" + std::to_string(i) + "\"}").status, 202);
  for (auto& socket : slow) EXPECT_EQ(read_answer(socket.read_to_end()).status, 408);
}

TEST_F(DoorHttp, T12_idle_and_pipelining_connections_leave_the_door_open) {
  std::vector<net::test::RawSocket> idle;
  for (int i = 0; i < 2'000; ++i) {
    idle.push_back(door().connect());
    idle.back().send("GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n");
  }
  for (auto& socket : idle) EXPECT_EQ(read_answer(socket.read_until("}")).status, 200);
  auto pipeline = door().connect();
  std::jthread sender([&] {
    std::string all;
    for (int i = 0; i < 10'000; ++i) all += "GET /healthz HTTP/1.1\r\nHost: h\r\n\r\n";
    EXPECT_TRUE(pipeline.send(all));
  });
  for (int i = 0; i < 10'000; ++i)
    ASSERT_EQ(read_answer(pipeline.read_until("\"alive\"}")).status, 200) << i;
  EXPECT_EQ(door().custom(R"({"id":"t12"})").status, 202);
  EXPECT_TRUE(door().becomes("SELECT count(*) FROM cs.event_queue", "0"))
      << "the database was reached";
}

TEST_F(DoorHttp, T13_large_and_compressed_bodies_are_refused_before_they_are_held) {
  const int before = door().events();
  const std::string start = "POST /hooks/custom HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer " +
                            std::string(kToken) + "\r\n";
  constexpr std::size_t kLimit = 1024 * 1024;
  // The answer comes without a byte of the body.
  for (const std::string& length : {std::string("1073741824"), std::to_string(kLimit + 1)})
    EXPECT_EQ(door().send(start + "Content-Length: " + length + "\r\n\r\n").status, 413) << length;
  EXPECT_EQ(
      door().send(start + "Expect: 100-continue\r\nContent-Length: 1073741824\r\n\r\n").status,
      413);
  EXPECT_EQ(door().send(start + "Transfer-Encoding: chunked\r\n\r\n100001\r\n").status, 413);
  // A length that promises less than comes: what is left over is no request.
  EXPECT_EQ(door()
                .send(start + "Connection: close\r\nContent-Length: 2\r\n\r\n{}{\"id\":\"t13\"}")
                .status,
            202);
  // One that promises more: never a body, and a time limit.
  auto unfinished = door().connect();
  unfinished.send(start + "Content-Length: 100\r\n\r\n{}");
  unfinished.finish_sending();
  EXPECT_NE(read_answer(unfinished.read_to_end()).status, 202);
  for (const char* encoding : {"gzip", "deflate", "br", "x-gzip", "gzip, identity"}) {
    Fields headers = token();
    headers.emplace_back("Content-Encoding", encoding);
    EXPECT_EQ(door().deliver("custom", headers, "\x1f\x8b\x08").status, 415) << encoding;
  }
  EXPECT_EQ(door().events(), before + 1);
  const std::string largest =
      R"({"id":"t13-largest","x":")" + std::string(kLimit - 28, 'x') + "\"}";
  ASSERT_LE(largest.size(), kLimit);
  EXPECT_EQ(door().custom(largest).status, 202);
}

TEST_F(DoorHttp, T14_who_keeps_being_refused_is_turned_away_before_his_body) {
  const std::string bad = another_address();
  const auto knock = [&](const std::string& from, const Fields& more) {
    Fields headers = more;
    headers.emplace_back("X-Forwarded-For", from);
    return door().send(request("/hooks/gh", headers, "{}"));
  };
  int refused = 0;
  Answer answer;
  for (answer = knock(bad, {}); answer.status == 401 && refused < 1'000; answer = knock(bad, {}))
    ++refused;
  EXPECT_EQ(answer.status, 429);
  EXPECT_GE(std::stoi("0" + answer.header("Retry-After")), 1);
  EXPECT_LT(refused, 100);
  // No signature is computed for him any more: the answer comes without the body.
  const std::string head = "POST /hooks/gh HTTP/1.1\r\nHost: h\r\nX-Forwarded-For: " + bad + "\r\n";
  EXPECT_EQ(door().send(head + "Expect: 100-continue\r\nContent-Length: 1000000\r\n\r\n").status,
            429);
  EXPECT_EQ(knock(bad, signed_by_github("t14", "{}")).status, 429);
  // Everybody else is heard; an address that is claimed and not proven by the proxy is none.
  EXPECT_EQ(door().deliver("gh", signed_by_github("t14", "{}"), "{}").status, 202);
  Fields claims = signed_by_github("t14", "{}");
  EXPECT_EQ(knock(bad + ", " + another_address(), claims).status, 200);
}

}  // namespace
}  // namespace countersign::door
