#include "bot/core/sealed_text.h"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>

#include "bot/core/digest.h"

namespace countersign::core {
namespace {

constexpr std::string_view kVersion = "1.";  // what was sealed otherwise would begin otherwise
constexpr std::size_t kTag = 16;

using Cipher = std::unique_ptr<EVP_CIPHER_CTX, decltype(&EVP_CIPHER_CTX_free)>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

unsigned char* bytes_of(std::string& text) { return reinterpret_cast<unsigned char*>(text.data()); }

void demand(bool done) {
  if (!done) throw std::runtime_error("AES-256-GCM is not available in this OpenSSL");
}

// Ready for the text itself: key, nonce and what it is bound to are in.
Cipher begun(bool sealing, std::string_view secret, std::string_view nonce,
             std::string_view bound_to) {
  const std::string key = hmac(HashAlgorithm::sha256, secret, "countersign sealed text 1");
  Cipher cipher(EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free);
  int length = 0;
  demand(cipher && EVP_CipherInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, bytes_of(key),
                                     bytes_of(nonce), sealing ? 1 : 0) == 1);
  demand(EVP_CipherUpdate(cipher.get(), nullptr, &length, bytes_of(bound_to),
                          static_cast<int>(bound_to.size())) == 1);
  return cipher;
}

std::string through(const Cipher& cipher, std::string_view text) {
  std::string out(text.size(), '\0');
  int length = 0;
  demand(EVP_CipherUpdate(cipher.get(), bytes_of(out), &length, bytes_of(text),
                          static_cast<int>(text.size())) == 1);
  return out;
}

}  // namespace

std::string seal_text(std::string_view text, std::string_view secret, std::string_view nonce,
                      std::string_view bound_to) {
  if (nonce.size() != kSealNonce) throw std::logic_error("a nonce of another length");
  const Cipher cipher = begun(true, secret, nonce, bound_to);
  std::string sealed(nonce);
  sealed += through(cipher, text);
  std::string tag(kTag, '\0');
  int length = 0;
  demand(EVP_CipherFinal_ex(cipher.get(), bytes_of(tag), &length) == 1 &&
         EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTag, tag.data()) == 1);
  return std::string(kVersion) + base64(sealed + tag);
}

std::optional<std::string> open_text(std::string_view sealed, std::string_view secret,
                                     std::string_view bound_to) {
  if (!sealed.starts_with(kVersion)) return std::nullopt;
  const auto bytes = unbase64(sealed.substr(kVersion.size()));
  if (!bytes || bytes->size() < kSealNonce + kTag) return std::nullopt;
  const std::string_view all(*bytes);
  const Cipher cipher = begun(false, secret, all.substr(0, kSealNonce), bound_to);
  std::string text = through(cipher, all.substr(kSealNonce, all.size() - kSealNonce - kTag));
  std::string tag(all.substr(all.size() - kTag)), rest(kTag, '\0');
  int length = 0;
  if (EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTag, tag.data()) != 1 ||
      EVP_CipherFinal_ex(cipher.get(), bytes_of(rest), &length) != 1)
    return std::nullopt;
  return text;
}

}  // namespace countersign::core
