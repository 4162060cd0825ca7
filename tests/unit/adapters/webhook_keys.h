// Keys of our own in the place of AWS' and Google's, so that what only they can sign can be signed
// in a test.
#pragma once
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

#include "bot/core/digest.h"
#include "bot/core/instant.h"
#include "bot/core/json.h"

namespace countersign::adapters::webhook::test {

inline std::string base64url(std::string_view bytes) {
  std::string text = core::base64(bytes);
  for (char& c : text) c = c == '+' ? '-' : c == '/' ? '_' : c;
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

class Key {
 public:
  static Key rsa() { return Key(EVP_RSA_gen(2048)); }
  static Key ed25519() { return Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519")); }

  // RSA: PKCS#1 v1.5 with SHA-256.
  std::string sign(std::string_view text) const {
    const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                          EVP_MD_CTX_free);
    const EVP_MD* digest = EVP_PKEY_is_a(key_.get(), "RSA") == 1 ? EVP_sha256() : nullptr;
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    std::size_t size = 512;
    std::string signature(size, '\0');
    must(EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key_.get()));
    must(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                        bytes, text.size()));
    signature.resize(size);
    return signature;
  }

  // Ed25519: the public key's bytes.
  std::string public_bytes() const {
    std::size_t size = 32;
    std::string bytes(size, '\0');
    must(EVP_PKEY_get_raw_public_key(key_.get(), reinterpret_cast<unsigned char*>(bytes.data()),
                                     &size));
    return bytes;
  }

  // A JSON Web Key.
  Json jwk(const std::string& id) const {
    return {{"kid", id},
            {"kty", "RSA"},
            {"n", base64url(number(OSSL_PKEY_PARAM_RSA_N))},
            {"e", base64url(number(OSSL_PKEY_PARAM_RSA_E))}};
  }

  // A certificate in PEM that it signed itself.
  std::string certificate(core::Instant from, core::Instant until) const {
    const std::unique_ptr<X509, decltype(&X509_free)> made(X509_new(), X509_free);
    ASN1_TIME_set(X509_getm_notBefore(made.get()), seconds(from));
    ASN1_TIME_set(X509_getm_notAfter(made.get()), seconds(until));
    must(X509_set_pubkey(made.get(), key_.get()));
    must(X509_sign(made.get(), key_.get(), EVP_sha256()));
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    must(PEM_write_bio_X509(out.get(), made.get()));
    char* text = nullptr;
    const long size = BIO_get_mem_data(out.get(), &text);
    return {text, static_cast<std::size_t>(size)};
  }

 private:
  explicit Key(EVP_PKEY* key) : key_(key, EVP_PKEY_free) { must(key != nullptr ? 1 : 0); }

  static void must(int result) {
    if (result <= 0) throw std::runtime_error("OpenSSL refused");
  }
  static std::time_t seconds(core::Instant at) {
    return std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  }
  std::string number(const char* name) const {
    BIGNUM* given = nullptr;
    must(EVP_PKEY_get_bn_param(key_.get(), name, &given));
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> value(given, BN_free);
    std::string bytes(static_cast<std::size_t>(BN_num_bytes(value.get())), '\0');
    BN_bn2bin(value.get(), reinterpret_cast<unsigned char*>(bytes.data()));
    return bytes;
  }

  std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key_;
};

// One for all tests: making a key takes a while.
inline const Key& rsa_key() {
  static const Key kKey = Key::rsa();
  return kKey;
}

inline std::string signed_token(const Key& key, const std::string& id, const Json& claims) {
  const std::string text =
      base64url(Json{{"alg", "RS256"}, {"kid", id}}.dump()) + '.' + base64url(claims.dump());
  return text + '.' + base64url(key.sign(text));
}

// A notification of SNS with the signature that AWS would put into it.
inline std::string signed_notification(const Key& key, Json message) {
  std::string text;
  for (const char* name : {"Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"}) {
    if (message.contains(name))
      text += std::string(name) + '\n' + message.at(name).get<std::string>() + '\n';
  }
  message["Signature"] = core::base64(key.sign(text));
  return message.dump();
}

}  // namespace countersign::adapters::webhook::test
