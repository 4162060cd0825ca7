#include "bot/core/public_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>

namespace countersign::core {
namespace {

constexpr int kLeastRsaBits = 2048;

template <auto free>
struct Freed {
  template <class T>
  void operator()(T* what) const {
    free(what);
  }
};
using Key = std::unique_ptr<EVP_PKEY, Freed<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, Freed<BN_free>>;
using Certificate = std::unique_ptr<X509, Freed<X509_free>>;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

Number number_of(std::string_view bytes) {
  return Number(BN_bin2bn(bytes_of(bytes), static_cast<int>(bytes.size()), nullptr));
}

Key rsa_key(std::string_view modulus, std::string_view exponent) {
  const Number n = number_of(modulus);
  const Number e = number_of(exponent);
  const std::unique_ptr<OSSL_PARAM_BLD, Freed<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1)
    return nullptr;
  const std::unique_ptr<OSSL_PARAM, Freed<OSSL_PARAM_free>> parameters(
      OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, Freed<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (!parameters || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, parameters.get()) != 1)
    return nullptr;
  return Key(key);
}

bool verifies(EVP_PKEY* key, const EVP_MD* digest, std::string_view text,
              std::string_view signature) {
  const std::unique_ptr<EVP_MD_CTX, Freed<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  return context && EVP_DigestVerifyInit(context.get(), nullptr, digest, nullptr, key) == 1 &&
         EVP_DigestVerify(context.get(), bytes_of(signature), signature.size(), bytes_of(text),
                          text.size()) == 1;
}

bool rsa_verifies(EVP_PKEY* key, HashAlgorithm algorithm, std::string_view text,
                  std::string_view signature) {
  if (key == nullptr || EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA ||
      EVP_PKEY_get_bits(key) < kLeastRsaBits)
    return false;
  const EVP_MD* digest = algorithm == HashAlgorithm::sha1     ? EVP_sha1()
                         : algorithm == HashAlgorithm::sha256 ? EVP_sha256()
                                                              : EVP_sha512();
  return verifies(key, digest, text, signature);
}

}  // namespace

bool rsa_signed(std::string_view modulus, std::string_view exponent, HashAlgorithm algorithm,
                std::string_view text, std::string_view signature) {
  return rsa_verifies(rsa_key(modulus, exponent).get(), algorithm, text, signature);
}

bool certificate_signed(std::string_view pem, Instant now, HashAlgorithm algorithm,
                        std::string_view text, std::string_view signature) {
  const std::unique_ptr<BIO, Freed<BIO_free>> bytes(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  if (!bytes) return false;
  const Certificate certificate(PEM_read_bio_X509(bytes.get(), nullptr, nullptr, nullptr));
  if (!certificate) return false;
  std::time_t at = std::chrono::floor<std::chrono::seconds>(now).time_since_epoch().count();
  if (X509_cmp_time(X509_get0_notBefore(certificate.get()), &at) >= 0 ||
      X509_cmp_time(X509_get0_notAfter(certificate.get()), &at) <= 0)
    return false;
  return rsa_verifies(X509_get0_pubkey(certificate.get()), algorithm, text, signature);
}

bool ed25519_signed(std::string_view key, std::string_view text, std::string_view signature) {
  const Key read(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, bytes_of(key), key.size()));
  return read && verifies(read.get(), nullptr, text, signature);
}

}  // namespace countersign::core
