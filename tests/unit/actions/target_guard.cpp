#include "actions/target_guard.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>

#include <cstring>

namespace countersign::actions {
namespace {

bool harmless(const std::string& text, bool allow_loopback = false) {
  sockaddr_storage storage{};
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    storage.ss_family = AF_INET;
  } else if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    storage.ss_family = AF_INET6;
  } else {
    ADD_FAILURE() << text;
  }
  return actions::harmless(reinterpret_cast<const sockaddr&>(storage), allow_loopback);
}

TEST(TargetGuard, T27_knows_the_addresses_an_action_may_not_reach) {
  for (const char* bad : {"127.0.0.1",
                          "127.255.255.254",
                          "0.0.0.0",
                          "0.1.2.3",
                          "169.254.169.254",
                          "100.100.100.200",
                          "192.0.0.192",
                          "224.0.0.1",
                          "255.255.255.255",
                          "::",
                          "::1",
                          "fe80::1",
                          "febf::1",
                          "fec0::1",
                          "ff02::1",
                          "fd00:ec2::254",
                          "::ffff:127.0.0.1",
                          "::ffff:169.254.169.254",
                          "::127.0.0.1",
                          "64:ff9b::169.254.169.254",
                          "2002:7f00:1::"}) {
    EXPECT_FALSE(harmless(bad)) << bad;
  }
  for (const char* good :
       {"10.0.0.1", "172.16.0.1", "192.168.1.1", "8.8.8.8", "169.253.0.1", "100.100.100.201",
        "2001:db8::1", "fd00::1", "::ffff:10.0.0.1", "64:ff9b::8.8.8.8", "2002:808:808::"}) {
    EXPECT_TRUE(harmless(good)) << good;
  }
}

TEST(TargetGuard, T27_lets_the_demo_reach_this_host_and_still_no_metadata) {
  for (const char* mine : {"127.0.0.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(harmless(mine, true)) << mine;
  EXPECT_FALSE(harmless("169.254.169.254", true));
  EXPECT_FALSE(harmless("0.0.0.0", true));
}

TEST(TargetGuard, T27_sees_through_every_spelling_of_an_address) {
  for (const char* url : {"http://127.0.0.1/", "http://0x7f.1/", "http://2130706433/",
                          "http://0177.0.0.1/", "http://[::1]/", "http://[::ffff:127.0.0.1]/",
                          "http://localhost/", "http://169.254.169.254/latest/meta-data/"}) {
    const auto address = allowed_address(url, false);
    ASSERT_FALSE(address.ok()) << url;
    EXPECT_EQ(address.error().kind, ErrorKind::refused) << address.error().message;
  }
}

TEST(TargetGuard, T27_refuses_what_is_no_plain_web_address) {
  for (const char* url :
       {"", "file:///etc/passwd", "gopher://10.0.0.1/", "ws://10.0.0.1/", "//10.0.0.1/", "http://",
        "http://user:secret@10.0.0.1/", "http://10.0.0.1/\r\nX: y", "http://10.0.0.1/a b"}) {
    const auto address = allowed_address(url, true);
    ASSERT_FALSE(address.ok()) << url;
    EXPECT_EQ(address.error().message.find("secret"), std::string::npos);
  }
}

TEST(TargetGuard, gives_the_address_it_has_looked_at) {
  EXPECT_EQ(*allowed_address("https://10.1.2.3:8443/x", false), "10.1.2.3");
  EXPECT_EQ(*allowed_address("http://[2001:db8::7]/", false), "2001:db8::7");
  EXPECT_EQ(*allowed_address("http://0x7f.1/", true), "127.0.0.1");
}

}  // namespace
}  // namespace countersign::actions
