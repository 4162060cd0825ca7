// What action files and StackStorm's policy files say about failures.
#include <gtest/gtest.h>

#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;
using core::OutcomeClass;

const std::string kHead = "name: a\nrunner_type: noop\n";

core::Action action_of(const std::string& yaml) {
  const LoadedAction loaded = parse_action(kHead + yaml, "a.yaml", "/nowhere", "p");
  EXPECT_EQ(texts(loaded.problems), Texts{}) << yaml;
  return loaded.action;
}

TEST(FailureParts, say_how_an_action_is_tried_again) {
  const auto action = action_of(
      "idempotent: true\nretry: {attempts: 5, base: 250ms, cap: 90s, on: [failed, ambiguous]}\n"
      "concurrency: 2\nbreaker: {name: ledger, failures: 3, open_for: 2m}\n");
  EXPECT_EQ(action.retry,
            (core::Retry{5, 250ms, 90s, {OutcomeClass::failed, OutcomeClass::ambiguous}}));
  EXPECT_EQ(action.concurrency, 2);
  EXPECT_EQ(action.breaker->name, "ledger");
  EXPECT_EQ(action.breaker->failures, 3);
  EXPECT_EQ(action.breaker->open_for, 2min);
}

TEST(FailureParts, say_what_checks_an_action_and_what_takes_it_back) {
  const auto action = action_of(
      "verify: p.look\n"
      "rollback: {action: p.undo, parameters: {to: '{{ from }}', n: 1}, after: 30s}\n");
  EXPECT_EQ(action.verify->action, "p.look");
  EXPECT_TRUE(action.verify->parameters.is_null()) << "those of the same name";
  EXPECT_EQ(action.rollback->action, "p.undo");
  EXPECT_EQ(action.rollback->parameters, (Json{{"to", "{{ from }}"}, {"n", 1}}));
  EXPECT_EQ(action.rollback->after, 30s);
}

TEST(FailureParts, left_out_are_careful) {
  EXPECT_EQ(action_of("").retry, core::Retry{});
  EXPECT_EQ(action_of("").concurrency, 0);
  EXPECT_FALSE(action_of("").breaker);
  EXPECT_FALSE(action_of("").verify);
  EXPECT_FALSE(action_of("").rollback);
  EXPECT_EQ(action_of("breaker: {}\n").breaker->name, "");
  EXPECT_EQ(action_of("retry: {on: []}\n").retry.on.size(), 0U);
  EXPECT_EQ(action_of("retry: {base: 10m}\n").retry.cap, 10min) << "the cap follows a long base";
  EXPECT_EQ(action_of("tier: read_only\nretry: {on: [failed]}\n").retry.on.size(), 1U);
}

