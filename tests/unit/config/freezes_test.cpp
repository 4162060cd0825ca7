// `freezes`: what they say, what is wrong with them, and which can never do anything.
#include "config/freezes.h"

#include <gtest/gtest.h>

#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

core::Instant at(const char* text) { return *core::parse_instant(text); }

Loaded load(const std::string& freeze) {
  return parse_settings("environments: {production: [prod, live]}\nfreezes:\n- " + freeze + "\n",
                        "c.yaml");
}
Texts problems_of(const std::string& freeze) { return texts(load(freeze).problems); }
core::Freeze freeze_of(const std::string& freeze) {
  const Loaded loaded = load(freeze);
  EXPECT_EQ(texts(loaded.problems), Texts{}) << freeze;
  return loaded.settings.freezes.at(0);
}

TEST(Freezes, of_days_last_to_the_end_of_the_last_one) {
  const auto f = freeze_of(
      "{name: christmas, reason: nobody is here, from: 2026-12-20, until: 2027-01-01, "
      "for: {environments: production, tiers: high_impact, rules: 'ops.*'}}");
  EXPECT_EQ(f.name, "christmas");
  EXPECT_EQ(f.reason, "nobody is here");
  EXPECT_EQ(f.line, 3);
  EXPECT_EQ(f.scope.environments, (Texts{"production", "prod", "live"}));
  EXPECT_EQ(f.scope.tiers, std::vector{core::Tier::high_impact});
  EXPECT_EQ(f.scope.rules, Texts{"ops.*"});
  EXPECT_TRUE(core::in_force_until(f, at("2026-12-20T00:00:00Z")));
  EXPECT_EQ(core::in_force_until(f, at("2027-01-01T23:00:00Z")), at("2027-01-02T00:00:00Z"));
}

TEST(Freezes, of_moments_go_by_their_offsets) {
  const auto f = freeze_of(
      "{name: move, from: '2026-12-20T18:00:00+01:00', until: '2026-12-20T20:00:00+01:00'}");
  EXPECT_FALSE(core::in_force_until(f, at("2026-12-20T16:59:59Z")));
  EXPECT_EQ(core::in_force_until(f, at("2026-12-20T17:00:00Z")), at("2026-12-20T19:00:00Z"));
}

TEST(Freezes, of_the_calendar_go_by_the_clocks_of_their_zone) {
  const auto f = freeze_of(
      "{name: weekend, from: {day_of_week: fri, hour: 16}, until: {day_of_week: mon, hour: 8}, "
      "zone: Europe/Berlin}");
  EXPECT_EQ(core::in_force_until(f, at("2026-11-21T12:00:00Z")), at("2026-11-23T07:00:00Z"));
  EXPECT_EQ(core::in_force_until(f, at("2026-07-18T12:00:00Z")), at("2026-07-20T06:00:00Z"));
  EXPECT_FALSE(core::in_force_until(f, at("2026-11-20T14:59:59Z")));
}

TEST(Freezes, say_what_is_wrong_and_where) {
  const std::pair<const char*, Texts> cases[] = {
      {"{from: 2026-12-20, until: 2026-12-21}", {"c.yaml:3: freezes[0].name: is required"}},
      {"{name: a}",
       {"c.yaml:3: freezes[0].from: is required", "c.yaml:3: freezes[0].until: is required"}},
      {"{name: a, from: '2026-12-20T10:00:00Z', until: '2026-12-20T10:00:00Z'}",
       {"c.yaml:3: freezes[0].until: must come after from"}},
      {"{name: a, from: 2026-12-20, until: {hour: 8}}",
       {"c.yaml:3: freezes[0].until: is a date where from is a calendar, or the other way round"}},
      {"{name: a, from: {hour: 8}, until: {hour: 8}}",
       {"c.yaml:3: freezes[0].until: is the same as from"}},
      {"{name: a, from: 2026-12-20, until: 2026-12-21, for: {tiers: read_only}}",
       {"c.yaml:3: freezes[0].for.tiers: what is read_only is never frozen"}},
      {"{name: a, from: 2026-12-20, until: 2026-12-21, zone: UTC}",
       {"warning: c.yaml:3: freezes[0].zone: has no effect: it is for calendars, dates bring their "
        "offset"}},
      {"{name: a, from: {hour: 8}, until: {hour: 9, timezone: UTC}}",
       {"c.yaml:3: freezes[0].until.timezone: stands beside from and until, as zone"}},
  };
  for (const auto& [freeze, problems] : cases) EXPECT_EQ(problems_of(freeze), problems) << freeze;
  EXPECT_EQ(problems_of("{name: a, from: {hour: 25}, until: {hour: 9}}").size(), 1u);
  EXPECT_EQ(problems_of("{name: a, from: {hour: 8}, until: {hour: 9}, zone: Berlin}").size(), 1u);
}

TEST(Freezes, that_are_over_are_told) {
  const auto loaded = load("{name: old, from: 2026-01-01, until: 2026-01-02}");
  EXPECT_EQ(texts(over_by(loaded.settings, at("2026-01-02T12:00:00Z"))), Texts{});
  EXPECT_EQ(texts(over_by(loaded.settings, at("2026-01-03T00:00:00Z"))),
            Texts{"warning: c.yaml:3: freezes[0].until: is over: old has no effect any more"});
}

class FreezesOfPacks : public testing::Test {
 protected:
  FreezesOfPacks() {
    folder_.write("p/pack.yaml", "name: p\nversion: 1.0.0\n");
    folder_.write("p/actions/look.yaml", "name: look\nrunner_type: noop\ntier: read_only\n");
    folder_.write("p/actions/move.yaml",
                  "name: move\nrunner_type: noop\nrate_limit: {limit: 1, per: 1m}\n");
  }
  Texts problems_of(const std::string& scope) {
    auto settings =
        load("{name: a, from: 2026-12-20, until: 2026-12-21, for: " + scope + "}").settings;
    settings.packs = {folder_.path()};
    return texts(load_catalog(settings).problems);
  }
  Folder folder_;
};

TEST_F(FreezesOfPacks, that_fit_nothing_that_changes_something_are_told) {
  const Texts idle{
      "warning: c.yaml:3: freezes[0].for: fits nothing that changes something, of all that is "
      "loaded (a has no effect)"};
  EXPECT_EQ(problems_of("{actions: p.move}"), Texts{});
  EXPECT_EQ(problems_of("{environments: production}"), Texts{});
  EXPECT_EQ(problems_of("{actions: p.look}"), idle);
  EXPECT_EQ(problems_of("{rules: p.gone}"), idle);
}

}  // namespace
}  // namespace countersign::config
