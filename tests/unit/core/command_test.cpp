#include "bot/core/command.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

TEST(Command, is_a_verb_with_words_and_parameters) {
  const auto c = parse_command("!remediate ops.rotate_logs host=web-3 keep=5", "!");
  EXPECT_EQ(c.verb, "remediate");
  EXPECT_EQ(c.words, std::vector<std::string>{"ops.rotate_logs"});
  EXPECT_EQ(c.parameters, (Json{{"host", "web-3"}, {"keep", "5"}}));
}

TEST(Command, keeps_quoted_blanks_together) {
  const auto c = parse_command("!deny R12 note=\"not on a Friday\" \"because of that\"", "!");
  EXPECT_EQ(c.parameters["note"], "not on a Friday");
  EXPECT_EQ(c.words, (std::vector<std::string>{"R12", "because of that"}));
}

TEST(Command, may_mention_the_bot_instead) {
  EXPECT_EQ(parse_command("@countersign Status", "!").verb, "status");
}

TEST(Command, takes_the_questions_people_ask) {
  for (const char* text :
       {"why?", "Why did this run?", "why did this run", "!why", "@countersign why?", "  WHY ?"}) {
    EXPECT_EQ(parse_command(text, "!").verb, "why") << text;
  }
  EXPECT_EQ(parse_command("why not?", "!").verb, "why-not");
  EXPECT_EQ(parse_command("!why R12", "!").words, std::vector<std::string>{"R12"});
}

TEST(Command, without_a_verb_is_none) {
  EXPECT_EQ(parse_command("!", "!").verb, "");
  EXPECT_EQ(parse_command("", "!").verb, "");
  EXPECT_EQ(parse_command("@countersign", "!").verb, "");
}

TEST(Command, leaves_an_equals_sign_in_a_sentence_alone) {
  EXPECT_EQ(parse_command("!deny a-b=c", "!").words, std::vector<std::string>{"a-b=c"});
}

}  // namespace
}  // namespace countersign::core
