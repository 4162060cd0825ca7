// Text that the database may keep but not read: AES-256-GCM under a key made of a configured
// secret, bound to whom or what it belongs. Pure functions (OpenSSL underneath).
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace countersign::core {

inline constexpr std::size_t kSealNonce = 12;  // bytes; never twice under one secret

// `bound_to` is not in the result, and has to be said again to open it.
std::string seal_text(std::string_view text, std::string_view secret, std::string_view nonce,
                      std::string_view bound_to);
// Nothing unless it was sealed under this secret, for this, and is unaltered.
std::optional<std::string> open_text(std::string_view sealed, std::string_view secret,
                                     std::string_view bound_to);

}  // namespace countersign::core
