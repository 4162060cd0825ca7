// `policies`, `teams`, `stand_ins`, `break_glass` and codes for tiers: what they say, and what is
// wrong with them.
#include <gtest/gtest.h>

#include "config/packs.h"
#include "config/settings.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;

// Eight lines; what a test adds begins in line 9.
constexpr char kHouse[] =
    "chats: [{name: mm, kind: mattermost, url: http://mm, token: t, team: ops}]\n"
    "notify: {chat: mm, channel: '#ops'}\n"
    "allow_literal_secrets: true\n"
    "roles:\n"
    "  sre: {members: ['mm:alice', 'mm:bob']}\n"
    "  managers: {members: ['mm:carol', 'mm:carol2']}\n"
    "  wide: {groups: ['mm:#leads']}\n"
    "people: {carol: ['mm:carol', 'mm:carol2']}\n";

Loaded load(const std::string& more) { return parse_settings(kHouse + more, "c.yaml"); }
Texts problems_of(const std::string& more) { return texts(load(more).problems); }
std::string policy(const std::string& more) { return "policies:\n- {name: p, " + more + "}\n"; }

core::Instant at(const char* text) { return *core::parse_instant(text); }

TEST(PolicySettings, read_every_key) {
  const Variable key("CS_TEST_KEY", "a key that has thirty-two letters");
  const Loaded loaded = load(R"(
step_up: {key: {env: CS_TEST_KEY}}
environments: {production: [prod, live]}
teams: {web: ["mm:alice"], db: ["mm:carol"]}
policies:
  - name: production-database
    for: {tiers: [high_impact], actions: ["ops.failover_*"], rules: ops.x, environments: production, targets: "db-*"}
    approve: [{roles: [sre], count: 2}, {roles: managers}]
    four_eyes: true
    separate_teams: true
    step_up: true
    expires: 10m
    use_within: 9m
    cooldown: 2m
    remind: 5m
    escalate: {after: 8m, roles: [managers], notify: {chat: mm, channel: "#managers"}}
    quiet_hours: {from: 22:00, until: "07:30", zone: Europe/Berlin}
)");
  ASSERT_EQ(texts(loaded.problems), Texts{});
  const core::Policy& p = loaded.settings.policies.at(0);
  EXPECT_EQ(p.name, "production-database");
  EXPECT_EQ(p.line, 14);
  EXPECT_EQ(p.scope.tiers, std::vector{core::Tier::high_impact});
  EXPECT_EQ(p.scope.actions, Texts{"ops.failover_*"});
  EXPECT_EQ(p.scope.rules, Texts{"ops.x"});
  EXPECT_EQ(p.scope.environments, (Texts{"production", "prod", "live"}));
  EXPECT_EQ(p.scope.targets, Texts{"db-*"});
  EXPECT_EQ(p.groups, (std::vector<core::Group>{{{"sre"}, 2}, {{"managers"}, 1}}));
  EXPECT_TRUE(p.four_eyes && p.separate_teams && p.step_up);
  EXPECT_EQ(p.expires_in, 10min);
  EXPECT_EQ(p.use_within, 9min);
  EXPECT_EQ(p.cooldown, 2min);
  EXPECT_EQ(p.remind_after, 5min);
  EXPECT_EQ(p.escalation, (core::Escalation{8min, {"managers"}, {{"mm", "#managers"}}}));
  EXPECT_EQ(p.quiet, (core::QuietHours{22 * 60, 7 * 60 + 30, "Europe/Berlin"}));
  EXPECT_EQ(loaded.settings.teams.at("db"), Texts{"mm:carol"});
}

TEST(PolicySettings, production_means_every_name_of_it_however_it_is_written) {
  for (const char* word : {"production", "Production", "PRODUCTION"}) {
    const Loaded loaded =
        load("environments: {production: [prod, Production]}\n" +
             policy(std::string("four_eyes: true, for: {environments: ") + word + "}"));
    ASSERT_EQ(texts(loaded.problems), Texts{}) << word;
    EXPECT_EQ(loaded.settings.policies.at(0).scope.environments, (Texts{word, "prod"}));
  }
}

TEST(PolicySettings, codes_of_a_tier_that_asks_nobody_are_a_warning) {
  const Variable key("CS_TEST_KEY", "a key that has thirty-two letters");
  const std::string head = "step_up: {key: {env: CS_TEST_KEY}}\n";
  EXPECT_EQ(problems_of(head + "tiers: {read_only: {step_up: true}}\n"),
            Texts{"warning: c.yaml:10: tiers.read_only.step_up: counts only where a rule or a "
                  "policy asks somebody: read_only by itself asks nobody"});
  EXPECT_EQ(problems_of(head + "tiers: {read_only: {step_up: true, approvals: 1}}\n"), Texts{});
}

