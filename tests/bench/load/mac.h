// HMAC-SHA256, as GitHub signs with it.
#pragma once
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <string>
#include <string_view>

using Mac = std::array<unsigned char, 32>;

inline Mac mac_of(const std::string& secret, std::string_view body) {
  Mac mac{};
  unsigned size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(body.data()), body.size(), mac.data(), &size);
  return mac;
}

inline std::string hex_of(const Mac& mac) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::string hex;
  for (const unsigned char byte : mac) {
    hex += kDigits[byte >> 4];
    hex += kDigits[byte & 15];
  }
  return hex;
}
