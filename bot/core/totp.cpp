#include "bot/core/totp.h"

#include <algorithm>
#include <array>

namespace countersign::core {
namespace {

constexpr std::int64_t kSkew = 1;  // steps, either way
constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

std::string_view name_of(HashAlgorithm algorithm) {
  constexpr std::array<std::string_view, 3> names{"SHA1", "SHA256", "SHA512"};
  return names.at(static_cast<std::size_t>(algorithm));
}

std::uint32_t byte_at(const std::string& bytes, std::size_t at) {
  return static_cast<unsigned char>(bytes.at(at));
}

// RFC 4226, 5.3: the last digit of the digest says where the number is.
std::uint32_t truncated(const std::string& digest) {
  const std::size_t at = byte_at(digest, digest.size() - 1) & 0xF;
  return (byte_at(digest, at) & 0x7F) << 24 | byte_at(digest, at + 1) << 16 |
         byte_at(digest, at + 2) << 8 | byte_at(digest, at + 3);
}

std::string percent_encoded(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const bool harmless = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                          (c >= '0' && c <= '9') ||
                          std::string_view("-._~").find(c) != std::string_view::npos;
    const auto byte = static_cast<unsigned char>(c);
    if (harmless) {
      out += c;
    } else {
      out += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

}  // namespace

std::string hotp(const TotpKey& key, std::uint64_t counter) {
  std::string moving(8, '\0');
  for (int i = 7; i >= 0; --i, counter >>= 8)
    moving[static_cast<std::size_t>(i)] = static_cast<char>(counter & 0xFF);
  auto number = truncated(hmac(key.algorithm, key.secret, moving));
  std::string code(static_cast<std::size_t>(key.digits), '0');
  for (auto digit = code.rbegin(); digit != code.rend(); ++digit, number /= 10)
    *digit = static_cast<char>('0' + number % 10);
  return code;
}

std::int64_t totp_step(const TotpKey& key, Instant now) {
  return std::chrono::floor<std::chrono::seconds>(now).time_since_epoch() / key.period;
}

std::string totp(const TotpKey& key, Instant now) {
  return hotp(key, static_cast<std::uint64_t>(totp_step(key, now)));
}

std::optional<std::int64_t> step_of_code(const TotpKey& key, std::string_view code, Instant now) {
  std::string digits(code);
  std::erase_if(digits, [](char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; });
  const std::int64_t current = totp_step(key, now);
  for (std::int64_t step = current + kSkew; step >= current - kSkew; --step) {
    if (same_secret(hotp(key, static_cast<std::uint64_t>(step)), digits)) return step;
  }
  return std::nullopt;
}

std::string otpauth_uri(const TotpKey& key, const std::string& issuer, const std::string& account) {
  const std::string by = percent_encoded(issuer);
  return "otpauth://totp/" + by + ":" + percent_encoded(account) + "?secret=" + base32(key.secret) +
         "&issuer=" + by + "&algorithm=" + std::string(name_of(key.algorithm)) +
         "&digits=" + std::to_string(key.digits) + "&period=" + std::to_string(key.period.count());
}

std::string base32(std::string_view bytes) {
  std::string out;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : bytes) {
    held = (held << 8 | static_cast<unsigned char>(c)) & 0xFFF;
    for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[held >> (bits - 5) & 31];
  }
  if (bits > 0) out += kAlphabet[held << (5 - bits) & 31];
  return out;
}

std::optional<std::string> unbase32(std::string_view text) {
  std::string out, clean;
  std::uint32_t held = 0;
  int bits = 0;
  for (const char c : text) {
    if (c == ' ') continue;
    const char capital = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    const auto value = kAlphabet.find(capital);
    if (value == std::string_view::npos) return std::nullopt;
    clean += capital;
    held = (held << 5 | static_cast<std::uint32_t>(value)) & 0xFFF;
    if ((bits += 5) < 8) continue;
    bits -= 8;
    out += static_cast<char>(held >> bits & 0xFF);
  }
  if (base32(out) != clean) return std::nullopt;  // one value has one text
  return out;
}

}  // namespace countersign::core
