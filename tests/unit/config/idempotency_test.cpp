// How long the far side knows an idempotency key, as action files say it (I13).
#include <gtest/gtest.h>

#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;

LoadedAction parse(const std::string& yaml) {
  return parse_action("name: a\nrunner_type: noop\n" + yaml, "a.yaml", "/nowhere", "p");
}

TEST(Idempotency, lasts_as_long_as_the_action_says_or_twenty_hours) {
  EXPECT_EQ(parse("idempotent: true\n").action.key_valid_for, 20h);
  const auto said = parse("idempotent: true\nidempotency: {valid_for: 24h}\n");
  EXPECT_EQ(texts(said.problems), Texts{});
  EXPECT_EQ(said.action.key_valid_for, 24h);
}

TEST(Idempotency, of_what_must_not_be_repeated_is_a_contradiction) {
  EXPECT_EQ(texts(parse("idempotency: {valid_for: 24h}\n").problems),
            (Texts{"a.yaml:3: idempotency: is for actions that may be repeated under their key; "
                   "write idempotent: true into the action, or leave it out"}));
  EXPECT_EQ(
      texts(parse("idempotent: true\nidempotency: {valid_fr: 24h}\n").problems),
      (Texts{"a.yaml:4: idempotency.valid_fr: unknown key 'valid_fr'; did you mean 'valid_for'?"}));
}

}  // namespace
}  // namespace countersign::config
