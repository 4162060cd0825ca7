#include <gtest/gtest.h>

#include "adapters/slack/length.h"
#include "adapters/slack/render.h"
#include "adapters/slack/views.h"
#include "tests/support/golden.h"
#include "tests/support/messages.h"
#include "tests/unit/adapters/slack_calls.h"

namespace countersign::adapters::slack {
namespace {

using core::bold;
using core::code;
using core::person;
using core::plain;

core::Message plan() {
  core::Message m;
  m.tone = core::Tone::waiting;
  m.title = {plain("Plan: "), code("ops.rotate_logs"), plain(" on web-3")};
  m.lines = {{plain("Asked for by "), person("slack:U0ALICE", "alice"), plain(" and "),
              person("mm:t73b5o7bufd1ddbw9s87qrq63a", "dr. @evil")}};
  m.fields = {{"Tier", {bold("high_impact")}},
              {"Expires", {core::time(*core::parse_instant("2026-11-21T08:30:00Z"))}},
              {"Targets", {code("web-3"), plain(", "), code("web`4")}}};
  m.block = "would rotate /var/log/app.log\n```\n*done*\n";
  m.buttons = {{"approve", "Approve", core::Button::Style::primary, {{"seal", "5f2c0a"}}, {}},
               {"deny", "Deny", core::Button::Style::danger, {{"seal", "5f2c0b"}}, {}},
               {"why", "Why", core::Button::Style::plain, {{"seal", "5f2c0c"}}, {}}};
  m.without_buttons = {plain("not shown here")};
  m.footer = {{plain("run 17 · asked by "), person("slack:U0ALICE", "alice"), plain(" at "),
               core::time(*core::parse_instant("2026-11-21T08:00:00Z"))}};
  m.fallback = "Plan: ops.rotate_logs on web-3 <!here>";
  return m;
}

// Renders, keeps the call for the checker, and shows it as Slack would get it.
Json shown(const core::Message& message) {
  const auto rendered = render(message, "slack");
  EXPECT_TRUE(rendered.ok()) << rendered.error().message;
  if (!rendered) return Json();
  const Json args = {{"text", rendered->text}, {"blocks", rendered->blocks}};
  Json call = args;
  call.update({{"channel", "C0OPS"}, {"metadata", metadata_of("out-17")}});
  tests::keep_slack_call("chat.postMessage", call);
  return args;
}

// Everything that Slack parses for markup: mrkdwn objects and the text beside the blocks.
void collect_parsed(const Json& json, std::vector<std::string>& out) {
  if (json.is_object() && json.value("type", Json()) == "mrkdwn")
    out.push_back(json.at("text").get<std::string>());
  if (!json.is_structured()) return;
  for (const auto& member : json) collect_parsed(member, out);
}

TEST(SlackRender, a_plan_with_buttons) { tests::expect_golden("slack/plan", shown(plan())); }

TEST(SlackRender, every_kind_of_message) {
  for (const auto& [name, message] : tests::kept_messages())
    tests::expect_golden("slack/messages/" + name, shown(message));
}

TEST(SlackRender, a_decided_plan_loses_its_buttons) {
  auto decided = plan();
  decided.buttons.clear();
  decided.tone = core::Tone::good;
  tests::expect_golden("slack/decided", shown(decided));
}

TEST(SlackRender, few_choices_fold_and_many_are_a_list) {
  core::Message m;
  m.title = {plain("Which one?")};
  core::Button few{"few", "More", core::Button::Style::plain, {{"seal", "a"}}, {}};
  core::Button many{"many", "Pick a run", core::Button::Style::plain, {{"seal", "b"}}, {}};
  for (int i = 0; i < 5; ++i)
    few.choices.push_back({"f" + std::to_string(i), "Choice " + std::to_string(i)});
  for (int i = 0; i < 6; ++i)
    many.choices.push_back({"m" + std::to_string(i), "Run " + std::to_string(i)});
  m.buttons = {few, {"ok", "OK", core::Button::Style::plain, {{"seal", "c"}}, {}}, many};
  m.fallback = "Which one?";
  tests::expect_golden("slack/menus", shown(m));
}

TEST(SlackRender, hostile_text_stays_text_T43) {
  const std::string hostile =
      "<!channel> <@U0ALICE> <#C0OPS> <https://evil.example|Approve> *Approved* _it_ ~gone~ `code` "
      ":white_check_mark: &lt;!here&gt; http://evil.example @here";
  core::Message m;
  m.title = {plain(hostile)};
  m.lines = {{plain(hostile), bold(hostile), code(hostile)},
             {plain("> quote\n✅ Approved by everybody")},
             {person("slack:U0ALICE> <!channel>", hostile)}};
  m.fields = {{"<!channel>", {plain("```\n<!channel>")}}};
  m.block = "```\n" + hostile;
  m.footer = {{plain(hostile)}};
  m.buttons = {{"x", hostile, core::Button::Style::plain, {{"t", hostile}}, {}}};
  m.fallback = hostile;
  const auto message = shown(m);
  std::vector<std::string> parsed = {message.at("text").get<std::string>()};
  collect_parsed(message.at("blocks"), parsed);
  for (const auto& text : parsed) EXPECT_EQ(text.find_first_of("<>"), std::string::npos) << text;
  EXPECT_EQ(message.at("blocks").dump().find("\"user\""), std::string::npos);
  EXPECT_EQ(message.at("blocks").dump().find("\"link\""), std::string::npos);
  tests::expect_golden("slack/hostile", message);
}

TEST(SlackRender, what_is_copied_is_what_was_written) {
  core::Message m;
  for (const auto* text :
       {"ops.rotate_logs", "*.example.com", "a & b < c", "`x`", "http://db-1:8080/", ":x:"})
    m.lines.push_back({plain(text)});
  const auto lines = shown(m).at("blocks")[0].at("elements");
  ASSERT_EQ(lines.size(), m.lines.size());
  for (std::size_t i = 0; i < lines.size(); ++i)
    EXPECT_EQ(lines[i].at("elements")[0].at("text"), m.lines[i][0].text);
}

TEST(SlackRender, makes_invisible_characters_visible_T17) {
  core::Message m;
  m.lines = {{plain("a\u202Eb\u200Bc\x01")}};
  const auto text = shown(m).dump();
  EXPECT_EQ(text.find("\u202E"), std::string::npos);
  EXPECT_EQ(text.find('\x01'), std::string::npos);
}

TEST(SlackRender, keeps_within_the_limits_T19) {
  auto m = plan();
  m.block = std::string(40'000, 'x');
  auto blocks = shown(m).at("blocks");
  const auto block = blocks[0].at("elements").back().at("elements")[0].at("text");
  EXPECT_EQ(units(block.get<std::string>()), 3000U);
  EXPECT_TRUE(block.get<std::string>().ends_with("(shortened)"));

  for (int i = 0; i < 60; ++i) {
    m.lines.push_back({plain(std::string(2'900, '*')), plain(""), bold("\U0001F4A9\U0001F4A9")});
    m.footer.push_back({plain(std::string(3'000, 'f'))});
    m.fields.push_back({std::string(5'000, 'l'), {code(std::string(5'000, 'v'))}});
    m.buttons.push_back({"b" + std::to_string(i),
                         std::string(200, 'b'),
                         core::Button::Style::plain,
                         {{"i", i}},
                         {}});
  }
  m.title = {plain(std::string(5'000, 't'))};
  m.fallback = std::string(9'000, '&');
  const auto message = shown(m);
  EXPECT_LE(message.at("blocks").size(), 50U);
  EXPECT_LE(units(message.at("text").get<std::string>()), 3'000U);
  EXPECT_LE(message.at("blocks").dump().size(), 40'000U);
  EXPECT_NE(message.dump().find("(shortened)"), std::string::npos);
}

TEST(SlackRender, a_message_without_anything_still_says_something) {
  EXPECT_EQ(shown({}).at("text"), "Countersign");
  core::Message m;
  m.lines = {{plain("")}, {}};
  m.fields = {{"Empty", {}}};
  m.footer = {{plain(" ")}, {}};
  m.buttons = {{"x", "", core::Button::Style::plain, nullptr, {}}};
  shown(m);
}

TEST(SlackRender, refuses_what_could_not_come_back_whole) {
  core::Message m;
  m.buttons = {{"x", "X", core::Button::Style::plain, {{"t", std::string(2'100, 'x')}}, {}}};
  EXPECT_FALSE(render(m, "slack").ok());
  m.buttons = {{"x",
                "X",
                core::Button::Style::plain,
                {{"t", "x"}},
                {{std::string(80, 'v'), "too long a value"}}}};
  EXPECT_FALSE(render(m, "slack").ok());
  m.buttons[0].choices.assign(101, {"v", "too many"});
  EXPECT_FALSE(render(m, "slack").ok());
}

TEST(SlackRender, words_to_one_person_keep_their_lines) {
  const auto message = words("You may not:\n*really*");
  ASSERT_EQ(message.lines.size(), 2U);
  tests::expect_golden("slack/words", shown(message));
}

core::Form form() {
  core::Form f;
  f.title = "Why do you say no?";
  f.intro = "Your reason is shown to <!channel> everybody.";
  f.fields = {{core::FormField::Kind::paragraph,
               "reason",
               "Reason",
               "A sentence will do.",
               "",
               {},
               true,
               500},
              {core::FormField::Kind::choice,
               "kind",
               "Kind",
               "",
               "b",
               {{"a", "Wrong target"}, {"b", "Wrong time"}},
               false,
               1000},
              {core::FormField::Kind::text, "ticket", "Ticket", "", "OPS-1", {}, false, 9'000}};
  f.submit = "Deny";
  f.context = {{"seal", "5f2c"}};
  return f;
}

const core::ChatPlace kPlace{"slack", "C0OPS", "1732190000.000200"};

TEST(SlackViews, a_form_is_a_modal) {
  const auto view = modal(form(), kPlace);
  ASSERT_TRUE(view.ok()) << view.error().message;
  tests::keep_slack_call("views.open", {{"trigger_id", "1.2.abc"}, {"view", *view}});
  tests::expect_golden("slack/form", *view);
}

TEST(SlackViews, what_a_form_carries_comes_back) {
  Submission submission;
  submission.metadata = modal(form(), kPlace)->at("private_metadata").get<std::string>();
  const auto back = submitted_form(submission);
  ASSERT_TRUE(back);
  EXPECT_EQ(back->context, form().context);
  EXPECT_EQ(back->place, kPlace);
  for (const auto* foreign : {"", "{}", "[]", "x", "{\"place\":{\"channel\":\"C1\"}}"}) {
    submission.metadata = foreign;
    EXPECT_FALSE(submitted_form(submission)) << foreign;
  }
}

TEST(SlackViews, long_forms_are_cut_and_those_that_cannot_be_are_refused) {
  auto f = form();
  f.title = std::string(90, 't');
  f.submit = std::string(90, 's');
  f.intro = std::string(9'000, 'i');
  f.fields[0].label = std::string(9'000, 'l');
  f.fields[0].hint = std::string(9'000, 'h');
  f.fields[0].value = std::string(9'000, 'v');
  const auto view = modal(f, kPlace);
  ASSERT_TRUE(view.ok());
  tests::keep_slack_call("views.open", {{"trigger_id", "1.2.abc"}, {"view", *view}});
  f.context = {{"seal", std::string(3'000, 's')}};
  EXPECT_FALSE(modal(f, kPlace).ok());
  f = form();
  f.fields[1].choices.clear();
  EXPECT_FALSE(modal(f, kPlace).ok());
}

TEST(SlackViews, errors_stand_at_their_fields) {
  EXPECT_EQ(form_errors({{"reason", "Say more."}}),
            Json({{"response_action", "errors"}, {"errors", {{"reason", "Say more."}}}}));
}

}  // namespace
}  // namespace countersign::adapters::slack
