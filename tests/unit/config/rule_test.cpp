#include <gtest/gtest.h>

#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;

// The two rules that newcomers try first, as StackStorm's users write them.
constexpr char kDiskFull[] = R"(name: restart_on_disk_full
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
)";

constexpr char kHead[] = "name: r\ntrigger: {type: t}\naction: {ref: p.a}\n";

Texts problems_of(const std::string& yaml) {
  return texts(parse_rule(yaml, "r.yaml", "p").problems);
}

core::Rule rule_of(const std::string& yaml) {
  LoadedRule loaded = parse_rule(yaml, "r.yaml", "p");
  EXPECT_EQ(texts(loaded.problems), Texts{}) << yaml;
  return loaded.rule;
}

TEST(RuleFile, loads_a_stackstorm_rule_as_it_is) {
  const core::Rule rule = rule_of(kDiskFull);
  EXPECT_EQ(rule.ref(), "ops.restart_on_disk_full");
  EXPECT_TRUE(rule.enabled);
  EXPECT_EQ(rule.trigger, "prometheus.alert");
  ASSERT_EQ(rule.criteria.size(), 2U);
  EXPECT_EQ(rule.criteria[0].key, "trigger.labels.alertname");
  EXPECT_EQ(rule.criteria[1].pattern, Json("warning"));
  EXPECT_EQ(rule.action, "ops.rotate_logs");
  EXPECT_EQ(rule.mode, core::RuleMode::dry_run);
  EXPECT_FALSE(rule.promotable);
}

TEST(RuleFile, reads_the_keys_of_ours) {
  const core::Rule rule = rule_of(std::string(kHead) + R"(
mode: live
environments: [staging]
dedup: {key: "{{ trigger.x }}", window: 30m, mode: sliding}
rate_limit: {limit: 3, per: 10m}
approval: {roles: [sre], count: 2}
notify: {channel: "#storage"}
tests:
  - name: one
    event: {x: 1}
    expect: {match: true, parameters: {host: a}}
  - {name: two, event: {x: 2}, expect: {match: false}}
)");
  EXPECT_EQ(rule.mode, core::RuleMode::live);
  EXPECT_TRUE(rule.promotable);
  EXPECT_EQ(rule.environments, Texts{"staging"});
  EXPECT_EQ(rule.dedup->window, 30min);
  EXPECT_EQ(rule.dedup->mode, core::DedupMode::sliding);
  EXPECT_EQ(rule.rate_limit->limit, 3);
  EXPECT_EQ(rule.rate_limit->per, 10min);
  EXPECT_EQ(rule.approval->count, 2);
  ASSERT_EQ(rule.notify.size(), 1u);
  EXPECT_EQ(rule.notify[0].channel, "#storage");
  EXPECT_EQ(rule.notify[0].chat, "");
  ASSERT_EQ(rule.tests.size(), 2U);
  EXPECT_EQ(rule.tests[0].parameters, Json::parse(R"({"host":"a"})"));
  EXPECT_EQ(rule.tests[1].line, 15);
  EXPECT_FALSE(rule.tests[1].match);
}

TEST(RuleFile, reads_what_is_made_of_repeats_and_of_resolves) {
  const core::Rule plain = rule_of(kHead);
  EXPECT_EQ(plain.flapping, (core::FlappingLimit{4, 10min}));
  EXPECT_FALSE(plain.on_resolve);
  const core::Rule rule = rule_of(std::string(kHead) + R"(
dedup: {key: k, window: 10m, mode: sliding, cap: 1h}
flapping: {changes: 6, within: 1h}
on_resolve: keep
)");
  EXPECT_EQ(rule.flapping, (core::FlappingLimit{6, 1h}));
  EXPECT_EQ(rule.on_resolve, core::OnResolve::keep);
  EXPECT_EQ(rule.dedup->longest(), 1h);
  EXPECT_EQ(rule_of(std::string(kHead) + "dedup: {key: k, window: 10m, mode: sliding}\n")
                .dedup->longest(),
            4h);
}

