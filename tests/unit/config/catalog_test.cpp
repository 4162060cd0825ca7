#include <gtest/gtest.h>

#include "bot/core/match.h"
#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

const std::string kRoot = TEST_SOURCE_DIR;
const core::Instant kToday = *core::parse_instant("2026-06-01T00:00:00Z");

Settings settings_for(const std::string& packs) {
  Settings settings;
  settings.file = "c.yaml";
  settings.packs = {packs};
  settings.roles = {{"sre", {"sre", {"mm:alice", "mm:bob"}, {}}},
                    {"managers", {"managers", {"mm:carol"}, {}}}};
  settings.sources = {{.name = "alerts", .kind = "alertmanager", .trigger = "prometheus.alert"},
                      {.name = "sensu", .kind = "generic", .trigger = "sensu.event_handler"}};
  settings.promotion_required = false;
  return settings;
}

class CatalogTest : public testing::Test {
 protected:
  CatalogTest() {
    folder_.write("p/pack.yaml", "name: p\nversion: 1.0.0\n");
    folder_.write("p/actions/a.yaml",
                  "name: a\nrunner_type: noop\nparameters: {host: {type: string, required: true}, "
                  "fixed: {immutable: true, default: 1}}\n");
  }

  std::string rule(const std::string& more, const std::string& parameters = "{host: x}") const {
    return "name: r\ntrigger: {type: prometheus.alert}\naction:\n  ref: p.a\n  parameters: " +
           parameters + "\n" + more;
  }
  // The problems, with the folder's name cut away.
  Texts problems() const {
    Texts out = texts(load_catalog(settings_for(folder_.path())).problems);
    for (std::string& text : out) {
      for (auto at = text.find(folder_.path() + "/"); at != std::string::npos;
           at = text.find(folder_.path() + "/")) {
        text.erase(at, folder_.path().size() + 1);
      }
    }
    return out;
  }
  Texts problems_with_rule(const std::string& yaml) const {
    folder_.write("p/rules/r.yaml", yaml);
    return problems();
  }

  const Folder folder_;
  const std::string limit_ = "rate_limit: {limit: 1, per: 1m}\n";
};

TEST_F(CatalogTest, the_packs_that_ship_load_without_a_word) {
  const LoadedCatalog loaded = load_catalog(settings_for(kRoot + "/packs"), {true, kToday});
  EXPECT_EQ(texts(loaded.problems), Texts{});
  std::vector<std::string> actions;
  for (const auto& [ref, action] : loaded.catalog->actions) actions.push_back(ref);
  EXPECT_EQ(actions, (Texts{"ops.disk_usage", "ops.failover_database", "ops.rotate_logs",
                            "remediation.evacuate_and_notify"}));
  ASSERT_NE(loaded.catalog->rule("ops.restart_on_disk_full"), nullptr);
  EXPECT_EQ(loaded.catalog->rule("ops.restart_on_disk_full")->mode, core::RuleMode::live);
  ASSERT_NE(loaded.catalog->rule("remediation.auto_remediate_host_failure"), nullptr);
  EXPECT_EQ(loaded.catalog->rule("remediation.auto_remediate_host_failure")->mode,
            core::RuleMode::dry_run);
  EXPECT_EQ(loaded.catalog->rule("ops.nothing"), nullptr);
  EXPECT_EQ(loaded.catalog->action("ops.nothing"), nullptr);
}

TEST_F(CatalogTest, the_examples_written_in_the_rules_hold) {
  const Settings settings = settings_for(kRoot + "/packs");
  const LoadedCatalog loaded = load_catalog(settings);
  for (const core::Rule& rule : loaded.catalog->rules) {
    for (const core::RuleTest& test : rule.tests) {
      core::Event event;
      event.trigger = rule.trigger;
      event.body = test.event;
      EXPECT_EQ(core::match(rule, event, settings.environments, {}).matched(), test.match)
          << test.name;
      if (!test.parameters) continue;
      const auto parameters = core::rule_parameters(rule, event);
      ASSERT_TRUE(parameters.ok());
      for (const auto& [name, value] : test.parameters->items())
        EXPECT_EQ(parameters->at(name), value);
    }
  }
}

