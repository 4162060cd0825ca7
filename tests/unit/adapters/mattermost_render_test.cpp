#include <gtest/gtest.h>

#include "adapters/mattermost/markdown.h"
#include "adapters/mattermost/render.h"
#include "adapters/sandbox/mentions.h"
#include "tests/support/golden.h"
#include "tests/support/messages.h"

namespace countersign::adapters::mattermost {
namespace {

using core::bold;
using core::code;
using core::person;
using core::plain;

RenderContext context() {
  return {"https://bot.example.com/chat/mm/action",
          "out-17",
          {{"mm:t73b5o7bufd1ddbw9s87qrq63a", "alice"}}};
}

core::Message plan() {
  core::Message m;
  m.tone = core::Tone::waiting;
  m.title = {plain("Plan: "), code("ops.rotate_logs"), plain(" on web-3")};
  m.lines = {{plain("Asked for by "), person("mm:t73b5o7bufd1ddbw9s87qrq63a", "old name"),
              plain(" and "), person("mm:unknown", "dr. @evil")}};
  m.fields = {{"Tier", {bold("high_impact")}},
              {"Expires", {core::time(*core::parse_instant("2026-11-21T08:30:00Z"))}},
              {"Targets", {code("web-3"), plain(", "), code("web`4")}}};
  m.block = "would rotate /var/log/app.log\n";
  m.buttons = {{"approve", "Approve", core::Button::Style::primary, {{"seal", "5f2c0a"}}},
               {"deny", "Deny", core::Button::Style::danger, {{"seal", "5f2c0b"}}},
               {"why", "Why", core::Button::Style::plain, {{"seal", "5f2c0c"}}}};
  m.footer = {{plain("run 17")}};
  m.fallback = "Plan: ops.rotate_logs on web-3 @here";
  return m;
}

Json as_json(const Rendered& rendered) {
  return {{"message", rendered.message}, {"props", rendered.props}};
}

TEST(MattermostRender, a_plan_with_buttons) {
  tests::expect_golden("mattermost/plan", as_json(render(plan(), context())));
}

TEST(MattermostRender, every_kind_of_message) {
  for (const auto& [name, message] : tests::kept_messages())
    tests::expect_golden("mattermost/messages/" + name, as_json(render(message, context())));
}

TEST(MattermostRender, a_decided_plan_loses_its_buttons) {
  auto decided = plan();
  decided.buttons.clear();
  decided.tone = core::Tone::good;
  const auto rendered = render(decided, context());
  EXPECT_FALSE(rendered.props.contains("attachments"));
  tests::expect_golden("mattermost/decided", as_json(rendered));
}

TEST(MattermostRender, hostile_text_stays_text_T43) {
  const std::string hostile =
      "@channel @all @here @alice <!channel> [Approve](http://evil.example/x) "
      "![i](https://e/x.png) "
      "**Approved** `code` ~~gone~~ <img src=x> &#64;here :white_check_mark: www.evil.example "
      "~town | a";
  core::Message m;
  m.title = {plain("# " + hostile)};
  m.lines = {{plain("- " + hostile)}, {plain("1. one")},       {plain("a|b")},
             {plain("--|--")},        {plain("    indented")}, {plain("> quote\n# not a heading")},
             {bold("** bold **")},    {plain("=====")}};
  m.fields = {{"@all", {plain("```\n@all")}}};
  m.footer = {{plain("---")}};
  m.fallback = hostile;
  const auto rendered = render(m, context());
  EXPECT_TRUE(sandbox::mentioned_names(rendered.message).empty()) << rendered.message;
  EXPECT_EQ(rendered.message.find("://"), std::string::npos);
  tests::expect_golden("mattermost/hostile", as_json(rendered));
}

TEST(MattermostRender, names_and_paths_stay_searchable) {
  for (const auto* text : {"ops.rotate_logs", "web-3.example.com:8080",
                           "disk 91.5% full (since 10:30:00)", "a & b < c", "key=value", "C#",
                           "run #17", "host/path", "x > 3", "it's \"quoted\"", "10:30"}) {
    EXPECT_EQ(escape(text, true), text);
  }
}

TEST(MattermostRender, undoes_what_begins_a_block) {
  EXPECT_EQ(escape("# x", true), "\\# x");
  EXPECT_EQ(escape("# x", false), "# x");
  EXPECT_EQ(escape("12. x", true), "12\\. x");
  EXPECT_EQ(escape("  - x", true), "\\- x");
  EXPECT_EQ(escape("12.5", true), "12\\.5");
  EXPECT_EQ(escape("_x_ a_b", true), "\\_x\\_ a_b");
  EXPECT_EQ(escape("a\nb\tc", true), "a b c");
}

TEST(MattermostRender, code_cannot_be_broken_out_of_T43) {
  EXPECT_EQ(code_span("a"), "`a`");
  EXPECT_EQ(code_span("a`b"), "``a`b``");
  EXPECT_EQ(code_span("`"), "`` ` ``");
  EXPECT_EQ(code_span("``a\n"), "``` ``a  ```");
  EXPECT_EQ(code_span(""), "` `");
  EXPECT_EQ(code_block("x\n```\n@all\n"), "````\nx\n```\n@all\n````");
  EXPECT_EQ(code_block("a\r\nb"), "```\na\nb\n```");
}

TEST(MattermostRender, makes_invisible_characters_visible_T17) {
  core::Message m;
  m.lines = {{plain("a\u202Eb\u200Bc\x01")}};
  const auto text = render(m, context()).message;
  EXPECT_EQ(text.find("\u202E"), std::string::npos);
  EXPECT_EQ(text.find('\x01'), std::string::npos);
}

TEST(MattermostRender, keeps_within_the_length_limits_T19) {
  auto m = plan();
  m.block = std::string(40'000, 'x');
  auto rendered = render(m, context());
  EXPECT_LE(code_points(rendered.message), 16383U);
  EXPECT_GE(code_points(rendered.message), 16000U);
  EXPECT_NE(rendered.message.find("(shortened)\n```\n\nrun 17"), std::string::npos)
      << rendered.message.substr(rendered.message.size() - 100);
  m.block = std::string(40'000, '`');
  EXPECT_LE(code_points(render(m, context()).message), 16383U);
  for (int i = 0; i < 20; ++i) m.lines.push_back({plain(std::string(2'900, '*'))});
  m.block = "ü";
  rendered = render(m, context());
  EXPECT_LE(code_points(rendered.message), 16383U);
  EXPECT_NE(rendered.message.find("(shortened)"), std::string::npos);
  m.fallback = std::string(5'000, '@');
  EXPECT_LT(code_points(render(m, context()).props.dump()), 7'500U);
}

TEST(MattermostRender, tells_in_plain_words) {
  EXPECT_EQ(render_tell("You may not: @all\n- [x](http://e)"),
            "You may not: @\u200Ball\n\\- \\[x\\](http:\u200B//e)");
}

}  // namespace
}  // namespace countersign::adapters::mattermost
