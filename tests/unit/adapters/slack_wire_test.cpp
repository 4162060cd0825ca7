#include <gtest/gtest.h>

#include "adapters/chat/addressed.h"
#include "adapters/slack/ids.h"
#include "adapters/slack/length.h"
#include "adapters/slack/mrkdwn.h"
#include "adapters/slack/press_context.h"
#include "adapters/slack/wire.h"

namespace countersign::adapters::slack {
namespace {

Envelope event(Json inner, int attempt = 0) {
  return parse_envelope(Json{{"type", "events_api"},
                             {"envelope_id", "e-1"},
                             {"retry_attempt", attempt},
                             {"accepts_response_payload", false},
                             {"payload", {{"event_id", "Ev1"}, {"event", std::move(inner)}}}}
                            .dump());
}

Json message(const Json& more = Json::object()) {
  Json out = {{"type", "message"},
              {"channel", "C0OPS"},
              {"user", "U0ALICE"},
              {"text", "!status"},
              {"ts", "1732191000.000100"}};
  out.update(more);
  return out;
}

Said said(const Json& more = Json::object()) {
  const auto heard = parse_heard(event(message(more)));
  const auto* found = std::get_if<Said>(&heard);
  EXPECT_TRUE(found);
  return found ? *found : Said();
}

TEST(SlackWire, envelopes_are_told_apart) {
  EXPECT_EQ(parse_envelope("{\"type\":\"hello\",\"num_connections\":2}").connections, 2);
  const auto bye = parse_envelope("{\"type\":\"disconnect\",\"reason\":\"warning\"}");
  EXPECT_EQ(bye.kind, Envelope::Kind::disconnect);
  EXPECT_EQ(bye.reason, "warning");
  EXPECT_EQ(event(message(), 2).attempt, 2);
  EXPECT_EQ(event(message()).id, "e-1");
  EXPECT_EQ(parse_envelope("{\"type\":\"new\",\"envelope_id\":\"x\"}").kind, Envelope::Kind::other);
  for (const auto* broken : {"", "[", "[]", "null", "{}", "{\"type\":7}", "\xff"})
    EXPECT_EQ(parse_envelope(broken).kind, Envelope::Kind::unreadable) << broken;
}

TEST(SlackWire, an_acknowledgement_carries_a_payload_only_if_there_is_one) {
  EXPECT_EQ(acknowledgement("e-1", Json()), R"({"envelope_id":"e-1"})");
  EXPECT_EQ(acknowledgement("e-1", Json::object()), R"({"envelope_id":"e-1"})");
  EXPECT_EQ(acknowledgement("e-1", {{"text", "x"}}),
            R"({"envelope_id":"e-1","payload":{"text":"x"}})");
}

TEST(SlackWire, a_message_tells_its_thread_and_a_root_names_none) {
  EXPECT_EQ(said().thread, "");
  EXPECT_EQ(said({{"thread_ts", "1732190000.000200"}}).thread, "1732190000.000200");
  EXPECT_EQ(said({{"thread_ts", "1732191000.000100"}}).thread, "");
  EXPECT_EQ(said().event_id, "Ev1");
  EXPECT_EQ(said({{"type", "app_mention"}}).text, "!status");
}

TEST(SlackWire, only_what_a_person_types_now_is_typed_T37_T30) {
  EXPECT_TRUE(said().typed);
  EXPECT_TRUE(said({{"subtype", "file_share"}}).typed);
  EXPECT_TRUE(said({{"subtype", "thread_broadcast"}}).typed);
  for (const auto* subtype : {"message_changed", "message_deleted", "bot_message", "me_message",
                              "channel_join", "message_replied"})
    EXPECT_FALSE(said({{"subtype", subtype}}).typed) << subtype;
  EXPECT_FALSE(said({{"bot_id", "B1"}}).typed);
  EXPECT_FALSE(said({{"app_id", "A1"}}).typed);
  EXPECT_FALSE(said({{"hidden", true}}).typed);
  EXPECT_FALSE(said({{"edited", {{"user", "U0ALICE"}, {"ts", "1732191001.000000"}}}}).typed);
  EXPECT_FALSE(said({{"user", ""}}).typed);
}

TEST(SlackWire, reactions_say_on_what_and_by_whom) {
  const auto heard = parse_heard(
      event({{"type", "reaction_removed"},
             {"user", "U0BOB"},
             {"reaction", "+1::skin-tone-3"},
             {"item", {{"type", "message"}, {"channel", "C0OPS"}, {"ts", "1732191000.000100"}}},
             {"event_ts", "1732191002.000000"}}));
  const auto* r = std::get_if<Reaction>(&heard);
  ASSERT_TRUE(r);
  EXPECT_FALSE(r->added);
  EXPECT_EQ(r->emoji, "+1::skin-tone-3");
  EXPECT_EQ(r->message, "1732191000.000100");
  EXPECT_EQ(r->event_id, "Ev1");
  EXPECT_TRUE(std::holds_alternative<std::monostate>(
      parse_heard(event({{"type", "reaction_added"}, {"user", "U0BOB"}}))));
}

Envelope interaction(Json payload) {
  return parse_envelope(Json{
      {"type", "interactive"},
      {"envelope_id", "e-2"},
      {"accepts_response_payload", true},
      {"payload",
       std::move(payload)}}.dump());
}

Json click(Json action) {
  return {{"type", "block_actions"},
          {"user", {{"id", "U0BOB"}, {"username", "somebody else"}}},
          {"trigger_id", "1.2.abc"},
          {"container",
           {{"type", "message"}, {"message_ts", "1732191000.000100"}, {"channel_id", "C0OPS"}}},
          {"channel", {{"id", "C0OPS"}}},
          {"message", {{"ts", "1732191000.000100"}, {"thread_ts", "1732190000.000200"}}},
          {"response_url", "https://hooks.example.com/x"},
          {"actions", Json::array({std::move(action)})}};
}

TEST(SlackWire, a_press_says_where_in_which_thread_and_what) {
  const auto heard = parse_heard(interaction(click({{"action_id", "approve"},
                                                    {"type", "button"},
                                                    {"value", "{\"seal\":\"s\"}"},
                                                    {"action_ts", "1732191003.123456"}})));
  const auto* press = std::get_if<Press>(&heard);
  ASSERT_TRUE(press);
  EXPECT_EQ(press->thread, "1732190000.000200");
  EXPECT_EQ(press->user, "U0BOB");
  EXPECT_EQ(press->at, "1732191003.123456");
  EXPECT_EQ(context_of(*press), Json({{"seal", "s"}}));
  EXPECT_EQ(press->choice, "");
}

core::Button menu(const std::string& secret) {
  core::Button out;
  out.id = "more";
  out.label = "More";
  out.context = {{"seal", secret}, {"what", "<a> & \"b\" ü"}};
  out.choices = {{"v1", "One"}, {"v2", "Two"}};
  return out;
}

TEST(SlackWire, the_context_of_a_menu_comes_back_whole) {
  for (const auto size : {10U, 200U, 380U}) {
    const auto sent = menu(std::string(size, 's'));
    const auto ids = menu_ids(sent, 0);
    ASSERT_TRUE(ids.ok());
    EXPECT_LE(ids->action_id.size(), 255U);
    EXPECT_LE(ids->block_id.size(), 255U);
    const auto heard = parse_heard(
        interaction(click({{"action_id", ids->action_id},
                           {"block_id", ids->block_id},
                           {"type", "overflow"},
                           {"selected_option", {{"text", {{"text", "Two"}}}, {"value", "v2"}}}})));
    const auto* press = std::get_if<Press>(&heard);
    ASSERT_TRUE(press);
    EXPECT_EQ(press->choice, "v2");
    EXPECT_EQ(context_of(*press), sent.context);
  }
  EXPECT_FALSE(menu_ids(menu(std::string(500, 's')), 0).ok());
}

TEST(SlackWire, a_context_survives_an_escaping_service) {
  core::Button button;
  button.id = "a";
  button.context = {{"text", "<@U1> & <!channel>"}};
  const auto value = button_value(button);
  ASSERT_TRUE(value.ok());
  EXPECT_EQ(value->find_first_of("&<>"), std::string::npos);
  EXPECT_EQ(Json::parse(*value), button.context);
  button.context["text"] = std::string(2'000, 'x');
  EXPECT_FALSE(button_value(button).ok());
}

TEST(SlackWire, a_foreign_value_is_no_context_T36) {
  for (const auto* value : {"", "approve", "{", "{\"a\":"}) {
    Press press;
    press.value = value;
    EXPECT_TRUE(context_of(press).is_null()) << value;
  }
}

TEST(SlackWire, a_submission_brings_its_values) {
  const auto heard = parse_heard(interaction(
      {{"type", "view_submission"},
       {"user", {{"id", "U0BOB"}}},
       {"trigger_id", "1.2.abc"},
       {"view",
        {{"id", "V1"},
         {"private_metadata", "{}"},
         {"state",
          {{"values",
            {{"reason", {{"value", {{"type", "plain_text_input"}, {"value", "wrong host"}}}}},
             {"empty", {{"value", {{"type", "plain_text_input"}, {"value", nullptr}}}}},
             {"kind",
              {{"value",
                {{"type", "static_select"}, {"selected_option", {{"value", "k1"}}}}}}}}}}}}}}));
  const auto* submission = std::get_if<Submission>(&heard);
  ASSERT_TRUE(submission);
  EXPECT_EQ(submission->values.at("reason"), "wrong host");
  EXPECT_EQ(submission->values.at("empty"), "");
  EXPECT_EQ(submission->values.at("kind"), "k1");
}

TEST(SlackWire, what_is_broken_concerns_nobody) {
  for (const Json& payload :
       {Json(), Json::array(), Json{{"type", "block_actions"}}, Json{{"type", "view_submission"}},
        Json{{"type", "view_closed"}}, Json{{"type", "block_actions"}, {"actions", {1, 2}}}})
    EXPECT_TRUE(std::holds_alternative<std::monostate>(parse_heard(interaction(payload))))
        << payload.dump();
  EXPECT_TRUE(std::holds_alternative<std::monostate>(parse_heard(event({{"type", "message"}}))));
  EXPECT_TRUE(std::holds_alternative<std::monostate>(parse_heard(event(Json::array()))));
}

TEST(SlackWire, ids_and_times_have_their_forms) {
  EXPECT_TRUE(is_user_id("U0ALICE"));
  EXPECT_TRUE(is_user_id("W012A3CDE"));
  EXPECT_FALSE(is_user_id("Uwe"));
  EXPECT_FALSE(is_user_id("C012A3CDE"));
  EXPECT_TRUE(is_channel_id("D012A3CDE"));
  EXPECT_TRUE(is_group_id("S012A3CDE"));
  EXPECT_EQ(core::format_instant(*instant_of("1732191000.500000")), "2024-11-21T12:10:00.500Z");
  EXPECT_EQ(ts_of(*instant_of("1732191000.000042")), "1732191000.000042");
  for (const auto* bad : {"", "1", "1732191000", ".000100", "1732191000.1", "a.000100",
                          "1732191000.00010x", "-1.000000"})
    EXPECT_FALSE(instant_of(bad)) << bad;
}

std::string name_of(const std::string& id) { return id == "U1" ? "alice" : id; }
std::string reduced(std::string_view markup) { return plain_text(markup, name_of); }

TEST(SlackMarkup, tokens_become_what_the_writer_saw) {
  EXPECT_EQ(reduced("!restart <http://db-1.example.com|db-1.example.com>"),
            "!restart db-1.example.com");
  EXPECT_EQ(reduced("see <https://x.example/a?b=1&amp;c=2>"), "see https://x.example/a?b=1&c=2");
  EXPECT_EQ(reduced("<mailto:a@b.example|a@b.example>"), "a@b.example");
  EXPECT_EQ(reduced("<@U1> and <@U2> and <@U3|carol>"), "@alice and @U2 and @carol");
  EXPECT_EQ(reduced("in <#C1|ops> or <#C2> or <#C3|>"), "in #ops or #C2 or #C3");
  EXPECT_EQ(reduced("<!here> <!subteam^S1|@sre> <!subteam^S2> <!channel|channel>"),
            "@here @sre @S2 @channel");
  EXPECT_EQ(reduced("<!date^1732191000^{date}|Nov 21>"), "Nov 21");
}

TEST(SlackMarkup, entities_are_undone_once) {
  EXPECT_EQ(reduced("a &lt;b&gt; &amp; c"), "a <b> & c");
  EXPECT_EQ(reduced("&amp;lt;"), "&lt;");
  EXPECT_EQ(reduced("a < b"), "a < b");
  EXPECT_EQ(reduced("<"), "<");
  EXPECT_EQ(reduced(""), "");
}

TEST(SlackMarkup, phones_curl_quotes_and_dashes_and_commands_uncurl_them) {
  EXPECT_EQ(straightened("!do msg=\u201Ctwo words\u201D \u2014force it\u2019s 1\u20132\u00A0x"),
            "!do msg=\"two words\" --force it's 1-2 x");
}

TEST(SlackMarkup, escaped_text_holds_no_token_T43) {
  EXPECT_EQ(escape("<!channel> & <@U1> &lt;"), "&lt;!channel&gt; &amp; &lt;@U1&gt; &amp;lt;");
}

TEST(SlackMarkup, lengths_are_counted_the_strict_way) {
  EXPECT_EQ(units("abc"), 3U);
  EXPECT_EQ(units("ü\u20AC"), 2U);
  EXPECT_EQ(units("\U0001F4A9"), 2U);
  EXPECT_EQ(fitted("abcdef", 6), "abcdef");
  EXPECT_EQ(fitted("abcdefg", 6), "abcde…");
  EXPECT_EQ(fitted("ab\U0001F4A9", 3), "ab…");
  EXPECT_EQ(fitted("abc", 0), "…");
}

TEST(ChatAddressed, commands_mentions_and_questions_in_threads_are_for_the_bot) {
  const auto meant = [](std::string_view text, bool in_thread = false) {
    return chat::is_for_bot(text, in_thread, "countersign", "!");
  };
  EXPECT_TRUE(meant("!status"));
  EXPECT_TRUE(meant("  !status"));
  EXPECT_TRUE(meant("@countersign status"));
  EXPECT_TRUE(meant("@Countersign: status"));
  EXPECT_TRUE(meant("why did this run?", true));
  EXPECT_FALSE(meant("why did this run?"));
  EXPECT_FALSE(meant("@countersigner status"));
  EXPECT_FALSE(meant("wow!"));
  EXPECT_FALSE(meant("! "));
  EXPECT_FALSE(meant("> !status"));
  EXPECT_FALSE(meant("hello\n!status"));
  EXPECT_FALSE(meant("@alice @countersign status"));
  EXPECT_FALSE(meant("", true));
}

}  // namespace
}  // namespace countersign::adapters::slack
