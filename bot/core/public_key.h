// Signatures that somebody made with a private key we do not have. Pure (OpenSSL underneath); what
// cannot be read is not signed.
#pragma once
#include <string_view>

#include "bot/core/digest.h"
#include "bot/core/instant.h"

namespace countersign::core {

// RSA PKCS#1 v1.5 (RFC 8017). The key as two big-endian numbers of a JSON Web Key (RFC 7518, 6.3);
// below 2048 bits nothing counts.
bool rsa_signed(std::string_view modulus, std::string_view exponent, HashAlgorithm algorithm,
                std::string_view text, std::string_view signature);

// Likewise with the key of an X.509 certificate in PEM that is valid at `now`. Who issued it is the
// caller's question.
bool certificate_signed(std::string_view pem, Instant now, HashAlgorithm algorithm,
                        std::string_view text, std::string_view signature);

// Ed25519 (RFC 8032): 32 bytes of key, 64 of signature.
bool ed25519_signed(std::string_view key, std::string_view text, std::string_view signature);

}  // namespace countersign::core