TEST_F(CatalogTest, the_calls_of_the_packs_that_ship_are_argument_vectors) {
  const LoadedCatalog loaded = load_catalog(settings_for(kRoot + "/packs"));
  const core::Action& action = *loaded.catalog->action("ops.rotate_logs");
  const auto parameters = core::bind_parameters(action, {{"host", "web-3"}});
  ASSERT_TRUE(parameters.ok()) << parameters.error().message;
  const auto call = core::render_call(action, *parameters, true);
  ASSERT_TRUE(call.ok()) << call.error().message;
  EXPECT_EQ(call->at("argv"), (Json{kRoot + "/packs/ops/actions/rotate_logs.sh", "--dry-run",
                                    "--host=web-3", "--keep=3"}));
  EXPECT_EQ(*core::render_targets(action, *parameters), Texts{"web-3"});
  EXPECT_FALSE(core::bind_parameters(action, {{"host", "../etc"}}).ok());
}

TEST_F(CatalogTest, the_first_rule_of_a_newcomer_loads_as_a_dry_run) {
  const Folder packs;
  std::filesystem::copy(kRoot + "/packs/ops", packs.path("ops"),
                        std::filesystem::copy_options::recursive);
  packs.write("ops/rules/rotate_logs_on_disk_full.yaml", R"(name: restart_on_disk_full
pack: ops
trigger:
  type: prometheus.alert
criteria:
  trigger.labels.alertname:
    type: equals
    pattern: DiskAlmostFull
  trigger.labels.severity:
    type: equals
    pattern: warning
action:
  ref: ops.rotate_logs
  parameters:
    host: "{{ trigger.labels.instance }}"
    dry_run: true
)");
  const LoadedCatalog loaded = load_catalog(settings_for(packs.path()));
  EXPECT_EQ(texts(loaded.problems), Texts{});
  const core::Rule* rule = loaded.catalog->rule("ops.restart_on_disk_full");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->mode, core::RuleMode::dry_run);
  EXPECT_FALSE(rule->parameters.contains("dry_run"));
}

TEST_F(CatalogTest, dry_run_stays_a_parameter_of_an_action_that_has_one) {
  folder_.write("p/actions/a.yaml",
                "name: a\nrunner_type: noop\nparameters: {dry_run: {type: boolean}}\n");
  folder_.write("p/rules/r.yaml", rule(limit_, "{dry_run: true}"));
  const LoadedCatalog loaded = load_catalog(settings_for(folder_.path()));
  EXPECT_EQ(texts(loaded.problems), Texts{});
  EXPECT_EQ(loaded.catalog->rules.at(0).parameters, Json::parse(R"({"dry_run": true})"));
  EXPECT_EQ(loaded.catalog->rules.at(0).mode, core::RuleMode::dry_run);
}

TEST_F(CatalogTest, a_mutating_action_needs_a_rate_limit_somewhere) {
  EXPECT_EQ(
      problems_with_rule(rule("")),
      Texts{"p/rules/r.yaml:1: rate_limit: p.a is mutating and has no rate limit, here or in "
            "p/actions/a.yaml; write rate_limit: {limit: N, per: 10m} into the rule or the action "
            "[no-rate-limit]"});
  EXPECT_EQ(problems_with_rule(rule(limit_)), Texts{});
  folder_.write("p/actions/a.yaml", "name: a\nrunner_type: noop\n" + limit_);
  EXPECT_EQ(problems_with_rule(rule("", "{}")), Texts{});
  folder_.write("p/actions/a.yaml", "name: a\nrunner_type: noop\ntier: read_only\n");
  EXPECT_EQ(problems_with_rule(rule("", "{}")), Texts{});
}

