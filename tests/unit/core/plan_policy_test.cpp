#include <gtest/gtest.h>

#include "bot/core/plan.h"
#include "bot/core/policy.h"

namespace countersign::core {
namespace {

Plan sample() {
  Plan p;
  p.action = "ops.rotate_logs";
  p.targets = {"web-3"};
  p.parameters = {{"host", "web-3"}, {"keep", 5}};
  p.call = {{"argv", {"/x", "--host=web-3"}}};
  p.dry_run = Plan::DryRunState::done;
  p.dry_run_output = "would rotate app.log";
  return p;
}

TEST(Plan, survives_the_way_through_json) {
  const Plan back = Json(sample()).get<Plan>();
  EXPECT_EQ(plan_hash(back), plan_hash(sample()));
}

TEST(Plan, hash_covers_target_parameters_content_and_dry_run_T31) {
  const std::string hash = plan_hash(sample());
  const auto changed = [&](auto change) {
    Plan p = sample();
    change(p);
    return plan_hash(p) != hash;
  };
  EXPECT_TRUE(changed([](Plan& p) { p.targets = {"web-4"}; }));
  EXPECT_TRUE(changed([](Plan& p) { p.parameters["keep"] = "5"; }));
  EXPECT_TRUE(changed([](Plan& p) { p.action_hash = "new"; }));
  EXPECT_TRUE(changed([](Plan& p) { p.rule_hash = "new"; }));
  EXPECT_TRUE(changed([](Plan& p) { p.tier = Tier::high_impact; }));
  EXPECT_TRUE(changed([](Plan& p) { p.dry_run_output += "!"; }));
  EXPECT_TRUE(changed([](Plan& p) { p.call["argv"].push_back("--force"); }));
}

TEST(Plan, says_what_differs) {
  Plan after = sample();
  after.parameters["host"] = "web-4";
  EXPECT_EQ(differences(sample(), after),
            std::vector<std::string>{"parameters.host: web-3 -> web-4"});
  EXPECT_TRUE(differences(sample(), sample()).empty());
}

TEST(Policy, asks_nobody_for_reads_one_for_changes_and_two_others_for_high_impact) {
  const auto tiers = default_tiers();
  EXPECT_EQ(demand(Tier::read_only, tiers, {}, std::nullopt, {"sre"}).quorum, 0);
  const auto mutating = demand(Tier::mutating, tiers, {}, std::nullopt, {"sre"});
  EXPECT_EQ(mutating.quorum, 1);
  EXPECT_FALSE(mutating.four_eyes);
  EXPECT_EQ(mutating.roles, std::vector<std::string>{"sre"});
  const auto high = demand(Tier::high_impact, tiers, {}, std::nullopt, {"sre"});
  EXPECT_EQ(high.quorum, 2);
  EXPECT_TRUE(high.four_eyes);
  EXPECT_EQ(high.expires_in, std::chrono::minutes(15));
}

TEST(Policy, only_adds_up) {
  const auto tiers = default_tiers();
  EXPECT_EQ(demand(Tier::high_impact, tiers, {}, ApprovalAsk{{"sre"}, 1}, {}).quorum, 2);
  EXPECT_EQ(demand(Tier::mutating, tiers, {}, ApprovalAsk{{"sre"}, 3}, {}).quorum, 3);
  EXPECT_EQ(demand(Tier::read_only, tiers, {}, ApprovalAsk{{"sre"}, 0}, {}).quorum, 1);
}

TEST(Policy, raises_a_change_of_many_targets_to_high_impact) {
  EXPECT_EQ(raise_by_targets(Tier::mutating, 6, 5), Tier::high_impact);
  EXPECT_EQ(raise_by_targets(Tier::mutating, 5, 5), Tier::mutating);
  EXPECT_EQ(raise_by_targets(Tier::read_only, 60, 5), Tier::read_only);
}

}  // namespace
}  // namespace countersign::core
