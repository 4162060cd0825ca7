// T45: what the database keeps is of no use without the configured secret.
#include "bot/core/sealed_text.h"

#include <gtest/gtest.h>

#include "bot/core/digest.h"

namespace countersign::core {
namespace {

constexpr char kSecret[] = "a secret of thirty-two characters";
const std::string kNonce(kSealNonce, 'n');

TEST(SealedText, opens_with_its_secret_for_whom_it_was_sealed) {
  const std::string text("a \0 secret", 10);
  const std::string sealed = seal_text(text, kSecret, kNonce, "mm:alice");
  EXPECT_EQ(open_text(sealed, kSecret, "mm:alice"), text);
  EXPECT_EQ(sealed.find("secret"), std::string::npos);
  EXPECT_EQ(open_text(seal_text("", kSecret, kNonce, ""), kSecret, ""), "");
}

TEST(SealedText, of_one_person_does_not_open_for_another_T45) {
  const std::string sealed = seal_text("text", kSecret, kNonce, "mm:alice");
  EXPECT_FALSE(open_text(sealed, kSecret, "mm:bob"));
  EXPECT_FALSE(open_text(sealed, kSecret, ""));
}

TEST(SealedText, does_not_open_with_another_secret_T45) {
  const std::string sealed = seal_text("text", kSecret, kNonce, "mm:alice");
  EXPECT_FALSE(open_text(sealed, std::string(kSecret) + "x", "mm:alice"));
  EXPECT_FALSE(open_text(sealed, "", "mm:alice"));
}

TEST(SealedText, does_not_open_when_a_single_bit_of_it_was_changed) {
  const std::string sealed = seal_text("text", kSecret, kNonce, "mm:alice");
  const std::string bytes = *unbase64(sealed.substr(2));
  EXPECT_EQ(bytes.size(), kSealNonce + 4 + 16);
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string altered = bytes;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << bit % 8));
    EXPECT_FALSE(open_text("1." + base64(altered), kSecret, "mm:alice")) << bit;
  }
}

TEST(SealedText, is_nothing_if_it_was_never_sealed) {
  const std::string sealed = seal_text("text", kSecret, kNonce, "mm:alice");
  for (const std::string& bad :
       {std::string(), std::string("1."), std::string("1.AAAA"), "2" + sealed.substr(1),
        sealed.substr(2), sealed + "A", sealed.substr(0, 30)})
    EXPECT_FALSE(open_text(bad, kSecret, "mm:alice")) << bad;
}

TEST(SealedText, differs_with_every_nonce) {
  EXPECT_NE(seal_text("text", kSecret, kNonce, ""),
            seal_text("text", kSecret, std::string(kSealNonce, 'm'), ""));
  EXPECT_THROW((void)seal_text("text", kSecret, "short", ""), std::logic_error);
}

// As any other AES-256-GCM: the key is HMAC-SHA-256 of a fixed text under the secret.
TEST(SealedText, of_yesterday_opens_tomorrow) {
  EXPECT_EQ(open_text("1.bm5ubm5ubm5ubm5uwpVaN0fdfmlosHWB7XpWfH/uAJQ=", kSecret, "mm:alice"),
            "text");
}

}  // namespace
}  // namespace countersign::core
