#include "bot/core/digest.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

TEST(Digest, hashes_the_known_example) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abc").size(), 32u);
}

TEST(Digest, hmac_matches_the_rfc_4231_examples) {
  const std::string key(20, '\x0b');
  EXPECT_EQ(hex(hmac(HashAlgorithm::sha256, key, "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(hex(hmac(HashAlgorithm::sha1, key, "Hi There")),
            "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_TRUE(hex(hmac(HashAlgorithm::sha512, key, "Hi There"))
                  .starts_with("87aa7cdea5ef619d4ff0b4241a1d6cb0"));
}

TEST(Digest, hmac_takes_an_empty_key_and_an_empty_text) {
  EXPECT_EQ(hex(hmac(HashAlgorithm::sha256, {}, {})),
            "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Digest, hex_goes_both_ways_and_refuses_what_is_not_hex) {
  const std::string bytes("\x00\x7f\xff", 3);
  EXPECT_EQ(hex(bytes), "007fff");
  EXPECT_EQ(unhex("007FfF"), bytes);
  for (const char* bad : {"0", "0g", "x0", " 00"}) EXPECT_FALSE(unhex(bad)) << bad;
}

TEST(Digest, base64_goes_both_ways) {
  for (const std::string text : {"", "f", "fo", "foo", "foob", "fooba", "foobar"})
    EXPECT_EQ(unbase64(base64(text)), text);
  EXPECT_EQ(base64("foob"), "Zm9vYg==");
  EXPECT_EQ(base64(std::string("\xfb\xff\0", 3)), "+/8A");
}

TEST(Digest, base64_has_one_text_for_a_value) {
  for (const char* bad :
       {"Zm9vYg", "Zm9vYg=", "Zm9v Yg=", " Zm9v", "Zm9vYh==", "Zm-_", "====", "Zm9vYg==\n"})
    EXPECT_FALSE(unbase64(bad)) << bad;
}

TEST(Digest, secrets_are_the_same_only_when_equal) {  // T6
  EXPECT_TRUE(same_secret("", ""));
  EXPECT_TRUE(same_secret("s3cret", "s3cret"));
  EXPECT_FALSE(same_secret("s3cret", "s3creT"));
  EXPECT_FALSE(same_secret("s3cret", "s3cret "));
}

TEST(Digest, parts_do_not_run_together) {
  EXPECT_NE(sha256_of_parts("ab", "c"), sha256_of_parts("a", "bc"));
  EXPECT_NE(sha256_of_parts("ab"), sha256_of_parts("a", "b"));
}

}  // namespace
}  // namespace countersign::core
