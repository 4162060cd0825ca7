#include "bot/core/regex.h"

#include <gtest/gtest.h>

#include "bot/core/backtracking_regex.h"

namespace countersign::core {
namespace {

// "true", "false" or "error".
std::string found(std::string_view pattern, std::string_view text, RegexMode mode = {}) {
  const Result<bool> answer = regex_search(pattern, text, mode);
  return answer ? (*answer ? "true" : "false") : "error";
}

std::string backtracks(std::string_view pattern) {
  const auto regex = Regex::compile(pattern, {});
  return regex ? regex->backtracks() : "error: " + regex.error().message;
}

TEST(Regex, what_linear_time_cannot_do_is_done_and_named) {
  EXPECT_EQ(found("foo(?!bar)", "foobar"), "false");
  EXPECT_EQ(found("foo(?=bar)", "foobar"), "true");
  EXPECT_EQ(found("(?<=bar)foo", "barfoo"), "true");
  EXPECT_EQ(found("(?<!y)x", "yx"), "false");
  EXPECT_EQ(found("(.)b\\1", "aXbX"), "true");
  EXPECT_EQ(found("(?P<n>a)b(?P=n)", "aba"), "true");
  EXPECT_EQ(found("a++a", "aaa"), "false");
  EXPECT_EQ(found("(?>a|ab)c", "abc"), "false");
  EXPECT_EQ(found("(a)?(?(1)b|c)", "c"), "true");
  EXPECT_EQ(found("a{1001}", std::string(1001, 'a')), "true");
  EXPECT_EQ(backtracks("(?=a)"), "look-ahead");
  EXPECT_EQ(backtracks("(?<!a)"), "look-behind");
  EXPECT_EQ(backtracks("(a)\\1"), "a back-reference");
  EXPECT_EQ(backtracks("a++"), "a possessive repetition");
  EXPECT_EQ(backtracks("a{1001}"), "a repetition that is too large");
  EXPECT_EQ(backtracks("^(web|db)-\\d+$"), "");
  EXPECT_EQ(backtracks("\\bweb\\b"), "");
}

TEST(Regex, refuses_what_python_refuses) {
  for (const char* pattern : {"(",        ")",          "*",          "a**",
                              "a{2}{3}",  "^*",         "(*ACCEPT)a", "(?R)",
                              "(?P>n)",   "\\K",        "\\z",        "\\p{L}",
                              "\\1",      "(a\\1)",     "(?P=n)",     "(?P<n>a)(?P<n>b)",
                              "(?<=a+)x", "(?<=a|bc)x", "[z-a]",      "[\\d-z]",
                              "[a",       "x(?i)a",     "(?L)a",      "a{2,1}",
                              "\\x1",     "\\400",      "[\\8]",      "(?i-i:a)"})
    EXPECT_EQ(found(pattern, "a"), "error") << pattern;
}

TEST(Regex, reads_patterns_as_python_does) {
  EXPECT_EQ(found("(?x) a b # two letters\n c", "abc"), "true");
  EXPECT_EQ(found("(?a)\\w", "é"), "false");
  EXPECT_EQ(found("(?a:\\d)\\d", "1٣"), "true");
  EXPECT_EQ(found("(?-i:a)", "A", {.ignore_case = true}), "false");
  EXPECT_EQ(found("(?m:^b)$", "a\nb"), "true");
  EXPECT_EQ(found("\\101[\\102]\\0", std::string("AB\0", 3)), "true");
  EXPECT_EQ(found("[]a][^]a]", "]b"), "true");
  EXPECT_EQ(found("a{,2}b{x}", "aab{x}"), "true");
  EXPECT_EQ(found("(?#remark)a", "a"), "true");
  EXPECT_EQ(found("a\\Z", "a\n"), "false");
  EXPECT_EQ(found("a$(?!b)", "a\n"), "true");
  EXPECT_EQ(found("[a&&b]", "&"), "true");
}

TEST(Regex, letters_are_unicodes_in_every_place) {
  EXPECT_EQ(found("\\bé\\b", "caf é"), "true");
  EXPECT_EQ(found("a\\b", "aé"), "false");
  EXPECT_EQ(found("[^\\W_]", "é"), "true");
  EXPECT_EQ(found("[\\W]", "é"), "false");
  EXPECT_EQ(found("[\\S]", "\x1c"), "false");
  EXPECT_EQ(found("\\s", "\xC2\xA0"), "true");
  EXPECT_EQ(found("(?=é)\\w", "é"), "true");
}

// T22
TEST(Regex, a_backtracking_pattern_is_given_up_in_time) {
  const auto evil = Regex::compile("^(?=x?)(a+)+$", {});
  ASSERT_TRUE(evil);
  const Result<bool> answer = evil->search(std::string(60, 'a') + "!");
  ASSERT_FALSE(answer);
  EXPECT_NE(answer.error().message.find("too many steps"), std::string::npos);
  // From every place a little is much as well.
  EXPECT_EQ(found("(?=a)a*a*[bc]", std::string(5000, 'a')), "error");
  EXPECT_EQ(found("(?=.)[^b]*+[bc]", std::string(16000, 'a')), "error");
  EXPECT_EQ(found("^(?=.*b)a", std::string(16000, 'a') + "b"), "true");
  EXPECT_EQ(found("(?=b)b", std::string(BacktrackingRegex::kTextLimit + 1, 'a')), "error");
  EXPECT_EQ(found("(?=b)b", std::string(BacktrackingRegex::kTextLimit - 1, 'a') + "b"), "true");
}

TEST(Regex, a_text_that_is_no_text_is_an_error_and_no_crash) {
  EXPECT_EQ(found("(?=a)a", "\xFF\xFE"), "error");
  EXPECT_EQ(found("a", "\xFF\xFE"), "false");
}

TEST(Regex, groups_within_groups_have_an_end) {
  EXPECT_EQ(found(std::string(1000, '(') + std::string(1000, ')'), "a"), "error");
}

}  // namespace
}  // namespace countersign::core