TEST(PolicySettings, days_of_a_stand_in_are_whole_and_moments_are_exact) {
  const Loaded loaded = load(
      "stand_ins:\n"
      "- {for: 'mm:alice', by: 'mm:dave', from: 2026-12-01, until: 2026-12-14}\n"
      "- {for: 'mm:alice', by: 'mm:bob', from: '2026-12-15T01:00:00+01:00', until: "
      "2026-12-15T08:00:00Z}\n");
  ASSERT_EQ(texts(loaded.problems), Texts{});
  const auto& [first, second] =
      std::tie(loaded.settings.stand_ins.at(0), loaded.settings.stand_ins.at(1));
  EXPECT_EQ(first.holder, "mm:alice");
  EXPECT_EQ(first.deputy, "mm:dave");
  EXPECT_EQ(first.from, at("2026-12-01T00:00:00Z"));
  EXPECT_EQ(first.until, at("2026-12-15T00:00:00Z"));
  EXPECT_EQ(second.from, at("2026-12-15T00:00:00Z"));
  EXPECT_EQ(second.until, at("2026-12-15T08:00:00Z"));
}

TEST(PolicySettings, an_emergency_names_who_may_and_who_is_told) {
  const Loaded loaded = load("break_glass: {roles: sre, notify: {chat: mm, channel: '#m'}}\n");
  ASSERT_EQ(texts(loaded.problems), Texts{});
  EXPECT_EQ(loaded.settings.break_glass.roles, Texts{"sre"});
  EXPECT_EQ(loaded.settings.break_glass.notify, (std::vector<core::NotifyTarget>{{"mm", "#m"}}));
  EXPECT_TRUE(load("").settings.break_glass.roles.empty());
}

TEST(PolicySettings, a_tier_may_ask_for_codes) {
  const Variable key("CS_TEST_KEY", "a key that has thirty-two letters");
  const std::string tiers = "tiers: {high_impact: {step_up: true}}\n";
  const Loaded loaded = load("step_up: {key: {env: CS_TEST_KEY}}\n" + tiers);
  ASSERT_EQ(texts(loaded.problems), Texts{});
  EXPECT_TRUE(loaded.settings.tiers.at(core::Tier::high_impact).step_up);
  EXPECT_FALSE(loaded.settings.tiers.at(core::Tier::mutating).step_up);
  EXPECT_EQ(problems_of(tiers), Texts{"c.yaml:9: tiers.high_impact.step_up: needs the section "
                                      "step_up with its key"});
}

struct Wrong {
  std::string yaml;
  Texts problems;
};

void expect_all(const std::vector<Wrong>& cases) {
  for (const Wrong& one : cases) EXPECT_EQ(problems_of(one.yaml), one.problems) << one.yaml;
}

const std::string kAt = "c.yaml:10: policies[0]";
const std::string kWarnAt = "warning: " + kAt;

TEST(PolicySettings, say_what_a_policy_asks_of_whom) {
  expect_all({
      {policy("approve: [{role: sre}]"),
       {kAt + ".approve[0].role: unknown key 'role'; did you mean 'roles'?",
        kAt + ".approve[0].roles: is required"}},
      {policy("approve: {roles: [sree]}"),
       {kAt + ".approve.roles[0]: unknown role 'sree'; did you mean 'sre'?"}},
      {policy("approve: []"),
       {kAt + ".approve: is empty: name something, or leave it out",
        kWarnAt + ": asks for nothing"}},
      {policy("approve: {roles: sre, count: 0}"),
       {kAt + ".approve.count: must be from 1 to 20, is 0"}},
      {policy("approve: {roles: managers, count: 2}"),
       {kWarnAt + ".approve: asks for 2 of managers, who number only 1"}},
      {policy("approve: [{roles: sre, count: 2}, {roles: sre}]"),
       {kWarnAt + ".approve: asks for 3 of sre, who number only 2"}},
      {policy("approve: {roles: [managers, wide], count: 9}"), {}},
      {policy("approve: {roles: managers, count: 2}, escalate: {after: 5m, roles: sre}"), {}},
      {policy("for: {tiers: mutating}"), {kWarnAt + ": asks for nothing"}},
      {policy("separate_teams: true"),
       {kAt + ".separate_teams: needs the section teams: nobody is of any"}},
      {policy("step_up: true"), {kAt + ".step_up: needs the section step_up with its key"}},
      {policy("four_eyes: true, approv: {}"),
       {kAt + ".approv: unknown key 'approv'; did you mean 'approve'?"}},
      {"policies:\n- {four_eyes: true}\n", {kAt + ".name: is required"}},
      {"policies:\n- {name: p, four_eyes: true}\n- {name: p, four_eyes: true}\n",
       {"c.yaml:11: policies[1].name: 'p' is taken by another entry"}},
  });
}

