// Bytes to requests, without a socket.
#include "adapters/net/request_reader.h"

#include <gtest/gtest.h>

#include <vector>

namespace countersign::net {
namespace {

using Stage = RequestReader::Stage;

constexpr std::string_view kLine = "POST /p HTTP/1.1\r\nHost: h\r\n";

struct Seen {
  std::vector<std::string> requests;  // "POST /p [body]"
  int flaw = 0;
  std::string why;
  bool operator==(const Seen&) const = default;
};

// Feeds `bytes` in pieces of this size and lets every request in.
Seen read(std::string_view bytes, std::size_t piece) {
  RequestReader reader(1024, 100);
  Seen seen;
  const auto go_on = [&](Stage stage) {
    for (;;) {
      if (stage == Stage::admission) {
        stage = reader.read_body();
      } else if (stage == Stage::complete) {
        const auto& r = reader.head().request;
        seen.requests.push_back(r.method + " " + r.target + " [" + r.body + "]");
        stage = reader.next();
      } else {
        return;
      }
    }
  };
  while (!bytes.empty() && reader.stage() != Stage::flawed) {
    go_on(reader.take(bytes.substr(0, piece)));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  if (reader.stage() == Stage::flawed) {
    seen.flaw = reader.flaw().status;
    seen.why = reader.flaw().why;
  }
  return seen;
}

std::string chunked(const std::string& body) {
  return std::string(kLine) + "Transfer-Encoding: chunked\r\n\r\n" + body;
}

// T10: where the network cuts the bytes must not matter.
TEST(RequestReader, reads_the_same_however_the_bytes_are_cut) {
  const std::string streams[] = {
      std::string(kLine) + "Content-Length: 3\r\n\r\nabcGET /2 HTTP/1.1\r\nHost: h\r\n\r\n",
      chunked("3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n") + chunked("0\r\n\r\n"),
      chunked("3\r\nabc\r\n0\r\nX: y\r\n\r\n"), chunked("3;x\r\nabc\r\n0\r\n\r\n"),
      "\r\n\r\n" + std::string(kLine) + "\r\n\r\n\r\nGET / HTTP/1.0\r\n\r\nrest",
      chunked("64\r\n" + std::string(100, 'a') + "\r\n1\r\na\r\n0\r\n\r\n"),
      // Too large, and malformed behind the limit.
      "GET / HTTP/1.1\r\nX: " + std::string(1100, 'a') + "\nY: z\r\n\r\n"};
  for (const auto& stream : streams) {
    const Seen whole = read(stream, stream.size());
    for (std::size_t piece = 1; piece < stream.size(); ++piece)
      EXPECT_EQ(read(stream, piece), whole) << stream << " in pieces of " << piece;
  }
}

TEST(RequestReader, takes_chunks_apart) {
  const Seen seen = read(chunked("3\r\nabc\r\n02\r\nde\r\nA\r\n0123456789\r\n0\r\n\r\n"), 4096);
  EXPECT_EQ(seen.requests, std::vector<std::string>{"POST /p [abcde0123456789]"});
  EXPECT_EQ(seen.flaw, 0);
}

TEST(RequestReader, refuses_every_other_form_of_chunks_T10) {
  const std::pair<const char*, const char*> rows[] = {
      {"0x1\r\na\r\n0\r\n\r\n", "not a hexadecimal number"},
      {"-1\r\na\r\n0\r\n\r\n", "chunk size is missing"},
      {"+1\r\na\r\n0\r\n\r\n", "chunk size is missing"},
      {" 1\r\na\r\n0\r\n\r\n", "chunk size is missing"},
      {"1 \r\na\r\n0\r\n\r\n", "not a hexadecimal number"},
      {"\r\na\r\n0\r\n\r\n", "chunk size is missing"},
      {"g\r\na\r\n0\r\n\r\n", "chunk size is missing"},
      {"1;a=b\r\na\r\n0\r\n\r\n", "extensions are not accepted"},
      {"1\r\na\r\n0;a\r\n\r\n", "extensions are not accepted"},
      {"10000000000000000\r\na\r\n", "chunk size is too long"},
      {"000000001\r\na\r\n0\r\n\r\n", "chunk size is too long"},
      {"1\na\n0\n\n", "not a hexadecimal number"},
      {"1\ra\r\n", "without a line end"},
      {"1\r\nab\r\n0\r\n\r\n", "longer than its size"},
      {"1\r\na\n0\r\n\r\n", "longer than its size"},
      {"1\r\na\r0\r\n\r\n", "longer than its size"},
      {"1\r\na\r\n0\r\nX: y\r\n\r\n", "trailers are not accepted"},
      {"1\r\na\r\n0\r\nGET / HTTP/1.1\r\n\r\n", "trailers are not accepted"},
      {"1\r\na\r\n0\r\n\rX", "the last chunk has no end"}};
  for (const auto& [body, why] : rows) {
    const Seen seen = read(chunked(body), 4096);
    EXPECT_TRUE(seen.requests.empty()) << body;
    EXPECT_EQ(seen.flaw, 400) << body;
    EXPECT_NE(seen.why.find(why), std::string::npos) << body << ": " << seen.why;
  }
}

TEST(RequestReader, refuses_a_body_at_one_byte_beyond_the_limit_T13) {
  EXPECT_EQ(read(std::string(kLine) + "Content-Length: 101\r\n\r\n", 4096).flaw, 413);
  EXPECT_EQ(read(std::string(kLine) + "Content-Length: 18446744073709551615\r\n\r\n", 4096).flaw,
            413);
  EXPECT_EQ(read(chunked("65\r\n"), 4096).flaw, 413);
  EXPECT_EQ(read(chunked("ffffffff\r\n"), 4096).flaw, 413);
  EXPECT_EQ(read(chunked("64\r\n" + std::string(100, 'a') + "\r\n1\r\n"), 4096).flaw, 413);
  EXPECT_EQ(read(chunked("64\r\n" + std::string(100, 'a') + "\r\n0\r\n\r\n"), 4096).flaw, 0);
}

TEST(RequestReader, keeps_nothing_of_a_request_that_is_over) {
  RequestReader reader(1024, 100);
  ASSERT_EQ(reader.take(std::string(kLine) + "Content-Length: 3\r\n\r\nabc"), Stage::admission);
  EXPECT_EQ(reader.head().request.body, "") << "not before it is let in";
  EXPECT_EQ(reader.unused(), 3u);
  ASSERT_EQ(reader.read_body(), Stage::complete);
  ASSERT_EQ(reader.next(), Stage::head);
  EXPECT_EQ(reader.unused() + reader.body_size() + reader.raw_head().size(), 0u);
}

TEST(RequestHead, reads_line_and_fields) {
  const auto head = read_head(
      "PUT http://h:80/a?b=c HTTP/1.1\r\nHost: h\r\nX:\t a b \t\r\nEmpty:\r\nX: 2\r\nConnection: "
      "Close\r\n\r\n");
  ASSERT_TRUE(head.ok()) << head.error().message;
  EXPECT_EQ(head->request.method, "PUT");
  EXPECT_EQ(head->request.target, "http://h:80/a?b=c");
  EXPECT_EQ(head->request.path, "/a");
  EXPECT_EQ(head->request.query, "b=c");
  EXPECT_EQ(*find_header(head->request.headers, "empty"), "");
  EXPECT_EQ(all_values(head->request.headers, "x"), (std::vector<std::string>{"a b", "2"}));
  EXPECT_FALSE(head->keep_alive);
  EXPECT_TRUE(read_head("GET / HTTP/1.0\r\nConnection: x, Keep-Alive\r\n\r\n")->keep_alive);
  EXPECT_FALSE(read_head("GET / HTTP/1.0\r\n\r\n")->keep_alive);
  EXPECT_TRUE(read_head("GET / HTTP/1.1\r\nHost: h\r\n\r\n")->keep_alive);
}

TEST(RequestHead, refuses_what_two_readers_could_read_differently_T10) {
  const std::string rows[] = {
      "\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\n",
      "GET  / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /  HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET /\tHTTP/1.1\r\nHost: h\r\n\r\n",
      " GET / HTTP/1.1\r\nHost: h\r\n\r\n",
      "G(T / HTTP/1.1\r\nHost: h\r\n\r\n",
      "GET / http/1.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1 \r\nHost: h\r\n\r\n",
      "GET / HTTP/01.1\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.10\r\nHost: h\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\n: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX Y: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nX\t: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\n\xc3\xa4: x\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\ncontent-length: 1\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0b"
      "chunked\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \"chunked\"\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 0x3\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3;\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3 3\r\n\r\n",
      "GET / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\ncontent-LENGTH: 3\r\n\r\n"};
  for (const auto& row : rows) EXPECT_FALSE(read_head(row).ok()) << row;
}

}  // namespace
}  // namespace countersign::net
