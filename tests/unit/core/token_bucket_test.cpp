#include "bot/core/token_bucket.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

const Instant kNow{std::chrono::seconds(1'795'000'000)};
const RateLimit kLimit{4, 20min};

TEST(TokenBucket, gives_its_tokens_back_evenly) { EXPECT_EQ(token_step(kLimit), 5min); }

TEST(TokenBucket, is_full_once_its_moment_has_passed) {
  EXPECT_EQ(tokens_left(kLimit, kNow, kNow), 4);
  EXPECT_EQ(tokens_left(kLimit, kNow - 1h, kNow), 4);
  EXPECT_EQ(next_token_at(kLimit, kNow - 1h, kNow), kNow);
}

TEST(TokenBucket, lacks_a_token_until_all_of_its_time_has_passed) {
  EXPECT_EQ(tokens_left(kLimit, kNow + 5min, kNow), 3);
  EXPECT_EQ(tokens_left(kLimit, kNow + 1us, kNow), 3);
  EXPECT_EQ(tokens_left(kLimit, kNow + 15min, kNow), 1);
  EXPECT_EQ(tokens_left(kLimit, kNow + 20min, kNow), 0);
}

TEST(TokenBucket, says_when_the_next_one_may_be_taken) {
  EXPECT_EQ(next_token_at(kLimit, kNow + 15min, kNow), kNow) << "one is left";
  EXPECT_EQ(next_token_at(kLimit, kNow + 20min, kNow), kNow + 5min);
  EXPECT_EQ(next_token_at(kLimit, kNow + 17min, kNow), kNow + 2min);
}

TEST(TokenBucket, of_one_is_empty_until_it_is_full) {
  EXPECT_EQ(tokens_left({1, 1h}, kNow + 30min, kNow), 0);
  EXPECT_EQ(next_token_at({1, 1h}, kNow + 30min, kNow), kNow + 30min);
}

}  // namespace
}  // namespace countersign::core