TEST(PolicySettings, say_what_a_policy_is_about) {
  expect_all({
      {policy("four_eyes: true, for: {tiers: [mutatin]}"),
       {kAt + ".for.tiers[0]: unknown value 'mutatin'; did you mean 'mutating'?"}},
      {policy("four_eyes: true, for: {targets: []}"),
       {kAt + ".for.targets: is empty: name something, or leave it out"}},
      {policy("four_eyes: true, for: {action: x}"),
       {kAt + ".for.action: unknown key 'action'; did you mean 'actions'?"}},
      {policy("four_eyes: true, for: {rules: {a: b}}"),
       {kAt + ".for.rules: expected text, found a map"}},
  });
}

TEST(PolicySettings, say_when_a_time_makes_no_sense) {
  const std::string asked = "approve: {roles: sre}, ";
  expect_all({
      {policy("expires: 2h"), {kWarnAt + ".expires: has no effect: the tier demands 1h anyway"}},
      {policy("for: {tiers: high_impact}, use_within: 16m"),
       {kWarnAt + ".use_within: has no effect: the tier demands 15m anyway"}},
      {policy("expires: 10m, remind: 10m"),
       {kAt + ".remind: comes too late: the question expires after 10m"}},
      {policy("remind: 20m"),
       {kWarnAt + ".remind: may come too late: a tier's questions expire after 15m"}},
      {policy("for: {tiers: mutating}, remind: 20m"), {}},
      {policy(asked + "expires: 5m, escalate: {after: 6m, roles: wide}"),
       {kAt + ".escalate.after: comes too late: the question expires after 5m"}},
      {policy(asked + "escalate: {after: 6m}"),
       {kAt + ".escalate: reaches nobody: give roles, notify or both"}},
      {policy(asked + "escalate: {roles: sree}"),
       {kAt + ".escalate.after: is required",
        kAt + ".escalate.roles: unknown role 'sree'; did you mean 'sre'?"}},
      {policy("four_eyes: true, escalate: {after: 6m, roles: sre}"),
       {kAt + ".escalate: is for the groups of approve, and there are none"}},
      {policy(asked + "escalate: {after: 6m, notify: {chat: mn, channel: '#x'}}"),
       {kAt + ".escalate.notify.chat: unknown chat 'mn'; known: mm"}},
      {policy("quiet_hours: {from: 22:00, until: 25:00, zone: Europe/Berlinn}"),
       {kAt + ".quiet_hours.until: expected a time of the day such as 22:00, found '25:00'",
        kAt + ".quiet_hours.zone: there is no time zone 'Europe/Berlinn' below "
              "/usr/share/zoneinfo; did you mean 'Europe/Berlin'?"}},
      {policy("quiet_hours: {from: 1:00, until: 1:00}"),
       {kAt + ".quiet_hours: begin and end at the same time"}},
      {policy("quiet_hours: {from: 1:00, until: 2:00, zone: ../../etc/passwd}"),
       {kAt + ".quiet_hours.zone: there is no time zone '../../etc/passwd' below "
              "/usr/share/zoneinfo"}},
  });
}

