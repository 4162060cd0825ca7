// Hashes and encodings, as pure functions (OpenSSL underneath). Digests travel as lower-case hex.
#pragma once
#include <optional>
#include <string>
#include <string_view>

namespace countersign::core {

std::string sha256(std::string_view bytes);  // 32 raw bytes
std::string sha256_hex(std::string_view bytes);
enum class HashAlgorithm { sha1, sha256, sha512 };
std::string hmac(HashAlgorithm algorithm, std::string_view key, std::string_view bytes);  // raw

std::string hex(std::string_view bytes);
std::optional<std::string> unhex(
    std::string_view text);  // either case; odd length or other digits: nothing
std::string base64(std::string_view bytes);
std::optional<std::string> unbase64(std::string_view text);  // standard alphabet, padding required

// Compares in time that depends on neither content nor lengths: both sides are hashed first (T6).
bool same_secret(std::string_view a, std::string_view b);

// A hash over several parts that no other split of the same bytes shares (each part is
// length-prefixed).
template <class... Parts>
std::string sha256_of_parts(const Parts&... parts) {
  std::string all;
  ((all += std::to_string(std::string_view(parts).size()), all += ':',
    all += std::string_view(parts)),
   ...);
  return sha256_hex(all);
}

}  // namespace countersign::core
