// Blocks of IP addresses, for lists of who is trusted or allowed. Pure.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/result.h"

namespace countersign::core {

// An IPv6 address; an IPv4 address stands in its mapped form (::ffff:192.0.2.1), so that both
// spellings of it are one.
struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};
  bool v4() const;
  bool operator==(const IpAddress&) const = default;

  // "192.0.2.1", "2001:db8::1"; the zone of a link-local address ("%eth0") is dropped. Nothing:
  // this is no address.
  static std::optional<IpAddress> parse(std::string_view text);
  std::string text() const;  // IPv4 in its own form
};

class Cidr {
 public:
  // "192.0.2.0/24", "2001:db8::/32", "::ffff:192.0.2.0/120"; an address without a length is a block
  // of one. The Error (invalid) repeats the text: a block is no secret. Bits behind the prefix are
  // refused: whoever wrote them meant something else.
  static Result<Cidr> parse(std::string_view text);

  // False for what is no address. A block of IPv6 holds no IPv4 address, not even ::/0.
  bool contains(std::string_view address) const;
  bool contains(const IpAddress& address) const;

 private:
  IpAddress base_;
  unsigned bits_ = 0;  // of base_, so at least 96 for IPv4
};

bool any_contains(const std::vector<Cidr>& blocks, std::string_view address);

std::vector<Cidr> loopback_blocks();

// What one sender can be taken to own: an IPv4 address, or the /64 of an IPv6 address. For counting
// by sender. What is no address counts as itself.
std::string network_of(std::string_view address);

}  // namespace countersign::core
