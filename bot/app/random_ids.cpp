#include "bot/app/random_ids.h"

#include <openssl/rand.h>

#include <cstdint>
#include <stdexcept>

#include "bot/core/digest.h"

namespace countersign::app {
namespace {

std::string random_bytes(int n) {
  std::string bytes(static_cast<std::size_t>(n), '\0');
  if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), n) != 1)
    throw std::runtime_error("no randomness to be had");
  return bytes;
}

}  // namespace

std::string RandomIds::token(int bytes) { return core::hex(random_bytes(bytes)); }

core::CorrelationId RandomIds::correlation() { return core::CorrelationId::parse(token(16)); }

// RFC 9562, version 4.
std::string RandomIds::uuid() {
  std::string bytes = random_bytes(16);
  bytes[6] = static_cast<char>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  std::string text = core::hex(bytes);
  for (const std::size_t at : {20u, 16u, 12u, 8u}) text.insert(at, "-");
  return text;
}

double RandomIds::chance() {
  std::uint64_t bits = 0;
  for (const char c : random_bytes(7)) bits = (bits << 8) | static_cast<unsigned char>(c);
  return static_cast<double>(bits >> 3) / static_cast<double>(1ULL << 53);
}

}  // namespace countersign::app
