// Encodings: what is decoded, encoded again, is the same; nothing else is decoded.
#include "adapters/net/http.h"
#include "bot/core/digest.h"
#include "bot/core/unicode.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

FUZZ_TARGET(encodings) {
  EXPECT_EQ(core::unhex(core::hex(input)), input);
  EXPECT_EQ(core::unbase64(core::base64(input)), input);
  if (const auto bytes = core::unhex(input)) {
    EXPECT_EQ(core::hex(*bytes), core::to_lower(input));
  }
  if (const auto bytes = core::unbase64(input)) {
    EXPECT_EQ(core::base64(*bytes).size(), input.size());
    EXPECT_EQ(core::unbase64(core::base64(*bytes)), bytes);
  }
}

FUZZ_TARGET(form) {
  EXPECT_EQ(net::percent_decode(net::percent_encode(input)), input);
  EXPECT_LE(net::percent_decode(input).size(), input.size());
  const auto pairs = net::parse_query(input);
  std::string again;
  for (const auto& [name, value] : pairs)
    again +=
        (again.empty() ? "" : "&") + net::percent_encode(name) + "=" + net::percent_encode(value);
  EXPECT_EQ(net::parse_query(again), pairs);
}

}  // namespace
}  // namespace countersign::fuzz
