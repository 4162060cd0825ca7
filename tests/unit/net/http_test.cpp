#include "adapters/net/http.h"

#include <gtest/gtest.h>

#include "adapters/net/request_head.h"
#include "adapters/net/url.h"

namespace countersign::net {
namespace {

TEST(Http, finds_headers_without_regard_to_case) {
  const Headers headers = {{"X-One", "1"}, {"x-one", "2"}};
  ASSERT_NE(find_header(headers, "X-ONE"), nullptr);
  EXPECT_EQ(*find_header(headers, "X-ONE"), "1");
  EXPECT_EQ(all_values(headers, "x-One"), (std::vector<std::string>{"1", "2"}));
  EXPECT_EQ(find_header(headers, "X-Two"), nullptr);
}

TEST(Http, decodes_percent_signs_and_leaves_broken_ones) {
  EXPECT_EQ(percent_decode("a%20b%2Fc%"), "a b/c%");
  EXPECT_EQ(percent_decode("%zz%4"), "%zz%4");
  EXPECT_EQ(percent_decode("a+b"), "a+b");
  EXPECT_EQ(percent_encode("a b/ü~"), "a%20b%2F%C3%BC~");
  EXPECT_EQ(percent_decode(percent_encode(std::string("\0\xff&=", 4))), std::string("\0\xff&=", 4));
}

TEST(Http, parses_a_query_into_decoded_pairs) {
  const Headers expected = {{"a", "1 2"}, {"b", ""}, {"c=", "x"}, {"d", "y=z"}};
  EXPECT_EQ(parse_query("a=1+2&b&&c%3D=x&d=y=z"), expected);
  EXPECT_TRUE(parse_query("").empty());
}

TEST(Url, takes_addresses_apart) {
  const auto url = parse_url("HTTPS://[::1]:8443/a/b?c=d#e");
  ASSERT_TRUE(url.ok());
  EXPECT_EQ(url->scheme, "https");
  EXPECT_EQ(url->host, "::1");
  EXPECT_EQ(url->port, "8443");
  EXPECT_EQ(url->authority, "[::1]:8443");
  EXPECT_EQ(url->target, "/a/b?c=d");
  EXPECT_EQ(parse_url("http://host")->target, "/");
  EXPECT_EQ(parse_url("http://host?q")->target, "/?q");
  EXPECT_EQ(parse_url("wss://host:443/x")->authority, "host");
}

TEST(Url, refuses_what_could_be_misread_T27) {
  for (const auto* text : {"host", "ftp://host/", "http://user:pw@host/", "http://host:0/",
                           "http://host:99999/", "http://host:8x/", "http:///path", "http://a b/",
                           "http://a/\r\nX: y", "http://[::1", "http://[::1]x/"}) {
    EXPECT_FALSE(parse_url(text).ok()) << text;
  }
}

TEST(RequestHead, knows_tokens_in_lists) {
  EXPECT_TRUE(has_token("keep-alive, Upgrade", "upgrade"));
  EXPECT_FALSE(has_token("upgraded", "upgrade"));
}

}  // namespace
}  // namespace countersign::net