TEST(RuleFile, refuses_caps_and_limits_that_mean_nothing) {
  const std::string head = kHead;
  EXPECT_EQ(problems_of(head + "dedup: {key: k, window: 10m, cap: 1h}\n"),
            Texts{"r.yaml:4: dedup.cap: only a sliding window has a cap"});
  EXPECT_EQ(problems_of(head + "dedup: {key: k, window: 10m, mode: sliding, cap: 9m}\n"),
            Texts{"r.yaml:4: dedup.cap: must not be shorter than the window"});
  EXPECT_EQ(problems_of(head + "flapping: {changes: 32}\n").size(), 1u);
  EXPECT_EQ(problems_of(head + "flapping: {within: 0s}\n").size(), 1u);
  EXPECT_EQ(problems_of(head + "on_resolve: wait\n").size(), 1u);
}

TEST(RuleFile, types_patterns_as_yaml_does) {
  const core::Rule rule = rule_of(std::string(kHead) +
                                  "criteria:\n"
                                  "  trigger.a: {type: eq, pattern: 2}\n"
                                  "  trigger.b: {type: eq, pattern: '2'}\n"
                                  "  trigger.c#again: {type: in, pattern: [a, true, 1.5]}\n");
  EXPECT_EQ(rule.criteria[0].pattern, Json(2));
  EXPECT_EQ(rule.criteria[1].pattern, Json("2"));
  EXPECT_EQ(rule.criteria[2].pattern, Json::parse(R"(["a", true, 1.5])"));
}

TEST(RuleFile, dry_run_among_the_parameters_wins_over_live) {
  const LoadedRule loaded = parse_rule(std::string(kDiskFull) + "mode: live\n", "r.yaml", "p");
  EXPECT_EQ(loaded.rule.mode, core::RuleMode::dry_run);
  EXPECT_FALSE(loaded.rule.promotable);
  EXPECT_EQ(
      texts(loaded.problems),
      Texts{
          "warning: r.yaml:16: action.parameters.dry_run: overrides mode: live: nothing will run"});
}

const std::vector<BadCase> kBadRules = {
    {"nothing", "", {"r.yaml: is required"}},
    {"only a name",
     "name: r\n",
     {"r.yaml:1: trigger: is required", "r.yaml:1: action: is required"}},
    {"no type and no ref",
     "name: r\ntrigger: {parameters: {}}\naction: {parameters: {}}\n",
     {"r.yaml:2: trigger.type: is required", "r.yaml:3: action.ref: is required"}},
    {"an unknown key",
     "name: r\ntrigger: {type: t}\naction: {ref: p.a}\ncritera: {}\n",
     {"r.yaml:4: critera: unknown key 'critera'; did you mean 'criteria'?"}},
    {"a text for a trigger",
     "name: r\ntrigger: t\naction: {ref: p.a}\n",
     {"r.yaml:2: trigger: expected a map with the keys type, parameters, ref, description, found "
      "text"}},
    {"a name with a blank",
     "name: a b\ntrigger: {type: t}\naction: {ref: p.a}\n",
     {"r.yaml:1: name: 'a b' may only hold letters, digits, '.', '_' and '-'"}},
    {"a broken template",
     "name: r\ntrigger: {type: t}\naction:\n  ref: p.a\n  parameters:\n    list:\n      - '{{ "
     "trigger.x'\n",
     {"r.yaml:7: action.parameters.list[0]: unclosed '{{' at character 1"}},
    {"broken YAML", "name: [\n", {"r.yaml:2: not valid YAML: end of sequence flow not found"}},
};

