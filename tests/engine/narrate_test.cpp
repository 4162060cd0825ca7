// What people read, kept as golden files: the plan through its life, refusals, the question about
// an unknown run.
#include "bot/engine/narrate.h"

#include "tests/engine/stories.h"
#include "tests/support/golden.h"

namespace countersign::engine {
namespace {

TEST(Narration, of_a_plan_that_waits) {
  const auto message = plan_message(story(core::RunState::awaiting_approval));
  tests::expect_golden_text("engine/plan_waiting.txt", core::as_text(message));
  ASSERT_EQ(message.buttons.size(), 4u);
  EXPECT_EQ(message.buttons[3].choices.size(), 3u);
  EXPECT_EQ(message.buttons[0].label, "Approve");
}

TEST(Narration, of_a_high_impact_plan_with_one_vote_of_two) {
  auto s = story(core::RunState::awaiting_approval);
  s.run.plan->tier = core::Tier::high_impact;
  s.run.plan->dry_run = core::Plan::DryRunState::none_declared;
  s.approval->demand.clauses = {{"tier high_impact", {{{"sre"}, 2}}, {}}};
  s.approval->demand.four_eyes = true;
  s.approval->approvers = {"mm:1"};
  s.votes = {vote(core::VoteChoice::approve)};
  tests::expect_golden_text("engine/plan_half_approved.txt", core::as_text(plan_message(s)));
}

TEST(Narration, of_plans_that_are_decided_has_no_vote_buttons) {
  struct Case {
    core::RunState state;
    core::VoteChoice choice;
    const char* file;
  };
  const Case cases[] = {
      {core::RunState::succeeded, core::VoteChoice::approve, "engine/plan_succeeded.txt"},
      {core::RunState::denied, core::VoteChoice::deny, "engine/plan_denied.txt"}};
  for (const auto& c : cases) {
    auto s = story(c.state);
    s.approval->state = c.state == core::RunState::denied ? core::ApprovalState::denied
                                                          : core::ApprovalState::consumed;
    s.votes = {vote(c.choice)};
    const auto message = plan_message(s);
    tests::expect_golden_text(c.file, core::as_text(message));
    EXPECT_TRUE(message.buttons.empty());
  }
}

TEST(Narration, of_a_dry_run_says_that_nothing_ran) {
  auto s = story(core::RunState::dry_run);
  s.approval.reset();
  tests::expect_golden_text("engine/plan_dry_run.txt", core::as_text(plan_message(s)));
}

TEST(Narration, of_an_unknown_run_asks_with_three_answers) {
  auto s = story(core::RunState::unknown);
  s.run.outcome = {
      {"class", "ambiguous"}, {"error", "killed by signal 9"}, {"output", "rotating ..."}};
  const auto message =
      unknown_message(s.run, {{.attempt = 1, .fence = 2, .phase = "intent", .at = kNow}}, "key");
  tests::expect_golden_text("engine/unknown.txt", core::as_text(message));
  EXPECT_EQ(message.buttons.size(), 3u);
}

TEST(Narration, of_results) {
  auto run = story(core::RunState::failed).run;
  run.outcome = {
      {"class", "failed"}, {"code", 3}, {"error", "exit code 3"}, {"output", "no such host\n"}};
  tests::expect_golden_text("engine/result_failed.txt", core::as_text(result_message(run)));
}

TEST(Narration, refuses_with_the_reason) {
  std::string all;
  const auto approval = story(core::RunState::awaiting_approval).approval;
  for (int v = 1; v <= static_cast<int>(core::VoteVerdict::not_human); ++v) {
    const auto verdict = static_cast<core::VoteVerdict>(v);
    all += std::string(core::name(verdict)) + ": " + refusal_words(verdict, approval) + "\n";
  }
  tests::expect_golden_text("engine/refusals.txt", all);
}

TEST(Narration, shows_hostile_text_as_what_it_is_T19_T43) {
  auto s = story(core::RunState::awaiting_approval);
  s.run.plan->parameters = {{"host", std::string(100'000, 'x') + "\u202E"}};
  s.run.plan->dry_run_output = std::string(1'000'000, 'y');
  EXPECT_LT(core::as_text(plan_message(s)).size(), 5000u);
}

}  // namespace
}  // namespace countersign::engine