TEST_F(CatalogTest, checks_what_a_rule_refers_to) {
  const std::string head = "name: r\ntrigger: {type: prometheus.alert}\n";
  EXPECT_EQ(problems_with_rule(head + "action: {ref: p.aa}\n"),
            Texts{"p/rules/r.yaml:3: action.ref: unknown action 'p.aa'; did you mean 'p.a'?"});
  EXPECT_EQ(problems_with_rule(rule(limit_, "{hots: x, fixed: 2}")),
            (Texts{"p/rules/r.yaml:5: action.parameters.hots: unknown parameter 'hots'; did you "
                   "mean 'host'?",
                   "p/rules/r.yaml:5: action.parameters.fixed: is immutable in p.a",
                   "p/rules/r.yaml:5: action.parameters: p.a requires the parameter 'host'"}));
  EXPECT_EQ(problems_with_rule(rule(limit_ + "approval: {roles: [sree]}\n")),
            Texts{"p/rules/r.yaml:7: approval.roles[0]: unknown role 'sree'; did you mean 'sre'?"});
  EXPECT_EQ(problems_with_rule(rule(limit_ + "pack: q\n")),
            Texts{"p/rules/r.yaml:7: pack: the file lies in the pack 'p'"});
}

TEST_F(CatalogTest, says_when_an_approval_cannot_be_what_was_meant) {
  EXPECT_EQ(problems_with_rule(rule(limit_ + "approval: {roles: [managers], count: 2}\n")),
            Texts{"warning: p/rules/r.yaml:7: approval: needs 2 approvals, but only 1 people hold "
                  "its roles (managers)"});
  folder_.write("p/actions/a.yaml", "name: a\nrunner_type: noop\ntier: high_impact\n");
  EXPECT_EQ(problems_with_rule(rule(limit_ + "approval: {count: 1}\n", "{}")),
            Texts{"warning: p/rules/r.yaml:7: approval.count: has no effect: high_impact demands 2 "
                  "approvals anyway"});
}

TEST_F(CatalogTest, a_broken_action_is_reported_once) {
  folder_.write("p/actions/a.yaml", "name: a\nrunner_type: nop\napproval: {roles: [x]}\n");
  EXPECT_EQ(
      problems_with_rule(rule("", "{q: 1}")),
      (Texts{"p/actions/a.yaml:2: runner_type: unknown runner 'nop'; did you mean 'noop'?",
             "p/actions/a.yaml:3: approval.roles[0]: unknown role 'x'; known: managers, sre"}));
}

TEST_F(CatalogTest, names_are_given_once) {
  folder_.write("p/actions/b.yaml", "name: a\nrunner_type: noop\n");
  folder_.write("p/rules/s.yaml", rule(limit_));
  folder_.write("q/pack.yaml", "name: p\nversion: 1.0.0\n");
  EXPECT_EQ(problems_with_rule(rule(limit_)),
            (Texts{"p/actions/b.yaml:1: name: the action p.a is in p/actions/a.yaml too",
                   "p/rules/s.yaml:1: name: the rule p.r is in p/rules/r.yaml too",
                   "q/pack.yaml:1: name: the pack 'p' is in p too"}));
}

TEST_F(CatalogTest, checks_pack_files) {
  folder_.write("no/rules/r.yaml", "");
  folder_.write("odd/pack.yaml", "name: Odd Name\nversion: 1.0.0\n");
  folder_.write("named/pack.yaml", "name: Any Name\nref: named\nversion: '1'\nanything: else\n");
  folder_.write("README.md", "files beside packs are nobody's business");
  EXPECT_EQ(problems(),
            (Texts{"named/pack.yaml:3: version: expected a version such as 1.0.0, found '1'",
                   "no: there is no pack.yaml",
                   "odd/pack.yaml:1: name: 'Odd Name' may only hold a-z, 0-9 and _ (a pack may "
                   "have another ref:)"}));
}

TEST_F(CatalogTest, a_pack_can_be_named_itself) {
  EXPECT_EQ(load_catalog(settings_for(folder_.path("p"))).catalog->actions.count("p.a"), 1U);
}

TEST_F(CatalogTest, parts_that_have_no_effect_yet_are_named_once) {
  folder_.write("p/aliases/a.yaml", "x");
  folder_.write("p/aliases/b.yaml", "x");
  folder_.write("p/sensors/a.yaml", "x");
  folder_.write("p/actions/workflows/w.yaml", "x");
  std::filesystem::create_directories(folder_.path("p/policies"));
  EXPECT_EQ(problems(), (Texts{"warning: p/aliases: aliases are not supported yet, ignored",
                               "warning: p/sensors: sensors are not supported yet, ignored"}));
}

