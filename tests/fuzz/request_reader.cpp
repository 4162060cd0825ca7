// Whatever comes on a connection, where the network cuts it does not matter, and what is accepted
// says one thing only (T10).
#include "adapters/net/request_reader.h"

#include <vector>

#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

using net::RequestReader;
using Stage = RequestReader::Stage;

struct Seen {
  std::vector<net::HttpRequest> requests;
  int flaw = 0;
};

void go_on(RequestReader& reader, Stage stage, Seen& seen) {
  for (;;) {
    if (stage == Stage::admission) {
      stage = reader.read_body();
    } else if (stage == Stage::complete) {
      seen.requests.push_back(reader.head().request);
      stage = reader.next();
    } else {
      return;
    }
  }
}

Seen read(std::string_view bytes, std::size_t piece) {
  RequestReader reader(512, 64);
  Seen seen;
  while (!bytes.empty() && reader.stage() != Stage::flawed) {
    go_on(reader, reader.take(bytes.substr(0, piece)), seen);
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  seen.flaw = reader.flaw().status;
  return seen;
}

void expect_plain(const net::HttpRequest& request) {
  EXPECT_LE(request.body.size(), 64u);
  EXPECT_EQ(request.target.find_first_of(std::string_view(" \r\n\t\0", 5)), std::string::npos);
  std::size_t framing = 0;
  for (const auto& [name, value] : request.headers) {
    EXPECT_EQ(name.find_first_of(std::string_view(": \r\n\t\0", 6)), std::string::npos);
    EXPECT_EQ(value.find_first_of(std::string_view("\r\n\0", 3)), std::string::npos);
  }
  for (const char* name : {"content-length", "transfer-encoding"})
    framing += net::all_values(request.headers, name).size();
  EXPECT_LE(framing, 1u);
}

FUZZ_TARGET(request_reader) {
  const Seen whole = read(input, std::max<std::size_t>(input.size(), 1));
  for (const auto& request : whole.requests) expect_plain(request);
  for (const std::size_t piece : {1, 7}) {
    const Seen cut = read(input, piece);
    EXPECT_EQ(cut.flaw, whole.flaw);
    EXPECT_EQ(cut.requests.size(), whole.requests.size());
    for (std::size_t i = 0; i < std::min(cut.requests.size(), whole.requests.size()); ++i) {
      EXPECT_EQ(cut.requests[i].target, whole.requests[i].target);
      EXPECT_EQ(cut.requests[i].body, whole.requests[i].body);
      EXPECT_EQ(cut.requests[i].headers, whole.requests[i].headers);
    }
  }
}

}  // namespace
}  // namespace countersign::fuzz
