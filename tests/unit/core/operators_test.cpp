#include "bot/core/operators.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "bot/core/match.h"
#include "bot/core/text_match.h"

namespace countersign::core {
namespace {

const Instant kNow = *parse_instant("2026-01-15T12:00:00Z");

// "true", "false" or "error".
std::string answer(std::string_view op, const Json& value, const Json& pattern) {
  const Result<bool> result = compare(op, value, pattern, kNow);
  return result ? (*result ? "true" : "false") : "error";
}

TEST(Operators, equality_is_pythons_without_coercion) {
  EXPECT_EQ(answer("equals", 1, 1.0), "true");
  EXPECT_EQ(answer("equals", true, 1), "true");
  EXPECT_EQ(answer("equals", "1", 1), "false");
  EXPECT_EQ(
      answer("eq", Json::parse(R"({"a": 1, "b": [true]})"), Json::parse(R"({"b": [1.0], "a": 1})")),
      "true");
  EXPECT_EQ(answer("nequals", nullptr, nullptr), "false");
  EXPECT_EQ(answer("nequals", nullptr, 1), "true");
  EXPECT_EQ(answer("eq", 9007199254740993, 9007199254740992.0), "false");
}

TEST(Operators, ignoring_case_needs_text_and_knows_letters) {
  EXPECT_EQ(answer("iequals", "NAÏVE", "naïve"), "true");
  EXPECT_EQ(answer("iequals", "STRASSE", "straße"), "false");
  EXPECT_EQ(answer("iequals", "ΟΔΟΣ", "οδος"), "true");
  EXPECT_EQ(answer("iequals", 1, 1), "error");
  EXPECT_EQ(answer("icontains", "Disk FULL", "full"), "true");
}

TEST(Operators, contains_looks_into_texts_lists_and_objects) {
  EXPECT_EQ(answer("contains", "abc", "b"), "true");
  EXPECT_EQ(answer("contains", Json::parse(R"([1, "2"])"), "1"), "false");
  EXPECT_EQ(answer("contains", Json::parse(R"([1, "2"])"), true), "true");
  EXPECT_EQ(answer("contains", Json{{"k", 1}}, "k"), "true");
  EXPECT_EQ(answer("contains", Json{{"k", 1}}, 1), "false");
  EXPECT_EQ(answer("contains", "1", 1), "error");
  EXPECT_EQ(answer("contains", nullptr, "x"), "error");
  EXPECT_EQ(answer("ncontains", "abc", "x"), "true");
}

TEST(Operators, inside_is_contains_the_other_way_round) {
  EXPECT_EQ(answer("inside", "b", Json::parse(R"(["a", "b"])")), "true");
  EXPECT_EQ(answer("in", "b", "abc"), "true");
  EXPECT_EQ(answer("inside", nullptr, Json::parse(R"([null])")), "true");
  EXPECT_EQ(answer("inside", nullptr, "abc"), "error");
  EXPECT_EQ(answer("inside", "a", 5), "error");
  EXPECT_EQ(answer("nin", "z", "abc"), "true");
}

TEST(Operators, order_needs_like_types) {
  EXPECT_EQ(answer("greaterthan", 5, 4.5), "true");
  EXPECT_EQ(answer("lessthan", "a", "b"), "true");
  EXPECT_EQ(answer("gt", Json::parse("[1, 2]"), Json::parse("[1]")), "true");
  EXPECT_EQ(answer("gt", 5, "4"), "error");
  EXPECT_EQ(answer("lt", nullptr, 1), "error");
}

TEST(Operators, existence_ignores_the_pattern) {
  EXPECT_EQ(answer("exists", 0, nullptr), "true");
  EXPECT_EQ(answer("exists", nullptr, "x"), "false");
  EXPECT_EQ(answer("nexists", nullptr, nullptr), "true");
}

TEST(Operators, a_null_pattern_is_false) {
  for (const char* op :
       {"equals", "contains", "ncontains", "regex", "gt", "inside", "ninside", "timediff_lt"})
    EXPECT_EQ(answer(op, nullptr, nullptr), "false") << op;
}

TEST(Operators, regular_expressions_are_pythons) {
  EXPECT_EQ(answer("regex", "prod-web-01", "web-\\d+$"), "true");
  EXPECT_EQ(answer("regex", "hello\n", "o$"), "true");
  EXPECT_EQ(answer("regex", "naïve", "^na\\w+ve"), "true");
  EXPECT_EQ(answer("regex", "٣", "[\\d]"), "true");
  EXPECT_EQ(answer("regex", "aaa", "^a{,2}$"), "false");
  EXPECT_EQ(answer("regex", "a{b}", "a{b}"), "true");
  EXPECT_EQ(answer("regex", "[:x", "[[:x]+$"), "true");
  EXPECT_EQ(answer("regex", "a\nb", "(?m)^b$"), "true");
  EXPECT_EQ(answer("regex", "AB", "x(?i)ab"), "error");
  EXPECT_EQ(answer("regex", "a", "\\z"), "error");
  EXPECT_EQ(answer("regex", "a", "("), "error");
  EXPECT_EQ(answer("regex", 5, "5"), "error");
  EXPECT_EQ(answer("iregex", "ΣΑΣ", "σας"), "true");
  EXPECT_EQ(answer("matchregex", "h\no!", "h.o"), "true");
  EXPECT_EQ(answer("matchregex", "xh", "h"), "false");
}

TEST(Operators, an_evil_pattern_over_a_long_text_ends) {  // T22
  EXPECT_EQ(answer("regex", std::string(50000, 'a') + "!", "^(a+)+$"), "false");
  EXPECT_EQ(answer("regex", "a", std::string(10000, 'a')), "error");
  EXPECT_EQ(answer("regex", std::string(2 << 20, 'a'), "a"), "error");
  EXPECT_EQ(answer("matchwildcard", std::string(5000, 'a'), "*a*a*a*a*a*b"), "false");
}

TEST(Operators, wildcards_span_the_whole_text) {
  EXPECT_EQ(answer("matchwildcard", "web/1\n", "web*"), "true");
  EXPECT_EQ(answer("matchwildcard", "web1", "web?"), "true");
  EXPECT_EQ(answer("matchwildcard", "wéb", "w?b"), "true");
  EXPECT_EQ(answer("matchwildcard", "web7", "web[!0-5]"), "true");
  EXPECT_EQ(answer("matchwildcard", "a]", "a[]]"), "true");
  EXPECT_EQ(answer("matchwildcard", "a[b", "a[b"), "true");
  EXPECT_EQ(answer("matchwildcard", "web1", "web"), "false");
  EXPECT_EQ(answer("matchwildcard", "", "*"), "true");
  EXPECT_EQ(answer("matchwildcard", 1, "1"), "error");
}

TEST(Operators, times_are_compared_with_now) {
  for (const char* then : {"2026-01-15T11:59:00Z", "2026-01-15T13:59:00+0200", "20260115T115900Z",
                           "2026-01-15 11:59", "Thu, 15 Jan 2026 11:59:00 GMT", "Jan 15 2026 11:59",
                           "January 15th, 2026 11:59 am", "11:59"}) {
    EXPECT_EQ(answer("timediff_lt", then, "61"), "true") << then;
    EXPECT_EQ(answer("timediff_gt", then, 59.9), "true") << then;
  }
  EXPECT_EQ(answer("td_lt", "2026-01-16", -1), "true");
  for (const Json& bad :
       {Json("soon"), Json(1768478400), Json(""), Json("2026-13-45T00:00:00Z"), Json(nullptr)})
    EXPECT_EQ(answer("timediff_gt", bad, 1), "error") << bad;
  EXPECT_EQ(answer("timediff_gt", "2026-01-15", "abc"), "error");
}

TEST(Operators, names_are_known_in_lower_case_and_compare_in_any) {
  EXPECT_TRUE(known_operator("equals"));
  EXPECT_TRUE(known_operator("gt"));
  EXPECT_FALSE(known_operator("EQUALS"));
  EXPECT_TRUE(known_operator("search"));
  EXPECT_FALSE(known_operator(""));
  EXPECT_EQ(answer("EQUALS", 1, 1), "true");
  EXPECT_EQ(answer("matches", 1, 1), "error");
  EXPECT_TRUE(std::ranges::all_of(operator_names(), known_operator));
}

}  // namespace
}  // namespace countersign::core
