#include "config/lint/regex_shape.h"

#include <gtest/gtest.h>

#include "bot/core/text_match.h"

namespace countersign::config {
namespace {

TEST(RegexShape, the_example_of_an_expression_matches_it) {
  for (const char* pattern :
       {"abc", "^web-\\d+$", "(disk|cpu)_full", "a{3}b?c*", "[^a-z]+", "[]x]", "\\.\\w{2,}",
        "(?P<host>web)-1", "(?i:Ab)+", "x(y(z|q)){2}", "", "a|b", "\\[x\\]", "[\\]]{2}"}) {
    const auto shape = parse_regex(pattern);
    ASSERT_TRUE(shape) << pattern;
    const auto text = example_of(*shape);
    ASSERT_TRUE(text) << pattern;
    EXPECT_TRUE(*core::regex_search(pattern, *text, {})) << pattern << " " << *text;
  }
}

TEST(RegexShape, what_it_does_not_know_has_no_example) {
  for (const char* pattern : {"a(?=b)", "(a)\\1", "a(?!b)c"}) {
    const auto shape = parse_regex(pattern);
    ASSERT_TRUE(shape) << pattern;
    EXPECT_FALSE(example_of(*shape)) << pattern;
  }
  for (const char* pattern : {"(a", "a)", "*a", "[a", "a\\", "(?P<x"})
    EXPECT_FALSE(parse_regex(pattern));
}

TEST(RegexShape, knows_repetitions_of_repetitions) {
  for (const char* pattern : {"(a+)+$", "(a*)*", "(.*)+", "(\\w+\\s?)*", "x((a|b+)+)y", "(a+){2,}"})
    EXPECT_TRUE(repeats_a_repetition(*parse_regex(pattern))) << pattern;
  for (const char* pattern :
       {"(\\d+\\.)+", "(a+)", "(a+)?", "(ab)+", "a+b+", "(a+b+c)*", "(a+){2}", "(a|b)+"})
    EXPECT_FALSE(repeats_a_repetition(*parse_regex(pattern))) << pattern;
}

TEST(RegexShape, counts_repetitions) {
  EXPECT_EQ(most_repeats(*parse_regex("a{3}(b{4}){5,20}c+")), 80);
  EXPECT_EQ(most_repeats(*parse_regex("abc")), 1);
  EXPECT_EQ(most_repeats(*parse_regex("a{300,}")), 300);
}

TEST(RegexShape, braces_that_count_nothing_are_text) {
  for (const char* pattern : {"{x}", "a{,3}", "a{b", "{{2}"})
    EXPECT_TRUE(parse_regex(pattern)) << pattern;
}

}  // namespace
}  // namespace countersign::config
