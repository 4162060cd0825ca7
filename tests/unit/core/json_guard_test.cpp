#include "bot/core/json_guard.h"

#include <gtest/gtest.h>

#include <string>

namespace countersign::core {
namespace {

using Kind = JsonReading::Kind;

struct Case {
  std::string text;
  std::string note;  // without the prefix
};

void expect_unparsable(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    const auto reading = read_json(c.text);
    EXPECT_EQ(reading.kind, Kind::unparsable) << c.text.substr(0, 80);
    EXPECT_EQ(reading.note, "unparsable: " + c.note) << c.text.substr(0, 80);
    EXPECT_TRUE(reading.value.is_null());
  }
}

TEST(JsonGuard, reads_every_kind_of_value) {
  const std::string text =
      R"( {"a": [1, -2, 0.5, 1e3, true, false, null, "x", {}, []], "b": {"c": ""}} )";
  const auto reading = read_json(text);
  ASSERT_EQ(reading.kind, Kind::value);
  EXPECT_EQ(reading.value, Json::parse(text));
  EXPECT_TRUE(reading.note.empty());
  for (const char* scalar : {"1", "\"x\"", "null", "-0", "[]"})
    EXPECT_EQ(read_json(scalar).kind, Kind::value);
}

TEST(JsonGuard, calls_what_is_no_json_malformed_and_says_where) {
  for (const std::string text :
       {"",        " ",        "{",         "[1,]",  "{\"a\"}",   "{\"a\":}", "{\"a\":1,}",
        "{a:1}",   "'x'",      "01",        "1.",    ".5",        "+1",       "1e",
        "NaN",     "Infinity", "nul",       "truee", "\"",        "\"\\x\"",  "\"\\u12g4\"",
        "\"\\u12", "\"a\nb\"", "[1 2]",     "]",     "{]",        "[}",       "1 2",
        "<xml/>",  "a=b&c=d",  "\xFF\xFE{", "[1],",  "{\"a\":1}}"}) {
    const auto reading = read_json(text);
    EXPECT_EQ(reading.kind, Kind::malformed) << text;
    EXPECT_TRUE(reading.note.starts_with("malformed JSON at byte ")) << reading.note;
  }
  EXPECT_EQ(read_json("[1, x]").note, "malformed JSON at byte 4");
}

TEST(JsonGuard, T15_stops_at_its_depth_and_never_recurses) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_EQ(read_json(nested(kJsonDepth)).kind, Kind::value);
  expect_unparsable(
      {{nested(kJsonDepth + 1), "nested too deeply"}, {nested(100'000), "nested too deeply"}});
  EXPECT_EQ(read_json(std::string(1'000'000, '[')).kind, Kind::malformed);
  std::string objects;
  for (int i = 0; i < 100'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(read_json(objects).kind, Kind::malformed);
}

TEST(JsonGuard, T15_takes_a_hundred_thousand_keys) {
  std::string text = "{";
  for (int i = 0; i < 100'000; ++i) text += "\"k" + std::to_string(i) + "\":0,";
  text.back() = '}';
  EXPECT_EQ(read_json(text).value.size(), 100'000u);
}

TEST(JsonGuard, T16_refuses_keys_that_stand_twice_even_when_spelt_differently) {
  expect_unparsable({{R"({"env":"test","env":"prod"})", "duplicate key"},
                     {R"({"env":"test","\u0065nv":"prod"})", "duplicate key"},
                     {R"([{"x":{"a":1,"b":2,"a":1}}])", "duplicate key"},
                     {R"({"":1,"":2})", "duplicate key"},
                     {R"({"\uD83D\uDE00":1,"😀":2})", "duplicate key"}});
  EXPECT_EQ(read_json(R"({"a":{"a":1},"b":{"a":1}})").kind, Kind::value);
}

TEST(JsonGuard, T17_refuses_text_the_database_would_refuse) {
  using namespace std::string_literals;
  expect_unparsable({{R"({"a":"x\u0000y"})", "U+0000"},
                     {"\"x\0y\""s, "U+0000"},
                     {"{\"a\":1}\0"s, "U+0000"},
                     {R"("\uD800")", "lone surrogate"},
                     {R"("\uDC00")", "lone surrogate"},
                     {R"("\uD800x")", "lone surrogate"},
                     {R"("\uD800\uD800\uDC00")", "lone surrogate"},
                     {"\"\xFF\"", "invalid UTF-8"},
                     {"\"\xC0\xAF\"", "invalid UTF-8"},
                     {"\"\xED\xA0\x80\"", "invalid UTF-8"},
                     {"\"\xF4\x90\x80\x80\"", "invalid UTF-8"},
                     {"\"\xE2\x82\"", "invalid UTF-8"},
                     {"{\"\xE2\":1}", "invalid UTF-8"},
                     {"\xEF\xBB\xBF{}", "byte order mark"}});
}

TEST(JsonGuard, T17_keeps_every_text_that_is_merely_strange) {
  const auto reading = read_json(
      "\"\\uD83D\\uDE00 \xE2\x80\xAE \xF4\x8F\xBF\xBF \\u00e9 \\b\\f\\n\\r\\t\\/\\\\\\\"\"");
  ASSERT_EQ(reading.kind, Kind::value);
  EXPECT_EQ(reading.value, "😀 \u202E \U0010FFFF é \b\f\n\r\t/\\\"");
}

TEST(JsonGuard, T18_refuses_numbers_nobody_can_hold) {
  expect_unparsable({{"1e400000", "number out of range"},
                     {"[1e131071, 1e131071]", "number out of range"},
                     {"-1e309", "number out of range"},
                     {"1" + std::string(1'000'000, '0'), "number too long"},
                     {"0." + std::string(200, '1'), "number too long"},
                     {"1e" + std::string(200, '0'), "number too long"}});
}

TEST(JsonGuard, T18_keeps_the_digits_of_integers_beyond_2_to_the_53) {
  const auto reading = read_json(
      "[9007199254740992, 9007199254740993, -9007199254740993, 123456789012345678901234567890]");
  EXPECT_EQ(reading.value,
            Json::parse(R"([9007199254740992, "9007199254740993", "-9007199254740993",
                                           "123456789012345678901234567890"])"));
}

TEST(JsonGuard, a_refusal_does_not_hide_that_it_is_no_json) {
  EXPECT_EQ(read_json(R"({"a":1,"a":2)").kind, Kind::malformed);
  EXPECT_EQ(read_json(R"(["\u0000"] x)").kind, Kind::malformed);
}

}  // namespace
}  // namespace countersign::core