const std::vector<BadCase> kBadCriteria = {
    {"an unknown operator",
     "{trigger.x: {type: equls, pattern: 1}}",
     {"r.yaml:4: criteria.trigger.x.type: unknown operator 'equls'; did you mean 'equals'?"}},
    {"upper case",
     "{trigger.x: {type: Equals, pattern: 1}}",
     {"r.yaml:4: criteria.trigger.x.type: operators are written in lower case: 'equals'"}},
    {"search without a condition",
     "{trigger.x: {type: search, pattern: {item.a: {type: eq, pattern: 1}}}}",
     {"r.yaml:4: criteria.trigger.x.condition: is required"}},
    {"a condition nobody knows",
     "{trigger.x: {type: search, condition: anny, pattern: {item.a: {type: eq, pattern: 1}}}}",
     {"r.yaml:4: criteria.trigger.x.condition: unknown value 'anny'; did you mean 'any'?"}},
    {"search for a text",
     "{trigger.x: {type: search, condition: any, pattern: a}}",
     {"r.yaml:4: criteria.trigger.x.pattern: expected a map, found text"}},
    {"a search that looks at the trigger",
     "{trigger.x: {type: search, condition: any, pattern: {trigger.a: {type: eq, pattern: 1}}}}",
     {"r.yaml:4: criteria.trigger.x.pattern.trigger.a: unknown start of a path 'trigger'; known: "
      "item"}},
    {"a search in a search without a known operator",
     "{trigger.x: {type: search, condition: any, pattern: {item.a: {type: search, condition: all, "
     "pattern: {item: {type: equls, pattern: 1}}}}}}",
     {"r.yaml:4: criteria.trigger.x.pattern.item.a.pattern.item.type: unknown operator 'equls'; "
      "did you mean 'equals'?"}},
    {"no pattern",
     "{trigger.x: {type: exists}}",
     {"r.yaml:4: criteria.trigger.x.pattern: is required"}},
    {"a null pattern",
     "{trigger.x: {type: equals, pattern: ~}}",
     {"r.yaml:4: criteria.trigger.x.pattern: is required"}},
    {"no type", "{trigger.x: {pattern: 1}}", {"r.yaml:4: criteria.trigger.x.type: is required"}},
    {"another root",
     "{triger.x: {type: eq, pattern: 1}}",
     {"r.yaml:4: criteria.triger.x: unknown start of a path 'triger'; did you mean 'trigger'?"}},
    {"the datastore",
     "{system.x: {type: eq, pattern: 1}}",
     {"r.yaml:4: criteria.system.x: the datastore ('system') is not supported yet"}},
    {"a template without end",
     "{trigger.x: {type: eq, pattern: '{{ trigger.y'}}",
     {"r.yaml:4: criteria.trigger.x.pattern: unclosed '{{' at character 1"}},
    {"a list", "[trigger.x]", {"r.yaml:4: criteria: expected a map, found a list"}},
};

const std::vector<BadCase> kBadGuards = {
    {"an unknown mode",
     "mode: dry-run\n",
     {"r.yaml:4: mode: unknown value 'dry-run'; did you mean 'dry_run'?"}},
    {"half a rate limit",
     "rate_limit: {limit: 0}\n",
     {"r.yaml:4: rate_limit.limit: must be from 1 to 1000000, is 0",
      "r.yaml:4: rate_limit.per: is required"}},
    {"half a dedup",
     "dedup: {key: ''}\n",
     {"r.yaml:4: dedup.key: must not be empty", "r.yaml:4: dedup.window: is required"}},
    {"no duration",
     "rate_limit: {limit: 1, per: 10}\n",
     {"r.yaml:4: rate_limit.per: expected a duration such as 30s, 10m or 24h, found a number"}},
    {"a breaker that counts nothing",
     "breaker: {within: 30m, open_for: 1h}\n",
     {"r.yaml:4: breaker: counts nothing: say failures, fires or both"}},
    {"a breaker without its times",
     "breaker: {fires: 1001}\n",
     {"r.yaml:4: breaker.fires: must be from 1 to 1000, is 1001",
      "r.yaml:4: breaker.within: is required", "r.yaml:4: breaker.open_for: is required"}},
    {"half a limit for each target",
     "rate_limit: {limit: 1, per: 1h, target: {limit: 1}}\n",
     {"r.yaml:4: rate_limit.target.per: is required"}},
    {"auto",
     "auto: true\n",
     {"warning: r.yaml:4: auto: automatic approval is not supported yet: every plan is put to "
      "people"}},
    {"a backstop",
     "type: {ref: backstop}\n",
     {"r.yaml:4: type.ref: backstop rules are not supported yet"}},
    {"no votes",
     "approval: {count: 0}\n",
     {"r.yaml:4: approval.count: must be from 1 to 20, is 0"}},
    {"a test without expectation",
     "tests: [{name: a, event: {}}]\n",
     {"r.yaml:4: tests[0].expect: is required"}},
};

TEST(RuleFile, says_what_is_wrong_and_where) {
  for (const BadCase& c : kBadRules) EXPECT_EQ(problems_of(c.yaml), c.problems) << c.what;
  for (const BadCase& c : kBadCriteria) {
    EXPECT_EQ(problems_of(std::string(kHead) + "criteria: " + c.yaml + "\n"), c.problems) << c.what;
  }
  for (const BadCase& c : kBadGuards) {
    EXPECT_EQ(problems_of(std::string(kHead) + c.yaml), c.problems) << c.what;
  }
}

