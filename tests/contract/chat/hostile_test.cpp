// What strangers wrote and the bot shows: all of it is seen as it is, and it does nothing.
#include <algorithm>
#include <array>

#include "bot/core/message.h"
#include "tests/contract/chat/contract.h"

namespace countersign::contract {
namespace {

constexpr std::array kHostile = {
    "@here @channel @all @alice",
    "<!channel> <!here> <!everyone> <!subteam^S1|@sre>",
    "[approved](http://evil.example) <http://evil.example|approved>",
    "http://evil.example/?a=b&c=d www.evil.example",
    "# not a title",
    "> not a quote",
    "&lt;!channel&gt; &amp; &#64;here",
    "approve \u202Edeyned\u202C \u2066isolated\u2069",
    "host\u200Bname \u200Dzero \uFEFFwidth",
    "tab\tand bell\a",
    "日本語 🚒 Zürich e\u0301",
    ":white_check_mark: approved",
    "bad \xFF\xC0\xAF bytes",
};

// White space may become a blank.
std::string with_blanks(std::string text) {
  std::ranges::replace(text, '\t', ' ');
  return text;
}

// What a reader is to see of it.
std::string visible(const std::string& text) {
  return with_blanks(core::make_visible(text, 1'000));
}

bool has_hidden_characters(const std::string& text) {
  for (const auto* c : {"\u202E", "\u202C", "\u2066", "\u2069", "\u200D", "\uFEFF", "\a"}) {
    if (contains(text, c)) return true;
  }
  return false;
}

TEST_P(ChatContract, T43_T17_nothing_in_a_line_calls_anybody_or_hides) {
  start();
  int number = 0;
  for (const std::string text : kHostile) {
    const auto seen = shown(sent(post(text, "client-" + std::to_string(++number))).message_id);
    EXPECT_TRUE(contains(with_blanks(seen.text), visible(text)))
        << seen.text << "\n instead of " << visible(text);
    EXPECT_TRUE(seen.mentions.empty()) << seen.mentions.front() << " is called by " << text;
    EXPECT_FALSE(has_hidden_characters(seen.text)) << seen.raw;
  }
}

TEST_P(ChatContract, T43_T17_nothing_anywhere_else_in_a_message_does_either) {
  start();
  int number = 0;
  for (const std::string text : kHostile) {
    auto out = post("harmless", "client-" + std::to_string(++number));
    out.message.title = {core::plain(text), core::bold(text)};
    out.message.fields = {{text, {core::code(text), core::bold(text)}}};
    out.message.block = text;
    out.message.footer = {{core::plain(text)}};
    out.message.buttons = {{"approve", text, core::Button::Style::plain, {{"seal", "s"}}, {}}};
    out.message.fallback = text;
    const auto seen = shown(sent(out).message_id);
    EXPECT_TRUE(seen.mentions.empty()) << seen.mentions.front() << " is called by " << text;
    EXPECT_FALSE(has_hidden_characters(seen.text)) << seen.raw;
  }
}

TEST_P(ChatContract, T43_what_one_person_is_told_is_as_harmless) {
  start();
  auto out = post("[approved](http://evil.example) \u202Edeyned");
  out.op = Outgoing::Op::tell;
  out.person = chat_->key("alice");
  sent(out);
  see_told("alice", visible("[approved](http://evil.example) \u202Edeyned"));
}

TEST_P(ChatContract, a_person_that_the_bot_names_is_called) {
  start();
  auto out = post("");
  out.message.lines = {{core::plain("approved by "), core::person(chat_->key("bob"), "bob")}};
  EXPECT_EQ(shown(sent(out).message_id).mentions, std::vector<std::string>{"bob"});
}

TEST_P(ChatContract, a_person_of_another_chat_is_named_and_not_called) {
  start();
  auto out = post("");
  out.message.lines = {{core::plain("approved by "), core::person("another:u1", "channel")}};
  const auto seen = shown(sent(out).message_id);
  EXPECT_TRUE(contains(seen.text, "approved by ")) << seen.text;
  EXPECT_TRUE(contains(seen.text, "channel")) << seen.text;
  EXPECT_TRUE(seen.mentions.empty());
}

}  // namespace
}  // namespace countersign::contract
