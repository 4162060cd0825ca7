#include "bot/core/journal.h"

#include <gtest/gtest.h>

#include <vector>

namespace countersign::core {
namespace {

JournalRecord record() {
  return {{12},
          std::string(64, 'a'),
          3,
          1,
          "nonce",
          EffectClass::once,
          "ops.restart",
          {"web-1", "web-2"},
          Instant(std::chrono::seconds(1'795'000'000))};
}

Run run_in(RunState state) {
  Run run;
  run.id = {12};
  run.state = state;
  run.fence = 2;
  return run;
}

TEST(Journal, reads_its_lines_as_they_were_written) {
  EXPECT_EQ(parse_journal_line(journal_line(record())), record());
  JournalRecord odd = record();
  odd.targets = {"a\nb", "\"quoted\"", "\xff"};
  const std::string line = journal_line(odd);
  EXPECT_EQ(line.find('\n'), std::string::npos);
  EXPECT_EQ(parse_journal_line(line)->targets.at(0), "a\nb");
}

TEST(Journal, takes_no_line_that_was_damaged) {
  const std::string line = journal_line(record());
  for (std::size_t i = 0; i < line.size(); ++i) {
    std::string damaged = line;
    damaged[i] ^= 1;
    EXPECT_FALSE(parse_journal_line(damaged)) << i;
    EXPECT_FALSE(parse_journal_line(line.substr(0, i))) << i;
  }
}

TEST(Journal, says_of_what_state_a_forgotten_start_leaves_its_run_in_I12_I18) {
  using enum RunState;
  EXPECT_EQ(recollect(record(), std::nullopt), Recollection::run_lost);
  for (const RunState open : {planned, awaiting_approval, ready, claimed, executing, held}) {
    EXPECT_EQ(recollect(record(), run_in(open)), Recollection::unknown) << name(open);
    EXPECT_TRUE(allowed(open, unknown)) << name(open);
    auto harmless = record();
    harmless.effect = EffectClass::idempotent;
    EXPECT_EQ(recollect(harmless, run_in(open)), Recollection::repeatable) << name(open);
  }
  for (const RunState over : {succeeded, failed, denied, expired, cancelled, dead})
    EXPECT_EQ(recollect(record(), run_in(over)), Recollection::over) << name(over);
  EXPECT_EQ(recollect(record(), run_in(unknown)), Recollection::asked);
}

TEST(Journal, gives_a_run_back_what_it_had) {
  const auto known = reminded(run_in(RunState::held), record());
  EXPECT_EQ(known.state, RunState::held);
  EXPECT_EQ(known.fence, 3);
  EXPECT_EQ(known.attempt, 1);
  EXPECT_EQ(known.first_started_at, record().at);
  EXPECT_EQ(known.target_key, "web-1,web-2") << "its plan is lost, its targets are not";
}

TEST(Journal, does_not_move_the_fence_under_who_works) {
  for (const RunState state : {RunState::claimed, RunState::executing})
    EXPECT_EQ(reminded(run_in(state), record()).fence, 2);
  auto later = run_in(RunState::held);
  later.fence = 7;
  EXPECT_EQ(reminded(later, record()).fence, 7);
}

// I13: the first of all starts under a key is what its age counts from.
TEST(Journal, makes_a_key_older_but_never_younger) {
  auto run = run_in(RunState::ready);
  run.first_started_at = record().at - std::chrono::hours(1);
  EXPECT_EQ(reminded(run, record()).first_started_at, record().at - std::chrono::hours(1));
  run.first_started_at = record().at + std::chrono::hours(1);
  EXPECT_EQ(reminded(run, record()).first_started_at, record().at);
}

TEST(Journal, is_made_of_the_run_that_has_just_begun) {
  auto run = run_in(RunState::executing);
  run.key = "k";
  run.attempt = 2;
  run.action = "ops.restart";
  run.plan = Plan{};
  run.plan->targets = {"web-1"};
  run.updated_at = record().at;
  const JournalRecord made = record_of(run, "n");
  EXPECT_EQ(made.nonce, "n");
  EXPECT_EQ(made.fence, 2);
  EXPECT_EQ(made.attempt, 2);
  EXPECT_EQ(made.targets, std::vector<std::string>{"web-1"});
  EXPECT_EQ(made.at, record().at);
}

}  // namespace
}  // namespace countersign::core
