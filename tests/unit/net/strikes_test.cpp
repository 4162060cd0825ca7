#include "adapters/net/strikes.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace countersign::net {
namespace {

using namespace std::chrono_literals;

class StrikesTest : public testing::Test {
 protected:
  Strikes strikes(Strikes::Options options = {.burst = 3, .each = 10s, .addresses = 4}) {
    return Strikes(options, [this] { return now_; });
  }
  static void add(Strikes& strikes, const std::string& address, int times) {
    for (int i = 0; i < times; ++i) strikes.add(address);
  }
  Strikes::Time now_{};
};

TEST_F(StrikesTest, shuts_out_who_was_refused_too_often_and_nobody_else_T14) {
  auto s = strikes();
  add(s, "192.0.2.1", 2);
  EXPECT_FALSE(s.struck("192.0.2.1"));
  s.add("192.0.2.1");
  EXPECT_EQ(s.struck("192.0.2.1"), 10s);
  EXPECT_FALSE(s.struck("192.0.2.2"));
  EXPECT_EQ(s.struck("::ffff:192.0.2.1"), 10s) << "the same address, written otherwise";
}

TEST_F(StrikesTest, listens_again_after_the_time_it_named) {
  auto s = strikes();
  add(s, "192.0.2.1", 3);
  now_ += 9500ms;
  EXPECT_EQ(s.struck("192.0.2.1"), 1s);
  now_ += 500ms;
  EXPECT_FALSE(s.struck("192.0.2.1"));
  s.add("192.0.2.1");
  EXPECT_EQ(s.struck("192.0.2.1"), 10s) << "one more, and the bucket is full again";
  now_ += 1h;
  add(s, "192.0.2.1", 2);
  EXPECT_FALSE(s.struck("192.0.2.1")) << "all is forgiven";
}

TEST_F(StrikesTest, does_not_punish_a_flood_longer_than_a_full_bucket) {
  auto s = strikes();
  add(s, "192.0.2.1", 10'000);
  EXPECT_EQ(s.struck("192.0.2.1"), 10s);
}

TEST_F(StrikesTest, counts_the_64_of_an_ipv6_sender_as_one) {
  auto s = strikes();
  for (const char* address : {"2001:db8::1", "2001:db8::2", "2001:db8::3"}) s.add(address);
  EXPECT_TRUE(s.struck("2001:db8::4"));
  EXPECT_FALSE(s.struck("2001:db8:0:1::4"));
}

TEST_F(StrikesTest, forgets_whoever_was_refused_longest_ago_when_it_is_full) {
  auto s = strikes();
  add(s, "192.0.2.1", 3);
  add(s, "192.0.2.2", 3);
  s.add("192.0.2.3");
  s.add("192.0.2.1");
  for (const char* address : {"198.51.100.1", "198.51.100.2"}) s.add(address);
  EXPECT_EQ(s.watched(), 4u);
  EXPECT_TRUE(s.struck("192.0.2.1")) << "refused just now";
  EXPECT_FALSE(s.struck("192.0.2.2"));
  for (int i = 0; i < 100'000; ++i)
    s.add("10.0." + std::to_string(i % 250) + "." + std::to_string(i / 400));
  EXPECT_EQ(s.watched(), 4u);
}

TEST_F(StrikesTest, may_be_used_by_several_threads) {
  Strikes s({.burst = 1'000, .each = 1h, .addresses = 8});
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 1'000; ++i) {
        s.add("192.0.2." + std::to_string((t * i) % 20));
        s.struck("192.0.2.1");
      }
    });
  threads.clear();
  EXPECT_EQ(s.watched(), 8u);
}

}  // namespace
}  // namespace countersign::net