TEST(FailureParts, that_are_wrong_are_named_by_line_and_key) {
  const std::string unsafe =
      "could take effect twice; write idempotent: true into the action if a repeat is harmless, "
      "otherwise only not_applied may be tried again";
  const BadCase cases[] = {
      {"unsafe failure",
       "retry:\n  on: [not_applied, failed]\n",
       {"a.yaml:4: retry.on[1]: another try after 'failed' " + unsafe}},
      {"unsafe doubt",
       "retry:\n  on:\n    - ambiguous\n",
       {"a.yaml:5: retry.on[0]: another try after 'ambiguous' " + unsafe}},
      {"unknown outcome",
       "retry: {on: [not_aplied]}\n",
       {"a.yaml:3: retry.on[0]: unknown value 'not_aplied'; did you mean 'not_applied'?"}},
      {"unknown key",
       "retry: {atempts: 2}\n",
       {"a.yaml:3: retry.atempts: unknown key 'atempts'; did you mean 'attempts'?"}},
      {"no try",
       "retry: {attempts: 0}\n",
       {"a.yaml:3: retry.attempts: must be from 1 to 20, is 0"}},
      {"cap",
       "retry: {base: 1m, cap: 30s}\n",
       {"a.yaml:3: retry.cap: must be at least the base, 1m"}},
      {"long cap", "retry: {cap: 13h}\n", {"a.yaml:3: retry.cap: must be at most 12h"}},
      {"long base", "retry: {base: 13h}\n", {"a.yaml:3: retry.base: must be at most 12h"}},
      {"number",
       "retry: 3\n",
       {"a.yaml:3: retry: expected a map with the keys attempts, base, cap, on, found a number"}},
      {"nobody", "concurrency: 0\n", {"a.yaml:3: concurrency: must be from 1 to 1000, is 0"}},
      {"breaker",
       "breaker: {failures: 0, open_for: 25h, name: \"a b\"}\n",
       {"a.yaml:3: breaker.failures: must be from 1 to 1000, is 0",
        "a.yaml:3: breaker.name: 'a b' may only hold letters, digits, '.', ':', '_' and '-'",
        "a.yaml:3: breaker.open_for: must be at most 24h"}},
      {"follow-up without an action",
       "verify: {after: 1s}\n",
       {"a.yaml:3: verify.action: is required"}},
      {"follow-up",
       "rollback: {action: p.undo, after: 25h}\n",
       {"a.yaml:3: rollback.after: must be at most 24h"}},
      {"breaker key",
       "breaker: {failure: 1}\n",
       {"a.yaml:3: breaker.failure: unknown key 'failure'; did you mean 'failures'?"}},
  };
  for (const BadCase& bad : cases) {
    Texts found = texts(parse_action(kHead + bad.yaml, "a.yaml", "/nowhere", "p").problems);
    std::sort(found.begin(), found.end());
    Texts expected = bad.problems;
    std::sort(expected.begin(), expected.end());
    EXPECT_EQ(found, expected) << bad.what;
  }
}

class PolicyFile : public testing::Test {
 protected:
  PolicyFile() {
    folder_.write("p/pack.yaml", "name: p\nversion: 1.0.0\n");
    folder_.write("p/actions/a.yaml", "name: a\nrunner_type: noop\nidempotent: true\n");
    folder_.write("p/actions/once.yaml", "name: once\nrunner_type: noop\n");
    settings_.packs = {folder_.path()};
  }
  LoadedCatalog load(const std::string& yaml, const std::string& file = "x.yaml") {
    folder_.write("p/policies/" + file, yaml);
    return load_catalog(settings_);
  }
  core::Action with(const std::string& yaml) {
    const auto loaded = load(yaml);
    EXPECT_EQ(texts(loaded.problems), Texts{});
    return *loaded.catalog->action("p.a");
  }
  Texts problems_with(const std::string& yaml, const std::string& file = "x.yaml") {
    Texts out = texts(load(yaml, file).problems);
    const std::string here = folder_.path() + "/p/";
    for (std::string& text : out) {
      for (auto at = text.find(here); at != std::string::npos; at = text.find(here))
        text.erase(at, here.size());
    }
    return out;
  }
  static std::string policy(const std::string& type, const std::string& parameters,
                            const std::string& ref = "p.a") {
    return "name: x\npolicy_type: " + type + "\nresource_ref: " + ref +
           "\nparameters: " + parameters + "\n";
  }

  const Folder folder_;
  Settings settings_;
};

TEST_F(PolicyFile, of_retries_becomes_the_actions_own) {
  const auto action =
      with(policy("action.retry", "{retry_on: failure, max_retry_count: 4, delay: 7}"));
  EXPECT_EQ(action.retry,
            (core::Retry{5, 7s, 7s, {OutcomeClass::failed, OutcomeClass::not_applied}}));
  const auto on_timeout = with(policy("action.retry", "{retry_on: timeout}"));
  EXPECT_EQ(on_timeout.retry, (core::Retry{3, 0s, 0s, {OutcomeClass::ambiguous}}));
}

