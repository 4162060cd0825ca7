#include "bot/core/freeze.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

Instant at(const char* text) { return *parse_instant(text); }

Freeze once() {
  Freeze f;
  f.name = "christmas";
  f.from.moment = at("2026-12-20T00:00:00Z");
  f.until.moment = at("2027-01-02T00:00:00Z");
  return f;
}

FreezeEdge cron(const Json& fields) { return {{}, Schedule::parse(kCronTimer, fields).schedule}; }

// From Friday 16:00 to Monday 08:00, UTC.
Freeze weekend() {
  Freeze f;
  f.name = "weekend";
  f.from = cron({{"day_of_week", "fri"}, {"hour", 16}});
  f.until = cron({{"day_of_week", "mon"}, {"hour", 8}});
  return f;
}

Wish wish(Tier tier, const std::string& environment = "") {
  Wish w;
  w.tier = tier;
  w.action = "ops.rotate";
  if (!environment.empty()) w.environments = {environment};
  return w;
}

TEST(Freeze, of_dates_is_in_force_from_its_first_moment_to_before_its_end) {
  EXPECT_FALSE(in_force_until(once(), at("2026-12-19T23:59:59Z")));
  EXPECT_EQ(in_force_until(once(), at("2026-12-20T00:00:00Z")), once().until.moment);
  EXPECT_EQ(in_force_until(once(), at("2027-01-01T23:59:59Z")), once().until.moment);
  EXPECT_FALSE(in_force_until(once(), at("2027-01-02T00:00:00Z")));
}

TEST(Freeze, of_dates_is_over_once_it_has_ended) {
  EXPECT_FALSE(is_over(once(), at("2026-01-01T00:00:00Z")));
  EXPECT_FALSE(is_over(once(), at("2026-12-25T00:00:00Z")));
  EXPECT_TRUE(is_over(once(), at("2027-01-02T00:00:00Z")));
}

TEST(Freeze, of_the_calendar_is_in_force_between_its_edges_every_week) {
  EXPECT_FALSE(in_force_until(weekend(), at("2026-11-20T15:59:59Z")));  // a Friday
  EXPECT_EQ(in_force_until(weekend(), at("2026-11-20T16:00:00Z")), at("2026-11-23T08:00:00Z"));
  EXPECT_EQ(in_force_until(weekend(), at("2026-11-22T12:00:00Z")), at("2026-11-23T08:00:00Z"));
  EXPECT_FALSE(in_force_until(weekend(), at("2026-11-23T08:00:00Z")));
  EXPECT_EQ(in_force_until(weekend(), at("2026-11-28T12:00:00Z")), at("2026-11-30T08:00:00Z"));
}

TEST(Freeze, of_the_calendar_is_over_only_when_it_never_begins_again) {
  EXPECT_FALSE(is_over(weekend(), at("2026-11-25T00:00:00Z")));
  Freeze f = weekend();
  f.from = cron({{"year", 2026}, {"month", 12}, {"day", 24}});
  f.until = cron({{"year", 2026}, {"month", 12}, {"day", 27}});
  EXPECT_FALSE(is_over(f, at("2026-11-25T00:00:00Z")));
  EXPECT_FALSE(is_over(f, at("2026-12-26T00:00:00Z")));
  EXPECT_TRUE(is_over(f, at("2026-12-27T00:00:00Z")));
}

TEST(Freeze, is_about_what_changes_something_only) {
  EXPECT_TRUE(freezes({}, wish(Tier::mutating)));
  EXPECT_TRUE(freezes({}, wish(Tier::high_impact)));
  EXPECT_FALSE(freezes({}, wish(Tier::read_only)));
}

TEST(Freeze, is_about_its_environments_and_about_what_names_none) {
  PolicyScope production;
  production.environments = {"production"};
  EXPECT_TRUE(freezes(production, wish(Tier::mutating, "Production")));
  EXPECT_FALSE(freezes(production, wish(Tier::mutating, "staging")));
  EXPECT_TRUE(freezes(production, wish(Tier::mutating)));
}

TEST(Freeze, says_what_it_is_about) {
  EXPECT_EQ(words(PolicyScope{}), "everything that changes something");
  PolicyScope scope;
  scope.environments = {"production", "prod"};
  EXPECT_EQ(words(scope), "production, prod");
  scope.tiers = {Tier::high_impact};
  scope.rules = {"ops.*"};
  scope.targets = {"db-*"};
  EXPECT_EQ(words(scope), "production, prod; high_impact; rules ops.*; targets db-*");
}

}  // namespace
}  // namespace countersign::core
