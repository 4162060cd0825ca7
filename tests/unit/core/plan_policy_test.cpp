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

PolicyBook book() {
  PolicyBook out;
  out.roles = {"sre"};
  return out;
}

Wish wish(Tier tier, std::optional<ApprovalAsk> ask = {}) {
  Wish out;
  out.tier = tier;
  out.action = "ops.failover";
  out.rule = ask ? "ops.on_outage" : "";
  out.ask = std::move(ask);
  out.environments = {"staging"};
  out.targets = {"db-1", "db-2"};
  return out;
}

TEST(Policy, of_the_tiers_by_default) {
  EXPECT_FALSE(demand(wish(Tier::read_only), book()).asks());
  const auto mutating = demand(wish(Tier::mutating), book());
  EXPECT_EQ(mutating.people(), 1);
  EXPECT_FALSE(mutating.four_eyes);
  EXPECT_EQ(mutating.roles(), std::vector<std::string>{"sre"});
  const auto high = demand(wish(Tier::high_impact), book());
  EXPECT_EQ(high.people(), 2);
  EXPECT_TRUE(high.four_eyes);
  EXPECT_EQ(high.expires_in, std::chrono::minutes(15));
}

TEST(Policy, only_adds_up) {
  EXPECT_EQ(demand(wish(Tier::high_impact, ApprovalAsk{{"sre"}, 1}), book()).people(), 2);
  EXPECT_EQ(demand(wish(Tier::mutating, ApprovalAsk{{"sre"}, 3}), book()).people(), 3);
  EXPECT_EQ(demand(wish(Tier::read_only, ApprovalAsk{{"sre"}, 0}), book()).people(), 1);
}

TEST(Policy, of_the_configuration_is_met_besides_the_tier) {
  auto b = book();
  Policy strict;
  strict.name = "production";
  strict.groups = {{{"sre"}, 1}, {{"managers"}, 1}};
  strict.four_eyes = true;
  strict.expires_in = std::chrono::minutes(5);
  strict.use_within = std::chrono::hours(9);
  strict.cooldown = std::chrono::minutes(2);
  strict.remind_after = std::chrono::minutes(3);
  Policy late = strict;
  late.groups.clear();
  late.cooldown = std::chrono::minutes(1);
  late.remind_after = std::chrono::minutes(1);
  late.step_up = true;
  b.policies = {strict, late};
  const auto out = demand(wish(Tier::mutating), b);
  ASSERT_EQ(out.clauses.size(), 2u);
  EXPECT_EQ(out.clauses[1].source, "policy production");
  EXPECT_EQ(out.people(), 2);
  EXPECT_EQ(out.roles(), (std::vector<std::string>{"managers", "sre"}));
  EXPECT_TRUE(out.four_eyes);
  EXPECT_TRUE(out.step_up);
  EXPECT_EQ(out.expires_in, std::chrono::minutes(5));
  EXPECT_EQ(out.use_within, std::chrono::minutes(15)) << "never longer than the tier says";
  EXPECT_EQ(out.cooldown, std::chrono::minutes(2));
  EXPECT_EQ(out.remind_after, std::chrono::minutes(1));
}

TEST(Policy, fits_by_everything_it_names) {
  const auto fits_with = [](auto change) {
    PolicyScope scope;
    change(scope);
    return fits(scope, wish(Tier::mutating));
  };
  EXPECT_TRUE(fits_with([](auto&) {}));
  EXPECT_TRUE(fits_with([](auto& s) { s.tiers = {Tier::read_only, Tier::mutating}; }));
  EXPECT_FALSE(fits_with([](auto& s) { s.tiers = {Tier::high_impact}; }));
  EXPECT_TRUE(fits_with([](auto& s) { s.actions = {"web.*", "ops.*"}; }));
  EXPECT_FALSE(fits_with([](auto& s) { s.actions = {"ops"}; }));
  EXPECT_FALSE(fits_with([](auto& s) { s.rules = {"*"}; })) << "no rule asked";
  EXPECT_TRUE(fits_with([](auto& s) { s.environments = {"staging"}; }));
  EXPECT_FALSE(fits_with([](auto& s) { s.environments = {"production"}; }));
  EXPECT_TRUE(fits_with([](auto& s) { s.targets = {"db-2"}; })) << "one of the targets";
  EXPECT_FALSE(fits_with([](auto& s) { s.targets = {"web-*"}; }));
  auto unknown = wish(Tier::mutating);
  unknown.environments.clear();
  PolicyScope production;
  production.environments = {"production"};
  EXPECT_TRUE(fits(production, unknown)) << "it may be any";
}

TEST(Policy, raises_a_change_of_many_targets_to_high_impact) {
  EXPECT_EQ(raise_by_targets(Tier::mutating, 6, 5), Tier::high_impact);
  EXPECT_EQ(raise_by_targets(Tier::mutating, 5, 5), Tier::mutating);
  EXPECT_EQ(raise_by_targets(Tier::read_only, 60, 5), Tier::read_only);
}

}  // namespace
}  // namespace countersign::core
