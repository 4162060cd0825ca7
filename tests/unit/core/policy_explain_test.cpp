#include "bot/core/policy_explain.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

using namespace std::chrono_literals;
using Words = std::vector<std::string>;

Wish failover() {
  Wish wish;
  wish.tier = Tier::high_impact;
  wish.action = "ops.failover_database";
  wish.environments = {"production"};
  wish.targets = {"db-1", "web-1"};
  return wish;
}

Policy policy(const std::string& name) {
  Policy out;
  out.name = name;
  return out;
}

PolicyBook book(std::vector<Policy> policies) {
  PolicyBook out;
  out.policies = std::move(policies);
  out.roles = {"sre"};
  return out;
}

TEST(Explanation, of_a_tier_alone_names_the_tier) {
  const PolicyBook none = book({});
  const auto why = explain(failover(), none);
  EXPECT_EQ(why.demand, demand(failover(), none));
  EXPECT_EQ(why.sources, (std::map<std::string, Words>{{"four_eyes", {"tier high_impact"}},
                                                       {"expires", {"tier high_impact"}},
                                                       {"use_within", {"tier high_impact"}}}));
}

TEST(Explanation, names_every_source_of_a_flag_and_the_strictest_of_a_time) {
  Policy strict = policy("strict");
  strict.four_eyes = strict.step_up = strict.separate_teams = true;
  strict.expires_in = 5min;
  strict.cooldown = 2min;
  strict.remind_after = 4min;
  Policy mild = policy("mild");
  mild.expires_in = 10min;
  mild.cooldown = 1min;
  mild.remind_after = 3min;
  mild.quiet = QuietHours{60, 120, "UTC"};
  const PolicyBook both = book({strict, mild});
  const auto why = explain(failover(), both);
  EXPECT_EQ(why.sources.at("four_eyes"), (Words{"tier high_impact", "policy strict"}));
  EXPECT_EQ(why.sources.at("step_up"), Words{"policy strict"});
  EXPECT_EQ(why.sources.at("separate_teams"), Words{"policy strict"});
  EXPECT_EQ(why.sources.at("expires"), Words{"policy strict"});
  EXPECT_EQ(why.sources.at("use_within"), Words{"tier high_impact"});
  EXPECT_EQ(why.sources.at("cooldown"), Words{"policy strict"});
  EXPECT_EQ(why.sources.at("remind"), Words{"policy mild"});
  EXPECT_EQ(why.sources.at("quiet_hours"), Words{"policy mild"});
  EXPECT_EQ(why.demand.expires_in, 5min);
  EXPECT_EQ(why.fitting.size(), 2U);
}

TEST(Explanation, gives_the_first_reason_why_a_policy_has_no_say) {
  const auto reason = [](PolicyScope scope, const Wish& wish) {
    Policy one = policy("one");
    one.scope = std::move(scope);
    const PolicyBook only = book({one});
    const auto why = explain(wish, only);
    return why.misfits.empty() ? "" : why.misfits.front().why;
  };
  Wish wish = failover();
  EXPECT_EQ(reason({}, wish), "");
  EXPECT_EQ(reason({.tiers = {Tier::mutating}, .actions = {"ops.x"}}, wish),
            "is for tiers mutating, and this is high_impact");
  EXPECT_EQ(reason({.actions = {"ops.x", "y.*"}}, wish),
            "is for actions ops.x, y.*, and this is ops.failover_database");
  EXPECT_EQ(reason({.rules = {"*"}}, wish), "is for rules *, and a person asks for this");
  EXPECT_EQ(reason({.environments = {"staging"}}, wish),
            "is for environments staging, and this is in production");
  EXPECT_EQ(reason({.targets = {"app-*"}}, wish),
            "is for targets app-*, and this is about db-1, web-1");
  wish.rule = "ops.r";
  wish.targets.clear();
  EXPECT_EQ(reason({.rules = {"ops.s"}}, wish), "is for rules ops.s, and this is by ops.r");
  EXPECT_EQ(reason({.targets = {"db-*"}}, wish), "is for targets db-*, and this names none");
  wish.environments.clear();
  EXPECT_EQ(reason({.environments = {"production"}}, wish), "") << "it may be any";
}

TEST(Explanation, letter_case_is_no_way_around_what_protects_production) {
  Policy guard = policy("guard");
  guard.scope.environments = {"Production"};
  const PolicyBook only = book({guard});
  Wish wish = failover();
  for (const char* name : {"PRODUCTION", "production"}) {
    wish.environments = {name};
    EXPECT_EQ(explain(wish, only).fitting.size(), 1U) << name;
  }
}

}  // namespace
}  // namespace countersign::core
