#include "bot/core/message.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

TEST(Message, survives_the_way_through_json) {
  Message m;
  m.tone = Tone::waiting;
  m.title = {bold("Plan"), plain(" x")};
  m.lines = {{person("mm:1", "alice"), time(Instant(std::chrono::seconds(1)))}};
  m.fields = {{"Why", {code("rule")}}};
  m.block = "out";
  m.buttons = {{"approve", "Approve", Button::Style::primary, {{"mac", "ab"}}}};
  m.footer = {{plain("R12")}};
  m.fallback = "Plan x";
  EXPECT_EQ(Json(m).get<Message>(), m);
}

TEST(Message, reads_as_text) {
  Message m;
  m.title = {bold("Plan R12")};
  m.fields = {{"Why", {plain("because")}}};
  m.lines = {{plain("by "), person("mm:1", "alice")}};
  EXPECT_EQ(as_text(m), "Plan R12\n  Why: because\nby @alice\n");
}

TEST(Text, shows_what_would_hide_T17) {
  EXPECT_EQ(make_visible("a\u202Eb", 10), "a\\u{202E}b");
  EXPECT_EQ(make_visible(std::string("a\0b", 3), 10), "a\\u{0000}b");
  EXPECT_EQ(make_visible("a\u200Bb", 10), "a\\u{200B}b");
  EXPECT_EQ(make_visible("Grüße 👍\n", 20), "Grüße 👍\n");
}

TEST(Text, replaces_what_is_not_utf8) {
  EXPECT_EQ(make_visible("a\xC0\x80"
                         "b",
                         10),
            "a\uFFFD\uFFFD"
            "b");
  EXPECT_EQ(make_visible("\xED\xA0\x80", 10), "\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(make_visible("\xF0\x9F", 10), "\uFFFD\uFFFD");
}

TEST(Text, is_cut_with_a_mark_T19) { EXPECT_EQ(make_visible("äöü", 2), "äö… (2 more bytes)"); }

}  // namespace
}  // namespace countersign::core
