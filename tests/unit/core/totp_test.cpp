#include "bot/core/totp.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

// The secrets of the examples: the digits 1 to 9 and 0 over and over.
std::string digits_repeated(std::size_t length) {
  std::string out;
  while (out.size() < length) out += "1234567890";
  return out.substr(0, length);
}

Instant at(std::int64_t seconds) { return Instant(std::chrono::seconds(seconds)); }

TEST(Totp, counts_as_the_examples_of_rfc_4226) {
  const TotpKey key{digits_repeated(20)};
  const char* codes[] = {"755224", "287082", "359152", "969429", "338314",
                         "254676", "287922", "162583", "399871", "520489"};
  for (std::uint64_t counter = 0; counter < 10; ++counter)
    EXPECT_EQ(hotp(key, counter), codes[counter]) << counter;
}

TEST(Totp, follows_the_clock_as_the_examples_of_rfc_6238) {
  struct Example {
    std::int64_t seconds;
    const char *sha1, *sha256, *sha512;
  };
  const Example examples[] = {{59, "94287082", "46119246", "90693936"},
                              {1111111109, "07081804", "68084774", "25091201"},
                              {1111111111, "14050471", "67062674", "99943326"},
                              {1234567890, "89005924", "91819424", "93441116"},
                              {2000000000, "69279037", "90698825", "38618901"},
                              {20000000000, "65353130", "77737706", "47863826"}};
  for (const Example& e : examples) {
    const auto code = [&](std::size_t length, HashAlgorithm algorithm) {
      return totp({digits_repeated(length), algorithm, 8}, at(e.seconds));
    };
    EXPECT_EQ(code(20, HashAlgorithm::sha1), e.sha1) << e.seconds;
    EXPECT_EQ(code(32, HashAlgorithm::sha256), e.sha256) << e.seconds;
    EXPECT_EQ(code(64, HashAlgorithm::sha512), e.sha512) << e.seconds;
  }
}

TEST(Totp, a_clock_may_be_one_step_off_and_no_more) {
  const TotpKey key{digits_repeated(20)};
  const Instant now = at(1'795'000'020);
  const std::int64_t step = totp_step(key, now);
  for (const int off : {-1, 0, 1})
    EXPECT_EQ(step_of_code(key, totp(key, now + off * key.period), now), step + off) << off;
  for (const int off : {-2, 2})
    EXPECT_FALSE(step_of_code(key, totp(key, now + off * key.period), now)) << off;
}

TEST(Totp, a_step_begins_with_its_second) {
  const TotpKey key{digits_repeated(20)};
  EXPECT_EQ(totp_step(key, at(60) - Duration(1)), 1);
  EXPECT_EQ(totp_step(key, at(60)), 2);
}

TEST(Totp, a_code_that_two_steps_share_is_the_later_ones) {
  // With one digit the steps of a window share codes all the time.
  const TotpKey key{digits_repeated(20), HashAlgorithm::sha1, 1};
  int shared = 0;
  for (std::int64_t n = 1'000; n < 1'100; ++n) {
    const Instant now = at(n * 30);
    const std::string later = totp(key, now + key.period);
    if (totp(key, now - key.period) != later) continue;
    ++shared;
    EXPECT_EQ(step_of_code(key, later, now), n + 1);
  }
  EXPECT_GT(shared, 0);
}

TEST(Totp, a_code_is_read_as_people_type_it) {
  const TotpKey key{digits_repeated(20)};
  EXPECT_TRUE(step_of_code(key, " 287 082\n", at(59)));
  for (const char* wrong : {"", "287083", "28708", "2870820", "+287082", "287O82", "287082x"})
    EXPECT_FALSE(step_of_code(key, wrong, at(59))) << wrong;
}

TEST(Totp, base32_matches_the_examples_of_rfc_4648_without_their_padding) {
  const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                          {"f", "MY"},
                                                          {"fo", "MZXQ"},
                                                          {"foo", "MZXW6"},
                                                          {"foob", "MZXW6YQ"},
                                                          {"fooba", "MZXW6YTB"},
                                                          {"foobar", "MZXW6YTBOI"}};
  for (const auto& [bytes, text] : examples) {
    EXPECT_EQ(base32(bytes), text);
    EXPECT_EQ(unbase32(text), bytes);
  }
  EXPECT_EQ(unbase32("mzxw 6ytb oi"), "foobar");
  const std::string every("\x00\xff\x80\x01\x7f", 5);
  EXPECT_EQ(unbase32(base32(every)), every);
  for (const char* bad : {"M", "MZ1", "MZXW8", "MY======", "MZ", "MZXW6YTBO"})
    EXPECT_FALSE(unbase32(bad)) << bad;
}

TEST(Totp, the_address_for_an_app_escapes_what_is_in_its_names) {
  EXPECT_EQ(otpauth_uri({"foobar"}, "Acme & Co", "al:ice@x?"),
            "otpauth://totp/Acme%20%26%20Co:al%3Aice%40x%3F?secret=MZXW6YTBOI"
            "&issuer=Acme%20%26%20Co&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace countersign::core
