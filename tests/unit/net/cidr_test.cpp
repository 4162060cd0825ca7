#include "bot/core/cidr.h"

#include <gtest/gtest.h>

#include "adapters/net/crowd.h"
#include "adapters/net/forwarded.h"

namespace countersign::net {
namespace {

using core::Cidr;
using core::network_of;

struct Row {
  const char* block;
  const char* address;
  bool inside;
};

TEST(Cidr, holds_the_addresses_of_its_block_and_no_others) {
  const Row rows[] = {{"192.0.2.0/24", "192.0.2.0", true},
                      {"192.0.2.0/24", "192.0.2.255", true},
                      {"192.0.2.0/24", "192.0.3.0", false},
                      {"192.0.2.7", "192.0.2.7", true},
                      {"192.0.2.7", "192.0.2.8", false},
                      {"192.0.2.128/25", "192.0.2.127", false},
                      {"0.0.0.0/0", "203.0.113.9", true},
                      {"0.0.0.0/0", "2001:db8::1", false},
                      {"::/0", "2001:db8::1", true},
                      {"::/0", "203.0.113.9", false},
                      {"2001:db8::/32", "2001:db8:ffff::1", true},
                      {"2001:db8::/32", "2001:db9::1", false},
                      {"2001:db8::1", "2001:0DB8:0:0::1", true},
                      {"fe80::/10", "fe80::1%eth0", true},
                      // An IPv4 address may come in the form an IPv6 socket has for it.
                      {"192.0.2.0/24", "::ffff:192.0.2.9", true},
                      {"::ffff:192.0.2.0/120", "192.0.2.9", true},
                      {"::ffff:0:0/96", "198.51.100.1", true},
                      {"::ffff:0:0/96", "::1", false},
                      // No address is in no block.
                      {"0.0.0.0/0", "", false},
                      {"0.0.0.0/0", "localhost", false},
                      {"0.0.0.0/0", "1.2.3", false},
                      {"0.0.0.0/0", "1.2.3.4 ", false},
                      {"0.0.0.0/0", "0x7f.1", false},
                      {"::/0", "[::1]", false}};
  for (const Row& row : rows) {
    const auto block = Cidr::parse(row.block);
    ASSERT_TRUE(block.ok()) << row.block;
    EXPECT_EQ(block->contains(row.address), row.inside) << row.block << " " << row.address;
  }
  EXPECT_FALSE(Cidr::parse("0.0.0.0/0")->contains(std::string_view("1.2.3.4\0x", 9)));
}

TEST(Cidr, says_what_is_wrong_with_a_block) {
  const std::pair<const char*, const char*> rows[] = {
      {"", "begin with an IP address"},         {"/8", "begin with an IP address"},
      {"example.org/8", "begin with an IP"},    {"10.0.0/8", "begin with an IP address"},
      {"010.0.0.0/8", "begin with an IP"},      {"fe80::1%eth0", "begin with an IP address"},
      {"10.0.0.0/", "a number from 0 to 32"},   {"10.0.0.0/33", "a number from 0 to 32"},
      {"10.0.0.0/-1", "a number from 0 to 32"}, {"10.0.0.0/08", "a number from 0 to 32"},
      {"10.0.0.0/+8", "a number from 0 to 32"}, {"10.0.0.0/255.0.0.0", "a number from 0 to 32"},
      {"10.0.0.0/8 ", "a number from 0 to 32"}, {"2001:db8::/129", "a number from 0 to 128"},
      {"10.0.0.1/8", "bits are set behind"},    {"2001:db8::1/64", "bits are set behind"},
      {"0.0.0.1/0", "bits are set behind"}};
  for (const auto& [text, why] : rows) {
    const auto block = Cidr::parse(text);
    ASSERT_FALSE(block.ok()) << text;
    EXPECT_EQ(block.error().kind, ErrorKind::invalid);
    EXPECT_NE(block.error().message.find(why), std::string::npos) << block.error().message;
    EXPECT_NE(block.error().message.find("'" + std::string(text) + "'"), std::string::npos);
  }
}

TEST(Cidr, takes_an_address_or_the_64_of_an_ipv6_address_for_one_sender) {
  EXPECT_EQ(network_of("192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("::ffff:192.0.2.1"), "192.0.2.1");
  EXPECT_EQ(network_of("2001:db8:1:2:3::4"), network_of("2001:db8:1:2:ffff:ffff:ffff:ffff"));
  EXPECT_NE(network_of("2001:db8:1:2::"), network_of("2001:db8:1:3::"));
  EXPECT_EQ(network_of("no address"), "no address");
}

TEST(Crowd, counts_each_sender_and_forgets_who_has_left_T12) {
  Crowd crowd(2);
  EXPECT_TRUE(crowd.enter("a") && crowd.enter("a"));
  EXPECT_FALSE(crowd.enter("a"));
  EXPECT_TRUE(crowd.enter("b"));
  crowd.leave("a");
  EXPECT_TRUE(crowd.enter("a"));
  crowd.leave("a");
  crowd.leave("a");
  crowd.leave("b");
  EXPECT_EQ(crowd.networks(), 0u);
}

class Forwarded : public testing::Test {
 protected:
  std::string from(const std::string& peer, const std::vector<std::string>& lines) {
    Headers headers{{"Host", "h"}};
    for (const auto& line : lines) headers.emplace_back("x-forwarded-for", line);
    return sender_of(peer, headers, trusted_);
  }
  const std::vector<Cidr> trusted_{*Cidr::parse("10.0.0.0/8"), *Cidr::parse("2001:db8::/32")};
};

TEST_F(Forwarded, is_believed_from_trusted_proxies_only) {
  EXPECT_EQ(from("203.0.113.5", {"192.0.2.1"}), "203.0.113.5");
  EXPECT_EQ(from("10.0.0.1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(from("::ffff:10.0.0.1", {"192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(from("10.0.0.1", {}), "10.0.0.1");
  EXPECT_EQ(sender_of("127.0.0.1", {{"X-Forwarded-For", "192.0.2.1"}}, {}), "127.0.0.1");
}

TEST_F(Forwarded, counts_from_the_right_so_that_nobody_can_put_himself_in_front) {
  EXPECT_EQ(from("10.0.0.1", {"10.9.9.9, 198.51.100.7, 192.0.2.1"}), "192.0.2.1");
  EXPECT_EQ(from("10.0.0.1", {"198.51.100.7, 192.0.2.1 , 10.0.0.2"}), "192.0.2.1");
  EXPECT_EQ(from("10.0.0.1", {"198.51.100.7", "192.0.2.1", "10.0.0.2,2001:db8::9"}), "192.0.2.1");
  EXPECT_EQ(from("10.0.0.1", {"10.0.0.3,10.0.0.2"}), "10.0.0.3");
}

TEST_F(Forwarded, ends_at_what_is_no_address) {
  for (const char* entry :
       {"unknown", "_hidden", "", "192.0.2", "198.51.100.7 192.0.2.1", "[", "]"})
    EXPECT_EQ(from("10.0.0.1", {std::string("192.0.2.1, ") + entry + ", 10.0.0.2"}), "10.0.0.2");
  EXPECT_EQ(from("10.0.0.1", {"192.0.2.1:4711"}), "192.0.2.1");
  EXPECT_EQ(from("10.0.0.1", {"[2001:db9::1]:4711"}), "2001:db9::1");
  EXPECT_EQ(from("10.0.0.1", {"[2001:db9::1]"}), "2001:db9::1");
  EXPECT_EQ(from("10.0.0.1", {"2001:db9::1"}), "2001:db9::1");
}

}  // namespace
}  // namespace countersign::net
