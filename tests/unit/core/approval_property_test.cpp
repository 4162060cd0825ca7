// Random lives of questions against the model in tests/support/approval_model.h. COUNTERSIGN_SEED
// repeats them, COUNTERSIGN_SEQUENCES says how many.
#include <gtest/gtest.h>

#include "tests/unit/core/approval_story.h"

namespace countersign::core {
namespace {

TEST(ApprovalProperties, random_lives_agree_with_the_model_I8_I9_I10_I11_T31_T40) {
  const auto seed = support::printed_seed();
  const auto sequences = support::number_from("COUNTERSIGN_SEQUENCES", 10'000);
  support::Names seen;
  for (std::uint64_t i = 0; i < sequences; ++i) {
    const Story story(seed + i);
    ASSERT_TRUE(story.holds()) << story.told();
    seen.insert(story.seen().begin(), story.seen().end());
  }
  if (sequences < 1000) return;
  for (const char* what : {"counted",
                           "already_decided",
                           "old_plan",
                           "not_posted",
                           "other_message",
                           "expired",
                           "not_eligible",
                           "requester",
                           "already_voted",
                           "nothing_to_retract",
                           "not_human",
                           "same_team",
                           "needs_code",
                           "not_known",
                           "pending",
                           "approved",
                           "denied",
                           "cancelled",
                           "void",
                           "consumed",
                           "go",
                           "fenced",
                           "halted",
                           "not_approved",
                           "approval_stale",
                           "approver_lost_right",
                           "directory_silent"})
    EXPECT_TRUE(seen.contains(what)) << what << " never happened: the lives are too dull";
}

// Whoever suffices with one policy more has sufficed without it.
TEST(ApprovalProperties, policies_only_add_up) {
  const auto seed = support::printed_seed();
  for (std::uint64_t i = 0; i < 1000; ++i) {
    support::Chance chance(seed + i);
    Lawgiver lawgiver(chance);
    const auto wish = lawgiver.wish();
    auto book = lawgiver.book();
    const auto before = demand(wish, book);
    book.policies.push_back(lawgiver.policy());
    const auto after = demand(wish, book);
    Electorate electorate;
    for (const char* who : kPeople)
      electorate.people.push_back({{who, who}, {lawgiver.seat(), lawgiver.seat()}});
    for (unsigned set = 0; set < 1U << kPeople.size(); ++set) {
      std::vector<std::string> agreed;
      for (std::size_t p = 0; p < kPeople.size(); ++p) {
        if (set >> p & 1U) agreed.emplace_back(kPeople.at(p));
      }
      const auto enough = [&](const Demand& demand) {
        return Count{demand, electorate, {}, {}, {}}.gaps(agreed).empty();
      };
      ASSERT_TRUE(!enough(after) || enough(before)) << support::replay(seed + i);
    }
    EXPECT_LE(after.expires_in, before.expires_in);
    EXPECT_GE(after.cooldown, before.cooldown);
    EXPECT_TRUE(after.four_eyes || !before.four_eyes);
  }
}

}  // namespace
}  // namespace countersign::core