TEST_F(PolicyFile, of_concurrency_becomes_the_actions_own) {
  EXPECT_EQ(with(policy("action.concurrency", "{threshold: 3}")).concurrency, 3);
}

TEST_F(PolicyFile, makes_another_action_of_its_action_T31) {
  const auto before = with(
      "name: x\nenabled: false\npolicy_type: action.concurrency\n"
      "resource_ref: p.a\nparameters: {threshold: 3}\n");
  EXPECT_EQ(before.concurrency, 0) << "a disabled policy says nothing";
  EXPECT_NE(with(policy("action.concurrency", "{threshold: 3}")).content_hash, before.content_hash);
}

TEST_F(PolicyFile, that_is_unsafe_for_the_action_is_refused_by_file_line_and_key) {
  EXPECT_EQ(problems_with(policy("action.retry", "\n  retry_on: failure", "p.once")),
            (Texts{"policies/x.yaml:5: parameters.retry_on: another try after 'failed' could take "
                   "effect twice; write idempotent: true into the action if a repeat is harmless, "
                   "otherwise only not_applied may be tried again"}));
}

TEST_F(PolicyFile, that_is_wrong_is_named) {
  EXPECT_EQ(problems_with(policy("action.rety", "{}")),
            (Texts{"policies/x.yaml:2: policy_type: unknown value 'action.rety'; did you mean "
                   "'action.retry'?"}));
  EXPECT_EQ(problems_with(policy("action.retry", "{retry_on: failure}", "p.aa")),
            (Texts{"policies/x.yaml:3: resource_ref: unknown action 'p.aa'; did you mean 'p.a'?"}));
  EXPECT_EQ(problems_with(policy("action.retry", "{max_retry_count: 9, delay: 500}")),
            (Texts{"policies/x.yaml:4: parameters.retry_on: is required",
                   "policies/x.yaml:4: parameters.max_retry_count: must be from 1 to 5, is 9",
                   "policies/x.yaml:4: parameters.delay: must be from 0 to 120, is 500"}));
  EXPECT_EQ(problems_with(policy("action.concurrency", "{action: delay}")),
            (Texts{"policies/x.yaml:4: parameters.threshold: is required"}));
  EXPECT_EQ(problems_with(policy("action.concurrency", "{threshold: 1}") + "ttl: 3\n"),
            (Texts{"policies/x.yaml:5: ttl: unknown key 'ttl'; known: name, pack, description, "
                   "enabled, resource_ref, policy_type, parameters"}));
}

TEST_F(PolicyFile, that_promises_more_than_we_do_is_warned_of) {
  EXPECT_EQ(problems_with(policy("action.concurrency", "{threshold: 1, action: cancel}")),
            (Texts{"warning: policies/x.yaml:4: parameters.action: runs beyond the threshold wait, "
                   "they are not cancelled"}));
  EXPECT_EQ(problems_with(policy("action.concurrency.attr", "{threshold: 1, attributes: [host]}")),
            (Texts{"warning: policies/x.yaml:4: parameters.attributes: all runs of the action "
                   "count, whatever the values of these parameters"}));
}

TEST_F(PolicyFile, does_not_say_again_what_is_said) {
  folder_.write("p/actions/a.yaml",
                "name: a\nrunner_type: noop\nidempotent: true\nconcurrency: 2\n");
  EXPECT_EQ(problems_with(policy("action.concurrency", "{threshold: 1}")),
            (Texts{"policies/x.yaml:2: policy_type: the concurrency of p.a is in actions/a.yaml "
                   "already"}));
  load(policy("action.retry", "{retry_on: failure}"));
  EXPECT_EQ(problems_with(policy("action.retry", "{retry_on: failure}"), "y.yaml"),
            (Texts{"policies/y.yaml:2: policy_type: the retry of p.a is in policies/x.yaml "
                   "already"}));
}

}  // namespace
}  // namespace countersign::config
