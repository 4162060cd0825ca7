#include "bot/core/cidr.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace countersign::core {
namespace {

constexpr std::array<std::uint8_t, 12> kMapped{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF};
constexpr unsigned kMappedBits = 96;
constexpr unsigned kAllBits = 128;

bool bit(const IpAddress& address, unsigned i) {
  return ((address.bytes[i / 8] >> (7 - i % 8)) & 1) != 0;
}

Error no_block(std::string_view text, const std::string& why) {
  return invalid("'" + std::string(text) + "' is no block of addresses: " + why);
}

// Digits only, no sign, no leading zero, at most `most`.
std::optional<unsigned> prefix_length(std::string_view text, unsigned most) {
  unsigned length = 0;
  const char* end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, length);
  const bool padded = text.size() > 1 && text.front() == '0';
  if (read.ec != std::errc() || read.ptr != end || padded || length > most) return std::nullopt;
  return length;
}

}  // namespace

bool IpAddress::v4() const { return std::equal(kMapped.begin(), kMapped.end(), bytes.begin()); }

std::optional<IpAddress> IpAddress::parse(std::string_view text) {
  const bool v6 = text.find(':') != std::string_view::npos;
  const std::string address(v6 ? text.substr(0, text.find('%')) : text);
  if (address.find('\0') != std::string::npos) return std::nullopt;
  IpAddress out;
  if (v6) {
    if (::inet_pton(AF_INET6, address.c_str(), out.bytes.data()) != 1) return std::nullopt;
    return out;
  }
  std::ranges::copy(kMapped, out.bytes.begin());
  if (::inet_pton(AF_INET, address.c_str(), out.bytes.data() + kMapped.size()) != 1)
    return std::nullopt;
  return out;
}

std::string IpAddress::text() const {
  std::array<char, INET6_ADDRSTRLEN> out{};
  if (v4()) {
    ::inet_ntop(AF_INET, bytes.data() + kMapped.size(), out.data(), out.size());
  } else {
    ::inet_ntop(AF_INET6, bytes.data(), out.data(), out.size());
  }
  return out.data();
}

Result<Cidr> Cidr::parse(std::string_view text) {
  const auto slash = text.find('/');
  const std::string_view written = text.substr(0, slash);
  const auto address =
      written.find('%') == std::string_view::npos ? IpAddress::parse(written) : std::nullopt;
  if (!address) return no_block(text, "it does not begin with an IP address");
  const bool short_form = written.find(':') == std::string_view::npos;
  Cidr block;
  block.base_ = *address;
  block.bits_ = kAllBits;
  if (slash == std::string_view::npos) return block;

  const unsigned most = short_form ? kAllBits - kMappedBits : kAllBits;
  const auto length = prefix_length(text.substr(slash + 1), most);
  if (!length)
    return no_block(text, "the length behind '/' is a number from 0 to " + std::to_string(most));
  block.bits_ = *length + (short_form ? kMappedBits : 0);
  for (unsigned i = block.bits_; i < kAllBits; ++i) {
    if (bit(*address, i)) return no_block(text, "bits are set behind the length");
  }
  return block;
}

bool Cidr::contains(std::string_view address) const {
  const auto parsed = IpAddress::parse(address);
  return parsed && contains(*parsed);
}

bool Cidr::contains(const IpAddress& address) const {
  if (address.v4() && bits_ < kMappedBits) return false;
  for (unsigned i = 0; i < bits_; ++i) {
    if (bit(address, i) != bit(base_, i)) return false;
  }
  return true;
}

bool any_contains(const std::vector<Cidr>& blocks, std::string_view address) {
  const auto parsed = IpAddress::parse(address);
  return parsed &&
         std::ranges::any_of(blocks, [&](const Cidr& block) { return block.contains(*parsed); });
}

std::vector<Cidr> loopback_blocks() { return {*Cidr::parse("127.0.0.0/8"), *Cidr::parse("::1")}; }

std::string network_of(std::string_view address) {
  auto parsed = IpAddress::parse(address);
  if (!parsed) return std::string(address);
  if (parsed->v4()) return parsed->text();
  std::fill(parsed->bytes.begin() + 8, parsed->bytes.end(), std::uint8_t{0});
  return parsed->text() + "/64";
}

}  // namespace countersign::core
