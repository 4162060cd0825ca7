// Step-up: how codes are counted and guessing is ended, without a database.
#include "bot/core/second_factor.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

const TotpKey kKey{"12345678901234567890"};
const Instant kNow{std::chrono::seconds(1'795'000'020)};

std::string code(Duration off = 0s) { return totp(kKey, kNow + off); }
SecondFactor wrong(SecondFactor factor, int times, Instant now = kNow) {
  for (int i = 0; i < times; ++i) factor = judge_code(factor, kKey, "000000", now).after;
  return factor;
}

TEST(SecondFactor, a_code_counts_once_I9) {
  const auto first = judge_code({}, kKey, code(), kNow);
  EXPECT_EQ(first.verdict, CodeVerdict::right);
  const auto second = judge_code(first.after, kKey, code(), kNow + 5s);
  EXPECT_EQ(second.verdict, CodeVerdict::used);
  EXPECT_EQ(second.after, first.after) << "not a wrong one either";
}

TEST(SecondFactor, an_older_code_than_one_that_counted_does_not_count) {
  const auto ahead = judge_code({}, kKey, code(30s), kNow);
  EXPECT_EQ(ahead.verdict, CodeVerdict::right);
  EXPECT_EQ(judge_code(ahead.after, kKey, code(), kNow).verdict, CodeVerdict::used);
  EXPECT_EQ(judge_code(ahead.after, kKey, code(60s), kNow + 60s).verdict, CodeVerdict::right);
}

TEST(SecondFactor, five_wrong_codes_lock_it_for_fifteen_minutes) {
  const SecondFactor four = wrong({}, 4);
  EXPECT_FALSE(four.locked_until);
  const SecondFactor five = wrong(four, 1);
  EXPECT_EQ(five.locked_until, kNow + 15min);
  const Instant last = kNow + 15min - Duration(1);
  EXPECT_EQ(judge_code(five, kKey, totp(kKey, last), last).verdict, CodeVerdict::locked);
  EXPECT_EQ(wrong(five, 3, last), five) << "more of them do not prolong it";
  const Instant after = kNow + 15min;
  const auto judged = judge_code(five, kKey, totp(kKey, after), after);
  EXPECT_EQ(judged.verdict, CodeVerdict::right);
  EXPECT_FALSE(judged.after.locked_until);
}

TEST(SecondFactor, there_are_five_tries_again_after_a_lock) {
  const SecondFactor locked = wrong({}, 5);
  EXPECT_FALSE(wrong(locked, 4, kNow + 15min).locked_until);
  EXPECT_TRUE(wrong(locked, 5, kNow + 15min).locked_until);
}

TEST(SecondFactor, a_right_code_forgets_the_wrong_ones_before_it) {
  const auto right = judge_code(wrong({}, 4), kKey, code(), kNow);
  EXPECT_EQ(right.verdict, CodeVerdict::right);
  EXPECT_EQ(right.after.failures, 0);
}

}  // namespace
}  // namespace countersign::core
