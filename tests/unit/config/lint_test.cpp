// Every lint: a rule that has the fault, and near misses that have not.
#include <gtest/gtest.h>

#include <set>

#include "tests/unit/config/linted.h"

namespace countersign::config {
namespace {

const std::string kAlert = "{type: prometheus.alert}";
const std::string kHost = "{ref: p.restart, parameters: {host: \"{{ trigger.labels.instance }}\"}}";
const std::string kSevere = "trigger.labels.severity: {type: equals, pattern: critical}";
const std::string kStaging = "environments: [staging]\n";

std::string is(const std::string& key, const std::string& value) {
  return key + ": {type: equals, pattern: " + value + "}";
}

TEST_F(LintTest, an_ordinary_rule_has_no_findings) {
  rule("r", kSevere, kStaging, kHost, kAlert);
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, no_environment_is_for_alerts_that_change_something) {
  rule("r", kSevere, "", kHost, kAlert);
  EXPECT_EQ(lints(), Texts{"r no-environment"});
  EXPECT_EQ(found().front().key, "environments");
}

TEST_F(LintTest, no_environment_is_content_with_a_criterion_a_lookup_and_other_triggers) {
  rule("criterion", kSevere + ", " + is("trigger.labels.env", "staging"), "", kHost, kAlert);
  rule("lookup", "", "", "{ref: p.look}", kAlert);
  rule("other", "", "");
  rule("asleep", "", "enabled: false\n", kHost, kAlert);
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, no_severity_is_for_alerts_that_change_something) {
  rule("r", is("trigger.labels.alertname", "Disk") + ", " + is("trigger.status", "firing"),
       kStaging, kHost, kAlert);
  EXPECT_EQ(lints(), Texts{"r no-severity"});
}

TEST_F(LintTest, no_severity_is_content_with_priorities_and_states) {
  rule("priority", is("trigger.labels.priority", "P1"), kStaging, kHost, kAlert);
  rule("status", is("trigger.check.status", "2"), kStaging, kHost, "{type: sensu.event}");
  settings_.sources.push_back({.name = "s", .kind = "sensu", .trigger = "sensu.event"});
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, contradiction_names_both_criteria_at_the_later_one) {
  rule("r", is("trigger.labels.severity", "critical") + ", " +
                is("\"trigger.labels.severity#2\"", "warning"));
  EXPECT_EQ(lints(), Texts{"r contradiction"});
  EXPECT_EQ(message(),
            "'trigger.labels.severity equals \"critical\"' and 'trigger.labels.severity#2 equals "
            "\"warning\"' never hold together");
  EXPECT_EQ(found().front().line, 3);
}

TEST_F(LintTest, contradiction_finds_one_that_never_holds) {
  rule("r", "trigger.n: {type: startswith, pattern: 5}");
  EXPECT_EQ(message(), "'trigger.n startswith 5' holds for no value");
}

TEST_F(LintTest, contradiction_is_silent_about_what_can_be) {
  rule("r", "trigger.n: {type: gt, pattern: 5}, \"trigger.n#2\": {type: lt, pattern: 9}");
  rule("s",
       "trigger.n: {type: equals, pattern: \"{{ trigger.m }}\"}, " + is("\"trigger.n#2\"", "x"));
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, wrong_environment_where_environments_excludes_the_criterion) {
  rule("r", is("trigger.labels.environment", "production"));
  rule("s", is("trigger.labels.env", "production"), "");
  EXPECT_EQ(lints(), (Texts{"r wrong-environment", "s wrong-environment"}));
  EXPECT_EQ(
      found()[0].message,
      "'trigger.labels.environment equals \"production\"', but environments has only staging");
  EXPECT_EQ(found()[1].message,
            "'trigger.labels.env equals \"production\"', but the rule is for what is not "
            "production, as it has no environments; only an event that says otherwise in "
            "labels.environment could match");
}

TEST_F(LintTest, wrong_environment_for_timers_and_commands_that_are_of_none) {
  rule("r", "", kStaging, "{ref: p.look}", "{type: core.st2.CronTimer, parameters: {hour: 2}}");
  rule("s", "", kStaging, "{ref: p.look}", "{type: chat.command}");
  EXPECT_EQ(lints(), (Texts{"r wrong-environment", "s wrong-environment"}));
}

TEST_F(LintTest, wrong_environment_is_silent_where_they_agree) {
  rule("r", is("trigger.labels.environment", "production"), "environments: [production]\n");
  rule("s", "trigger.labels.environment: {type: inside, pattern: [staging, production]}");
  rule("t", is("trigger.env", "test"), "", "{ref: p.look}");
  rule("u", "", "", "{ref: p.look}", "{type: core.st2.CronTimer, parameters: {hour: 2}}");
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, no_source_names_the_nearest_trigger) {
  rule("r", "", kStaging, "{ref: p.look}", "{type: prometeus.alert}");
  EXPECT_EQ(lints(), Texts{"r no-source"});
  EXPECT_EQ(message(), "no source sends 'prometeus.alert'; did you mean 'prometheus.alert'?");
}

TEST_F(LintTest, no_source_knows_sensors_timers_and_commands) {
  settings_.sensors.push_back({.name = "d", .kind = "exec", .trigger = "disk.full"});
  rule("r", "", kStaging, "{ref: p.look}", "{type: disk.full}");
  rule("s", "", "", "{ref: p.look}",
       "{type: core.st2.IntervalTimer, parameters: {unit: days, delta: 1}}");
  rule("t", "", "", "{ref: p.look}", "{type: chat.command}");
  EXPECT_EQ(lints(), Texts{});
  rule("u", "", kStaging, "{ref: p.look}", "{type: core.st2.webhook}");
  EXPECT_EQ(lints(), Texts{"u no-source"});
  settings_.sources.clear();
  settings_.sensors.clear();
  EXPECT_EQ(lints(), Texts{}) << "without sources nothing can be told";
}

TEST_F(LintTest, never_fires_is_a_timer_whose_moments_are_over) {
  const auto timer = [&](const std::string& name, const std::string& type) {
    rule(name, "", "", "{ref: p.look}", type);
  };
  timer("past", "{type: core.st2.DateTimer, parameters: {date: \"2026-05-31T12:00:00\"}}");
  timer("year", "{type: core.st2.CronTimer, parameters: {year: 2025, month: 1}}");
  timer("soon", "{type: core.st2.DateTimer, parameters: {date: \"2026-06-01T12:00:00\"}}");
  timer("cron", "{type: core.st2.CronTimer, parameters: {month: 2, day: 29}}");
  EXPECT_EQ(lints(), (Texts{"past never-fires", "year never-fires"}));
  now_ = {};
  EXPECT_EQ(lints(), Texts{}) << "nobody said what time it is";
}

TEST_F(LintTest, a_timer_of_the_31st_of_february_does_not_even_load) {
  rule("r", "", "", "{ref: p.look}", "{type: core.st2.CronTimer, parameters: {month: 2, day: 31}}");
  ASSERT_EQ(found().size(), 1u);
  EXPECT_EQ(found().front().severity, Problem::Severity::error);
}

TEST_F(LintTest, overlap_shows_an_event_that_starts_both) {
  rule("a", "trigger.labels.alertname: {type: startswith, pattern: Disk}");
  rule("b", is("trigger.labels.alertname", "DiskFull"), kStaging,
       "{ref: p.drain, parameters: {host: \"{{ trigger.host }}\"}}");
  EXPECT_EQ(lints(), Texts{"b overlap"});
  EXPECT_EQ(message(),
            "one event starts this and p.a (" + folder_.path("p/rules/a.yaml") +
                ") for the same target, for instance for "
                R"({"host":"host-1","labels":{"alertname":"DiskFull","environment":"staging"}})");
}

TEST_F(LintTest, overlap_is_silent_where_rules_exclude_each_other) {
  const std::string b = "{ref: p.drain, parameters: {host: \"{{ trigger.host }}\"}}";
  rule("a", is("trigger.a", "x"));
  rule("value", is("trigger.a", "y"), kStaging, b);
  rule("environment", is("trigger.a", "x"), "environments: [test]\n", b);
  rule("target", is("trigger.a", "x"), kStaging,
       "{ref: p.drain, parameters: {host: \"{{ trigger.client }}\"}}");
  rule("lookup", is("trigger.a", "x"), kStaging, "{ref: p.look}");
  rule("asleep", is("trigger.a", "x"), kStaging + "enabled: false\n", b);
  rule("trigger", is("trigger.a", "x"), kStaging, b, "{type: acme.other}");
  rule("unknown", "trigger.a: {type: equals, pattern: \"{{ trigger.b }}\"}", kStaging, b);
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, overlap_sees_ranges_lists_and_fixed_targets) {
  const std::string db = "{ref: p.drain, parameters: {host: db-1}}";
  rule("a", "trigger.used: {type: gt, pattern: 80}", kStaging, db);
  rule("b", "trigger.used: {type: gt, pattern: 90}", kStaging, db);
  rule("c", "trigger.used: {type: lt, pattern: 80}", kStaging, db);
  EXPECT_EQ(lints(), Texts{"b overlap"});
}

TEST_F(LintTest, overlap_of_rules_without_targets_is_the_same_call_twice) {
  action("sweep", "parameters: {what: {type: string}}\n");
  rule("a", "", "", "{ref: p.sweep, parameters: {what: tmp}}");
  rule("b", "", "", "{ref: p.sweep, parameters: {what: tmp}}");
  rule("c", "", "", "{ref: p.sweep, parameters: {what: cache}}");
  EXPECT_EQ(lints(), Texts{"b overlap"});
}

TEST_F(LintTest, overlap_in_production_needs_both_to_be_for_it) {
  rule("a", "", "environments: [production]\n");
  rule("b", "", "");
  EXPECT_EQ(lints(), Texts{});
  rule("b", "", "environments: [production, staging]\n");
  EXPECT_EQ(lints(), Texts{"b overlap"});
}

const std::string kPost =
    "runner_type: http-request\nparameters:\n  url: {type: string}\n  method: {type: string, "
    "default: POST}\n  body: {type: object}\n";

std::string post(const std::string& url, const std::string& body = "{}") {
  return "{ref: p.post, parameters: {url: \"" + url + "\", body: " + body + "}}";
}

TEST_F(LintTest, loop_is_a_rule_that_posts_to_its_own_source_T30) {
  action("post", kPost);
  rule("r", "", kStaging, post("https://bot.example.com/hooks/custom"));
  EXPECT_EQ(lints(), Texts{"r loop!"});
  EXPECT_EQ(message(), "the rule starts itself: its action posts to /hooks/custom");
}

TEST_F(LintTest, loop_is_refused_wherever_rules_are_loaded) {
  action("post", kPost);
  rule("r", "", kStaging, post("https://bot.example.com/hooks/custom"));
  EXPECT_TRUE(has_errors(load_catalog(settings_).problems));
}

TEST_F(LintTest, loop_goes_over_several_rules_and_is_told_once) {
  action("post", kPost);
  rule("a", "", kStaging, post("https://bot.example.com/hooks/other", "{k: 1}"));
  rule("b", is("trigger.k", "1"), kStaging,
       post("https://bot.example.com/api/v1/events", "{trigger: acme.thing, payload: {}}"),
       "{type: acme.other}");
  EXPECT_EQ(lints(), Texts{"a loop!"});
  EXPECT_EQ(message(), "the rules go round: p.a -> p.b -> p.a");
}

TEST_F(LintTest, loop_follows_what_is_passed_on) {
  action("post", kPost);
  rule("r", is("trigger.kind", "disk"), kStaging,
       post("https://bot.example.com/hooks/custom", "{kind: \"{{ trigger.kind }}\"}"));
  EXPECT_EQ(lints(), Texts{"r loop!"});
}

TEST_F(LintTest, loop_ends_where_a_criterion_refuses_what_is_sent) {
  action("post", kPost);
  rule("field", "trigger.from: {type: nequals, pattern: bot}", kStaging,
       post("https://bot.example.com/hooks/custom", "{from: bot}"));
  rule("absent", is("trigger.kind", "disk"), kStaging,
       post("https://bot.example.com/hooks/custom", "{other: 1}"));
  rule("elsewhere", "", kStaging, post("https://example.com/hooks/custom"));
  rule("hook", "", kStaging, post("https://bot.example.com/hooks/other"));
  rule("reads", "", kStaging,
       "{ref: p.get, parameters: {url: \"https://bot.example.com/hooks/custom\"}}");
  action("get", "runner_type: http-request\nparameters: {url: {type: string}}\n");
  settings_.sources.push_back({.name = "x", .kind = "generic", .trigger = "x.y"});
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, may_loop_where_what_is_sent_is_not_known) {
  action("post", kPost);
  rule("value", is("trigger.kind", "disk"), kStaging,
       post("https://bot.example.com/hooks/custom", "{kind: \"{{ trigger.next }}\"}"));
  EXPECT_EQ(lints(), Texts{"value may-loop"});
}

TEST_F(LintTest, may_loop_where_a_program_is_told_our_address) {
  folder_.write_program("p/actions/x.sh");
  action("run",
         "runner_type: command\nentry_point: x.sh\nargs: "
         "[\"--to=https://bot.example.com/hooks/custom\"]\n");
  rule("r", is("trigger.kind", "disk"), kStaging, "{ref: p.run}");
  EXPECT_EQ(lints(), Texts{"r may-loop"});
}

TEST_F(LintTest, may_loop_over_the_trigger_of_every_run) {
  const std::string every = "{type: core.st2.generic.actiontrigger}";
  rule("r", is("trigger.status", "failed"), "", "{ref: p.look}", every);
  rule("s", is("trigger.action_ref", "p.restart"), "", "{ref: p.look}", every);
  EXPECT_EQ(lints(), (Texts{"r no-source", "r may-loop", "s no-source"}));
}

TEST_F(LintTest, unbounded_regex) {
  const auto regex = [&](const std::string& name, const std::string& pattern) {
    rule(name, "trigger.a: {type: regex, pattern: '" + pattern + "'}", "", "{ref: p.look}");
  };
  regex("any", ".*");
  regex("leading", "^.*disk");
  regex("many", "^a{500}$");
  regex("nested", "^(a+)+$");
  rule("match", "trigger.a: {type: matchregex, pattern: '.*disk'}", "", "{ref: p.look}");
  EXPECT_EQ(lints(),
            (Texts{"any unbounded-regex", "leading unbounded-regex", "many unbounded-regex",
                   "match unbounded-regex", "nested unbounded-regex"}));
}

TEST_F(LintTest, unbounded_regex_leaves_ordinary_ones_alone) {
  for (const char* pattern :
       {"disk.*full", "^web-\\d+$", "^(\\d+\\.){3}", "^$", "a{3,20}", "[.*]"}) {
    rule("r", std::string("trigger.a: {type: regex, pattern: '") + pattern + "'}", "",
         "{ref: p.look}");
    EXPECT_EQ(lints(), Texts{}) << pattern;
  }
  rule("r", "trigger.a: {type: equals, pattern: '.*'}", "", "{ref: p.look}");
  EXPECT_EQ(lints(), Texts{});
}

class ShellLintTest : public LintTest {
 protected:
  // A rule whose action gives `parameter` to bash -c within `script`.
  Texts of_script(const std::string& script, const std::string& value = "{{ trigger.unit }}",
                  const std::string& parameter = "{type: string}") const {
    folder_.write_program("p/actions/bash");
    action("run", "runner_type: command\nentry_point: bash\nargs: [-c, '" + script +
                      "']\nparameters: {unit: " + parameter + "}\n");
    rule("r", "", kStaging, "{ref: p.run, parameters: {unit: \"" + value + "\"}}");
    return lints();
  }
  const Texts unquoted_ = {"r unquoted-shell!"};
};

TEST_F(ShellLintTest, a_value_of_the_event_in_a_script_is_an_error_T24) {
  EXPECT_EQ(of_script("systemctl restart {{ unit }}"), unquoted_);
  EXPECT_EQ(message(),
            "p.run gives it to a shell as '{{ unit }}' in 'systemctl restart {{ unit }}'");
  EXPECT_EQ(of_script("systemctl restart \"{{ unit }}\""), unquoted_)
      << "quotes alone are no quoting";
  EXPECT_EQ(of_script("{{ unit }}", "restart {{ trigger.unit }}"), unquoted_);
  EXPECT_EQ(
      of_script("x {{ unit }}", "{{ trigger.unit }}", "{type: string, pattern: \"^[a-z ;]+$\"}"),
      unquoted_);
  EXPECT_EQ(of_script("x {{ unit }}", "{{ trigger.unit }}", "{type: string, pattern: \"[a-z]+\"}"),
            unquoted_)
      << "a pattern that is found anywhere";
}

TEST_F(ShellLintTest, a_value_that_cannot_be_more_than_a_word_is_not) {
  EXPECT_EQ(of_script("systemctl restart {{ unit }}", "nginx"), Texts{}) << "the author's own";
  EXPECT_EQ(of_script("x {{ unit }}", "{{ trigger.unit }}", "{type: integer}"), Texts{});
  EXPECT_EQ(of_script("x {{ unit }}", "{{ trigger.unit }}", "{enum: [a, b]}"), Texts{});
  EXPECT_EQ(
      of_script("x {{ unit }}", "{{ trigger.unit }}", "{type: string, pattern: \"^[a-z-]+$\"}"),
      Texts{});
  EXPECT_EQ(of_script("x {{ unit | int }}"), Texts{});
}

TEST_F(ShellLintTest, an_argument_of_a_program_is_no_script) {
  folder_.write_program("p/actions/x.sh");
  action("run",
         "runner_type: command\nentry_point: x.sh\nargs: [-c, \"{{ unit }}\"]\nparameters: {unit: "
         "{type: string}}\n");
  rule("r", "", kStaging, "{ref: p.run, parameters: {unit: \"{{ trigger.unit }}\"}}");
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(ShellLintTest, what_ssh_is_given_is_read_by_a_shell_over_there) {
  folder_.write_program("p/actions/x.sh");
  action("run",
         "runner_type: command\nentry_point: x.sh\nargs: [ssh, web-1, \"df {{ unit "
         "}}\"]\nparameters: {unit: {type: string}}\n");
  rule("r", "", kStaging, "{ref: p.run, parameters: {unit: \"{{ trigger.unit }}\"}}");
  EXPECT_EQ(lints(), unquoted_);
}

// The actions of StackStorm's core pack may be missing here; what rules give them is judged anyway.
TEST_F(ShellLintTest, the_command_of_core_local_is_a_script) {
  const auto local = [&](const std::string& cmd) {
    rule("r", "", kStaging, "{ref: core.local, parameters: {cmd: '" + cmd + "'}}");
    Texts out = lints();
    std::erase_if(
        out, [](const std::string& t) { return t.find("unknown action") != std::string::npos; });
    return out;
  };
  EXPECT_EQ(local("df {{ trigger.path }}"), unquoted_);
  EXPECT_EQ(local("df \"{{ trigger.path }}\""), unquoted_);
  EXPECT_EQ(local("df /"), Texts{});
  EXPECT_EQ(local("df -n {{ trigger.n | int }}"), Texts{});
}

TEST_F(LintTest, no_rate_limit_is_an_error_of_every_load) {
  action("bare", "", "breaker: {}\n");
  rule("r", "", kStaging, "{ref: p.bare}");
  EXPECT_EQ(lints(), Texts{"r no-rate-limit!"});
  EXPECT_TRUE(has_errors(load_catalog(settings_).problems));
  rule("r", "", kStaging + "rate_limit: {limit: 1, per: 1m}\n", "{ref: p.bare}");
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, no_breaker_is_said_once_at_the_action) {
  action("bare", "", "rate_limit: {limit: 1, per: 1m}\n");
  EXPECT_EQ(lints(), Texts{}) << "no rule fires it";
  rule("r", is("trigger.a", "x"), kStaging, "{ref: p.bare}");
  rule("s", is("trigger.a", "y"), kStaging, "{ref: p.bare}");
  EXPECT_EQ(lints(), Texts{"bare no-breaker"});
  const std::string breaker = "breaker: {failures: 3, within: 1h, open_for: 1h}\n";
  rule("r", is("trigger.a", "x"), kStaging + breaker, "{ref: p.bare}");
  rule("s", is("trigger.a", "y"), kStaging + breaker, "{ref: p.bare}");
  EXPECT_EQ(lints(), Texts{});
  rule("s", is("trigger.a", "y"), kStaging, "{ref: p.bare}");
  action("bare", "lint: {allow: [no-breaker]}\n", "rate_limit: {limit: 1, per: 1m}\n");
  EXPECT_EQ(lints(), Texts{});
  action("bare", "tier: read_only\n", "");
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, a_rule_may_allow_what_is_doubtful_for_itself) {
  rule("r", "", "lint: {allow: [no-environment, no-severity]}\n", kHost, kAlert);
  EXPECT_EQ(lints(), Texts{});
  rule("r", "", "lint: {allow: [no-environment]}\n", kHost, kAlert);
  EXPECT_EQ(lints(), Texts{"r no-severity"});
}

TEST_F(LintTest, an_overlap_is_allowed_by_either_rule) {
  const std::string allow = kStaging + "lint: {allow: [overlap]}\n";
  rule("a", "", allow);
  rule("b", "");
  EXPECT_EQ(lints(), Texts{});
  rule("a", "");
  rule("b", "", allow);
  EXPECT_EQ(lints(), Texts{});
}

TEST_F(LintTest, only_lints_that_exist_and_are_no_errors_can_be_allowed) {
  rule("r", "", kStaging + "lint: {allow: [overlop, loop], alow: []}\n");
  const auto all = texts(found());
  ASSERT_EQ(all.size(), 3u);
  EXPECT_NE(all[0].find("unknown key 'alow'; did you mean 'allow'?"), std::string::npos);
  EXPECT_NE(all[1].find("lint.allow[0]: unknown lint 'overlop'; did you mean 'overlap'?"),
            std::string::npos);
  EXPECT_NE(all[2].find("lint.allow[1]: 'loop' is dangerous and cannot be allowed"),
            std::string::npos);
}

TEST_F(LintTest, doubts_are_for_those_who_ask) {
  rule("r", "", "", kHost, kAlert);
  EXPECT_EQ(texts(load_catalog(settings_).problems), (Texts{}));
}

TEST_F(LintTest, what_a_broken_rule_means_is_not_judged) {
  rule("r", is("trigger.a", "x") + ", trigger.b: {type: equales, pattern: 1}, " +
                is("\"trigger.a#2\"", "y"));
  EXPECT_EQ(found().size(), 1u);
}

TEST_F(LintTest, allowing_changes_nothing_of_what_the_rule_does) {
  rule("r", "");
  const auto before = load_catalog(settings_).catalog->rules.front().content_hash;
  rule("r", "", kStaging + "lint: {allow: [overlap]}\n");
  EXPECT_EQ(load_catalog(settings_).catalog->rules.front().content_hash, before);
}

TEST_F(LintTest, a_finding_says_where_what_and_how_to_mend_it) {
  rule("r", kSevere, "", kHost, kAlert);
  EXPECT_EQ(texts(found()).front(),
            "warning: " + folder_.path("p/rules/r.yaml") +
                ":1: environments: is not given, and no criterion asks for the environment: the "
                "rule is for all that does not say it is production; write environments: [...], or "
                "a criterion about the environment [no-environment]");
}

// The page and the table are one list.
TEST(Lints, stand_on_their_page_word_for_word) {
  const std::string page = read(std::string(TEST_SOURCE_DIR) + "/docs/rules/lint.md");
  std::set<std::string_view> names;
  for (const Lint& lint : lints()) {
    EXPECT_TRUE(names.insert(lint.name).second) << lint.name;
    const bool error = lint.level == Problem::Severity::error;
    std::string row = "| `" + std::string(lint.name) + "` | " + (error ? "error" : "warning") +
                      " | " + std::string(lint.finds) + " | " + std::string(lint.why) + " | " +
                      std::string(lint.mend) + " |";
    EXPECT_NE(page.find(row), std::string::npos) << row;
  }
  std::size_t rows = 0;
  for (auto at = page.find("\n| `"); at != std::string::npos; at = page.find("\n| `", at + 1))
    ++rows;
  EXPECT_EQ(rows, lints().size()) << "the page has rows that are no lint";
}

}  // namespace
}  // namespace countersign::config
