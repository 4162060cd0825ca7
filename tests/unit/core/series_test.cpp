#include "bot/core/series.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;

const Instant kTen = *parse_instant("2026-11-22T10:00:00Z");

// Changes so long before ten, newest first.
Episode changed(std::initializer_list<Duration> before) {
  Episode episode;
  for (const Duration d : before) episode.changes.push_back(kTen - d);
  return episode;
}
Rule limited(int changes, Duration within) {
  Rule rule;
  rule.name = "disk";
  rule.pack = "ops";
  rule.flapping = {changes, within};
  return rule;
}

TEST(Flapping, begins_with_one_change_more_than_the_limit) {
  EXPECT_FALSE(flapping(changed({0min, 1min}), limited(2, 10min), kTen));
  const auto flaps = flapping(changed({0min, 1min, 2min}), limited(2, 10min), kTen);
  EXPECT_EQ(flaps, (Flaps{3, kTen - 2min, kTen}));
}

TEST(Flapping, counts_what_is_younger_than_the_limits_length) {
  EXPECT_FALSE(flapping(changed({0min, 1min, 10min}), limited(2, 10min), kTen));
  EXPECT_TRUE(flapping(changed({0min, 1min, 10min - 1us}), limited(2, 10min), kTen));
}

TEST(Flapping, is_more_than_four_changes_in_ten_minutes_unless_the_rule_says_otherwise) {
  Rule rule;
  EXPECT_FALSE(flapping(changed({0min, 1min, 2min, 3min}), rule, kTen));
  EXPECT_TRUE(flapping(changed({0min, 1min, 2min, 3min, 4min}), rule, kTen));
}

TEST(Flapping, goes_on_for_a_rule_that_holds_runs_already) {
  Episode slow = changed({0min});
  slow.held_by_rules = {"ops.other"};
  EXPECT_FALSE(flapping(slow, limited(2, 10min), kTen));
  slow.held_by_rules.emplace_back("ops.disk");
  EXPECT_EQ(flapping(slow, limited(2, 10min), kTen), (Flaps{1, kTen, kTen}));
}

TEST(Turns, are_parsed_by_their_names) {
  for (int i = 0; i <= static_cast<int>(Turn::refused); ++i)
    EXPECT_EQ(parse_turn(name(static_cast<Turn>(i))), static_cast<Turn>(i));
  EXPECT_FALSE(parse_turn("neither"));
}

TEST(Turns, that_are_about_nothing_now_make_no_run_and_say_why) {
  for (const Turn turn : {Turn::none, Turn::began, Turn::ended, Turn::repeat, Turn::refused})
    EXPECT_EQ(why_inert(turn), nullptr);
  for (const Turn turn : {Turn::late, Turn::unknown}) EXPECT_NE(why_inert(turn), nullptr);
}

TEST(Resolves, keep_what_only_looks_and_cancel_the_rest_unless_the_rule_says_otherwise) {
  Rule rule;
  for (const Rule* asked : {static_cast<const Rule*>(&rule), static_cast<const Rule*>(nullptr)}) {
    EXPECT_EQ(on_resolve(asked, Tier::read_only), OnResolve::keep);
    EXPECT_EQ(on_resolve(asked, Tier::mutating), OnResolve::cancel);
    EXPECT_EQ(on_resolve(asked, Tier::high_impact), OnResolve::cancel);
  }
  rule.on_resolve = OnResolve::keep;
  EXPECT_EQ(on_resolve(&rule, Tier::high_impact), OnResolve::keep);
}

}  // namespace
}  // namespace countersign::core
