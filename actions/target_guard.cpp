#include "actions/target_guard.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <string_view>

#include "adapters/net/url.h"

namespace countersign::actions {
namespace {

struct Network {
  std::array<std::uint8_t, 16> prefix;
  int bits;
};

bool within(const std::uint8_t* address, const Network& network) {
  for (int bit = 0; bit < network.bits; ++bit) {
    const int mask = 0x80 >> (bit % 8);
    if ((address[bit / 8] & mask) != (network.prefix[static_cast<std::size_t>(bit / 8)] & mask))
      return false;
  }
  return true;
}

constexpr Network kLoopback4{{127}, 8};
constexpr std::array kForbidden4{
    Network{{0}, 8},                    // this host, this network
    Network{{169, 254}, 16},            // link-local, and the clouds' metadata
    Network{{100, 100, 100, 200}, 32},  // another cloud's metadata
    Network{{192, 0, 0}, 24},           // protocol assignments, another cloud's metadata
    Network{{224}, 3},                  // multicast, reserved, broadcast
};

constexpr Network kLoopback6{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128};
constexpr std::array kForbidden6{
    Network{{}, 96},            // unspecified, IPv4-compatible
    Network{{0xFE, 0x80}, 10},  // link-local
    Network{{0xFE, 0xC0}, 10},  // site-local, withdrawn
    Network{{0xFF}, 8},         // multicast
    Network{{0xFD, 0x00, 0x0E, 0xC2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x02, 0x54}, 128},  // metadata
};

// IPv6 addresses that stand for an IPv4 one, and where that begins.
struct Embedding {
  Network network;
  std::size_t offset;
};
constexpr std::array kEmbeddings{
    Embedding{{{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF}, 96}, 12},  // mapped
    Embedding{{{0x00, 0x64, 0xFF, 0x9B}, 96}, 12},                    // NAT64
    Embedding{{{0x20, 0x02}, 16}, 2},                                 // 6to4
};

bool harmless4(const std::uint8_t* address, bool allow_loopback) {
  if (within(address, kLoopback4)) return allow_loopback;
  for (const Network& network : kForbidden4) {
    if (within(address, network)) return false;
  }
  return true;
}

bool harmless6(const std::uint8_t* address, bool allow_loopback) {
  if (within(address, kLoopback6)) return allow_loopback;
  for (const Embedding& embedding : kEmbeddings) {
    if (within(address, embedding.network))
      return harmless4(address + embedding.offset, allow_loopback);
  }
  for (const Network& network : kForbidden6) {
    if (within(address, network)) return false;
  }
  return true;
}

using Addresses = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

Addresses resolve(const net::Url& url) {
  addrinfo wish{};
  wish.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(url.host.c_str(), url.port.c_str(), &wish, &found) != 0) found = nullptr;
  return {found, &::freeaddrinfo};
}

std::string numeric(const addrinfo& address) {
  std::array<char, NI_MAXHOST> text{};
  ::getnameinfo(address.ai_addr, address.ai_addrlen, text.data(), text.size(), nullptr, 0,
                NI_NUMERICHOST);
  return text.data();
}

}  // namespace

bool harmless(const sockaddr& address, bool allow_loopback) {
  if (address.sa_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &address, sizeof v4);
    std::array<std::uint8_t, 4> bytes;
    std::memcpy(bytes.data(), &v4.sin_addr, bytes.size());
    return harmless4(bytes.data(), allow_loopback);
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 v6{};
    std::memcpy(&v6, &address, sizeof v6);
    return harmless6(v6.sin6_addr.s6_addr, allow_loopback);
  }
  return false;
}

Result<std::string> allowed_address(const std::string& url, bool allow_loopback) {
  const auto parsed = net::parse_url(url);
  if (!parsed) return parsed.error();
  if (parsed->scheme != "http" && parsed->scheme != "https")
    return refused("the address is not http(s)");
  const Addresses addresses = resolve(*parsed);
  if (!addresses) return unavailable("the name cannot be resolved: " + parsed->host);
  // One bad address among several is enough: whoever controls the name decides about the order.
  for (const addrinfo* one = addresses.get(); one != nullptr; one = one->ai_next) {
    if (!harmless(*one->ai_addr, allow_loopback))
      return refused("the action may not go there: " + parsed->host);
  }
  return numeric(*addresses);
}

}  // namespace countersign::actions
