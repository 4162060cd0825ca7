// Blocks of addresses and the header that proxies write: what is not understood is in no block and
// moves nobody.
#include "bot/core/cidr.h"
#include "adapters/net/forwarded.h"
#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

FUZZ_TARGET(cidr) {
  const auto address = core::IpAddress::parse(input);
  if (address) {
    EXPECT_EQ(core::IpAddress::parse(address->text()), address);
    EXPECT_EQ(core::network_of(input), core::network_of(address->text()));
  }
  const auto block = core::Cidr::parse(input);
  if (!block) {
    EXPECT_NE(block.error().message, "");
    return;
  }
  const std::string_view base = input.substr(0, input.find('/'));
  EXPECT_EQ(block->contains(base), base.find(':') == std::string_view::npos ||
                                       block->contains(core::IpAddress::parse(base)->text()));
}

FUZZ_TARGET(forwarded) {
  const auto trusted = core::loopback_blocks();
  const net::Headers headers{{"X-Forwarded-For", std::string(input)}};
  EXPECT_EQ(net::sender_of("192.0.2.1", headers, trusted), "192.0.2.1");
  const auto sender = net::sender_of("127.0.0.1", headers, trusted);
  EXPECT_TRUE(core::IpAddress::parse(sender).has_value());
  // Whatever a stranger writes in front of what the proxy says.
  const net::Headers proxied{{"X-Forwarded-For", std::string(input) + ", 198.51.100.7"}};
  EXPECT_EQ(net::sender_of("127.0.0.1", proxied, trusted), "198.51.100.7");
}

}  // namespace
}  // namespace countersign::fuzz
