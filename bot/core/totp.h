// One-time codes from a shared secret: by a counter (RFC 4226) and by the time (RFC 6238). Pure
// functions; what has been used already is for the caller to remember.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bot/core/digest.h"
#include "bot/core/instant.h"

namespace countersign::core {

// The defaults are what every authenticator app knows.
struct TotpKey {
  std::string secret;  // raw bytes
  HashAlgorithm algorithm = HashAlgorithm::sha1;
  int digits = 6;  // at most 9
  std::chrono::seconds period{30};
};

std::string hotp(const TotpKey& key, std::uint64_t counter);
std::int64_t totp_step(const TotpKey& key, Instant now);
std::string totp(const TotpKey& key, Instant now);
// The step whose code this is, for a clock that is at most one step off: of several the latest, so
// that remembering it rules out all of them. Blanks between the digits do not matter.
std::optional<std::int64_t> step_of_code(const TotpKey& key, std::string_view code, Instant now);

// What an authenticator app takes, as text or from a picture. The account may hold anything.
std::string otpauth_uri(const TotpKey& key, const std::string& issuer, const std::string& account);

// RFC 4648, capital letters, without padding.
std::string base32(std::string_view bytes);
// Either case, blanks anywhere; nothing for other characters or a length that no bytes have.
std::optional<std::string> unbase32(std::string_view text);

}  // namespace countersign::core