// T26, T58: rules come from the configured folders only.
TEST_F(CatalogTest, T26_links_do_not_lead_out_of_a_pack) {
  const Folder elsewhere;
  elsewhere.write("r.yaml", rule(limit_));
  elsewhere.write("pack.yaml", "name: z\nversion: 1.0.0\n");
  std::filesystem::create_directories(folder_.path("p/rules"));
  std::filesystem::create_symlink(elsewhere.path("r.yaml"), folder_.path("p/rules/r.yaml"));
  std::filesystem::create_symlink(elsewhere.path(), folder_.path("z"));
  EXPECT_EQ(problems(), (Texts{"p/rules/r.yaml: a link that leads nowhere or out of the pack",
                               "z: a link that leads out of " + folder_.path()}));
}

TEST_F(CatalogTest, reports_the_problems_of_all_files_at_once) {
  folder_.write("p/actions/b.yaml", "name: b\n");
  folder_.write("p/rules/a.yaml", "name: [\n");
  folder_.write("p/rules/b.yaml",
                "name: b\ntrigger: {type: prometheus.alert}\naction: {ref: p.c}\n");
  EXPECT_EQ(problems(),
            (Texts{"p/actions/b.yaml:1: runner_type: is required",
                   "p/rules/a.yaml:2: not valid YAML: end of sequence flow not found",
                   "p/rules/b.yaml:3: action.ref: unknown action 'p.c'; did you mean 'p.a'?"}));
}

TEST_F(CatalogTest, a_live_rule_is_loaded_as_one_and_the_record_says_whether_it_is_promoted) {
  folder_.write("p/rules/r.yaml", rule(limit_ + "mode: live\n"));
  Settings settings = settings_for(folder_.path());
  settings.promotion_required = true;
  const auto loaded = load_catalog(settings);
  EXPECT_TRUE(loaded.problems.empty());
  EXPECT_EQ(loaded.catalog->rules.front().mode, core::RuleMode::live);
}

TEST_F(CatalogTest, the_shipped_host_failure_rule_matches_its_sensu_event) {
  Settings settings = settings_for(folder_.path());
  settings.packs = {TEST_SOURCE_DIR "/packs"};
  const auto loaded = load_catalog(settings);
  const auto* rule = loaded.catalog->rule("remediation.auto_remediate_host_failure");
  ASSERT_NE(rule, nullptr);
  core::Event event;
  event.trigger = "sensu.event_handler";
  event.body = {{"check", {{"status", 2}, {"name", "host_alive"}}}, {"client", {{"name", "db-7"}}}};
  EXPECT_TRUE(core::match(*rule, event, {}, {}).matched());
  EXPECT_EQ(*core::rule_parameters(*rule, event),
            (Json{{"hostname", "db-7"}, {"alert_channel", "#ops-alerts"}}));
  event.body["check"]["status"] = "2";
  EXPECT_FALSE(core::match(*rule, event, {}, {}).matched());
}

TEST_F(CatalogTest, the_example_configuration_is_complete) {
  std::vector<std::unique_ptr<Variable>> variables;
  for (const char* name : {"MM_TOKEN", "AM_TOKEN", "GH_SECRET", "ACME_SECRET", "SENSU_TOKEN"}) {
    variables.push_back(std::make_unique<Variable>(name, "x"));
  }
  variables.push_back(std::make_unique<Variable>("SL_APP_TOKEN", "xapp-1"));
  variables.push_back(std::make_unique<Variable>("SL_BOT_TOKEN", "xoxb-1"));
  variables.push_back(
      std::make_unique<Variable>("STEP_UP_KEY", "0123456789abcdef0123456789abcdef"));
  variables.push_back(
      std::make_unique<Variable>("COUNTERSIGN_DATABASE_URL", "postgresql:///countersign"));
  const Loaded loaded = load_settings(kRoot + "/config/examples/production.yaml");
  EXPECT_EQ(texts(loaded.problems), Texts{});
  EXPECT_EQ(texts(load_catalog(loaded.settings, {true, kToday}).problems), Texts{});
}

}  // namespace
}  // namespace countersign::config