TEST(RuleFile, refuses_paths_and_expressions_that_would_fail_later) {
  for (const char* criteria :
       {"{'trigger.a[?(@.x)]': {type: eq, pattern: 1}}", "{trigger.a: {type: regex, pattern: '('}}",
        "{trigger.a: {type: matchregex, pattern: '[z-a]'}}"}) {
    const Texts found = problems_of(std::string(kHead) + "criteria: " + criteria + "\n");
    ASSERT_EQ(found.size(), 1U) << criteria;
    EXPECT_TRUE(found[0].starts_with("r.yaml:4: criteria.trigger.a")) << found[0];
  }
  rule_of(std::string(kHead) +
          "criteria: {trigger.a: {type: iregex, pattern: '^a{2,3}(?P<n>.)$'}}\n");
}

TEST(RuleFile, takes_searches_with_criteria_of_their_own) {
  const auto rule = rule_of(std::string(kHead) +
                            "criteria:\n"
                            "  trigger.alerts:\n"
                            "    type: search\n"
                            "    condition: all2any\n"
                            "    pattern:\n"
                            "      item.name: {type: equals, pattern: cpu}\n"
                            "      item.seen: {type: exists}\n"
                            "      item.tags: {type: search, condition: any,\n"
                            "                  pattern: {item: {type: regex, pattern: '^x'}}}\n");
  ASSERT_EQ(rule.criteria.size(), 1U);
  EXPECT_EQ(rule.criteria[0].condition, "all2any");
  EXPECT_EQ(rule.criteria[0].pattern.at("item.tags").at("condition"), "any");
}

TEST(RuleFile, the_condition_of_a_search_is_part_of_the_hash) {
  const auto hash = [](const std::string& condition) {
    return rule_of(std::string(kHead) + "criteria: {trigger.x: {type: search, condition: " +
                   condition + ", pattern: {item: {type: eq, pattern: 1}}}}\n")
        .content_hash;
  };
  EXPECT_NE(hash("any"), hash("all"));
}

// T22: whoever writes such a pattern is told.
TEST(RuleFile, warns_of_expressions_whose_cost_nobody_can_tell) {
  EXPECT_EQ(problems_of(std::string(kHead) +
                        "criteria: {trigger.x: {type: regex, pattern: '(?<!un)known'}}\n"),
            Texts{"warning: r.yaml:4: criteria.trigger.x.pattern: look-behind cannot be matched in "
                  "linear time: what it costs depends on the text, and a text that takes too many "
                  "steps is an error"});
  EXPECT_EQ(
      problems_of(std::string(kHead) + "criteria: {trigger.x: {type: search, condition: any, "
                                       "pattern: {item: {type: regex, pattern: '(.)\\1'}}}}\n")
          .size(),
      1U);
}

// T31: whoever approved a rule's plan approved this text and no other.
TEST(RuleFile, the_hash_follows_behaviour_and_not_description) {
  const std::string base = rule_of(kDiskFull).content_hash;
  const std::string text = kDiskFull;
  EXPECT_EQ(base.size(), 64U);
  EXPECT_EQ(rule_of("# a remark\n" + text + "description: other\n").content_hash, base);
  EXPECT_EQ(rule_of(text + "flapping: {changes: 4, within: 10m}\n").content_hash, base);
  EXPECT_EQ(rule_of(text + "tests: [{name: a, event: {}, expect: {match: false}}]\n").content_hash,
            base);
  for (const char* more :
       {"enabled: false\n", "environments: [x]\n", "rate_limit: {limit: 1, per: 1m}\n",
        "approval: {roles: [x]}\n", "dedup: {key: a, window: 1m}\n", "notify: {channel: c}\n",
        "flapping: {changes: 3}\n", "on_resolve: keep\n",
        "breaker: {failures: 3, within: 30m, open_for: 1h}\n",
        "rate_limit: {limit: 3, per: 10m, target: {limit: 1, per: 1h}}\n"}) {
    EXPECT_NE(rule_of(text + more).content_hash, base) << more;
  }
  const auto pattern = text.find("warning");
  EXPECT_NE(rule_of(text.substr(0, pattern) + "Warning" + text.substr(pattern + 7)).content_hash,
            base);
}

}  // namespace
}  // namespace countersign::config