TEST(PolicySettings, say_what_is_wrong_with_teams_stand_ins_and_emergencies) {
  const std::string ins = "stand_ins:\n- {for: 'mm:alice', by: 'mm:dave', ";
  const std::string in = "c.yaml:10: stand_ins[0]";
  expect_all({
      {"teams: {web: ['mm:carol'], db: ['mm:carol2']}\n",
       {"c.yaml:9: teams.db: 'mm:carol2' is of the team web already"}},
      {"teams: {web: []}\n", {"warning: c.yaml:9: teams.web: nobody is of this team"}},
      {ins + "from: 2026-12-14, until: 2026-12-13}\n", {in + ".until: must come after from"}},
      {ins + "from: 2026-12-14, until: 2026-12-14}\n", {}},
      {ins + "from: 2026-13-01, until: soon}\n",
       {in + ".from: expected a day such as 2026-12-24 or a moment such as "
             "2026-12-24T08:00:00+01:00, found '2026-13-01'",
        in + ".until: expected a day such as 2026-12-24 or a moment such as "
             "2026-12-24T08:00:00+01:00, found 'soon'"}},
      {"stand_ins:\n- {for: 'mm:carol', by: 'mm:carol2', from: 2026-01-01, until: 2026-01-02}\n",
       {in + ".by: nobody stands in for themselves"}},
      {ins + "from: 2026-12-01, until: 2026-12-14}\n"
             "- {for: 'mm:alice', by: 'mm:bob', from: 2026-12-14, until: 2026-12-20}\n",
       {"c.yaml:11: stand_ins[1]: mm:dave stands in for mm:alice at that time already"}},
      {"break_glass: {}\n",
       {"c.yaml:9: break_glass.roles: is required", "c.yaml:9: break_glass.notify: is required"}},
      {"break_glass: {roles: [x], notify: {chat: mm}}\n",
       {"c.yaml:9: break_glass.roles[0]: unknown role 'x'; known: managers, sre, wide",
        "c.yaml:9: break_glass.notify.channel: is required"}},
  });
}

class PoliciesOfPacks : public testing::Test {
 protected:
  PoliciesOfPacks() {
    folder_.write("p/pack.yaml", "name: p\nversion: 1.0.0\n");
    folder_.write("p/actions/logs.yaml",
                  "name: logs\nrunner_type: noop\nrate_limit: {limit: 1, per: 1m}\n"
                  "parameters: {host: {type: string}}\ntargets: \"{{ host }}\"\n");
    folder_.write("p/actions/look.yaml", "name: look\nrunner_type: noop\ntier: read_only\n");
    folder_.write("p/rules/r.yaml",
                  "name: r\ntrigger: {type: prometheus.alert}\naction: {ref: p.logs}\n");
  }
  Texts problems(const std::string& scope) const {
    const Loaded loaded =
        load("packs: ['" + folder_.path() + "']\n" + policy("four_eyes: true, for: " + scope));
    EXPECT_EQ(texts(loaded.problems), Texts{});
    return texts(load_catalog(loaded.settings).problems);
  }

  const Folder folder_;
  const std::string at_ = "warning: c.yaml:11: policies[0].for: ";
};

TEST_F(PoliciesOfPacks, one_that_may_fit_something_is_fine) {
  for (const char* scope :
       {"{}", "{actions: 'p.*'}", "{rules: p.r, tiers: mutating}", "{targets: 'db-*'}",
        "{actions: p.logs, tiers: high_impact}", "{tiers: mutating, environments: nowhere}"})
    EXPECT_EQ(problems(scope), Texts{}) << scope;
}

TEST_F(PoliciesOfPacks, one_about_voters_where_nobody_votes_is_a_warning) {
  EXPECT_EQ(problems("{tiers: read_only}"),
            Texts{"warning: c.yaml:11: policies[0]: is about people who vote, but nobody is asked "
                  "before what it is for"});
  folder_.write("p/rules/s.yaml",
                "name: s\ntrigger: {type: prometheus.alert}\naction: {ref: p.look}\n"
                "approval: {count: 1}\n");
  EXPECT_EQ(problems("{tiers: read_only}"), Texts{}) << "a rule asks";
}

TEST_F(PoliciesOfPacks, a_name_that_is_unknown_beside_others_takes_nothing_from_them) {
  EXPECT_EQ(problems("{actions: [p.log, p.look, p.logs]}"),
            Texts{"warning: c.yaml:11: policies[0].for.actions: unknown action 'p.log'; did you "
                  "mean 'p.logs'?"});
}

TEST_F(PoliciesOfPacks, one_that_can_never_fit_anything_is_a_warning) {
  EXPECT_EQ(
      problems("{actions: p.log}"),
      Texts{"warning: c.yaml:11: policies[0].for.actions: unknown action 'p.log'; did you mean "
            "'p.logs'? (p has no effect)"});
  EXPECT_EQ(
      problems("{rules: 'q.*'}"),
      Texts{"warning: c.yaml:11: policies[0].for.rules: unknown rule 'q.*'; known: p.r (p has "
            "no effect)"});
  const Texts nothing{at_ + "fits no action and no rule that is loaded (p has no effect)"};
  EXPECT_EQ(problems("{actions: p.look, tiers: mutating}"), nothing);
  EXPECT_EQ(problems("{actions: p.look, rules: p.r}"), nothing);
  EXPECT_EQ(problems("{actions: p.look, targets: 'db-*'}"), nothing);
}

}  // namespace
}  // namespace countersign::config
