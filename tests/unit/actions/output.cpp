#include "actions/output.h"

#include <gtest/gtest.h>

#include "bot/core/json.h"

namespace countersign::actions {
namespace {

TEST(Output, keeps_what_fits_and_says_what_it_kept) {
  Output output(5);
  EXPECT_EQ(output.add("abc"), "abc");
  EXPECT_FALSE(output.truncated());
  EXPECT_EQ(output.add("defg"), "de");
  EXPECT_EQ(output.add("h"), "");
  EXPECT_TRUE(output.truncated());
  EXPECT_EQ(output.text(), "abcde");
}

TEST(Output, exactly_full_is_not_truncated) {
  Output output(3);
  output.add("abc");
  output.add("");
  EXPECT_FALSE(output.truncated());
}

TEST(Output, T17_is_text_of_at_most_its_limit_whatever_came_in) {
  for (std::size_t limit = 0; limit < 12; ++limit) {
    for (const std::string& bytes : {std::string(20, '\xFF'), std::string(20, '\0'),
                                     std::string("ä☂😀ä☂😀ä☂😀"), std::string("a\xE2\x98")}) {
      Output output(limit);
      output.add(bytes);
      const std::string text = output.text();
      EXPECT_LE(text.size(), limit);
      EXPECT_NO_THROW(Json(text).dump());
      EXPECT_EQ(text.find('\0'), std::string::npos);
    }
  }
}

TEST(Output, an_error_is_one_harmless_line) {
  EXPECT_EQ(one_line("a\nb\x1B[31m"), "a b\\u{001B}[31m");
  EXPECT_LT(one_line(std::string(10'000, 'x')).size(), 400u);
}

}  // namespace
}  // namespace countersign::actions
