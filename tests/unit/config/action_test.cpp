#include <gtest/gtest.h>

#include "config/packs.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

using namespace std::chrono_literals;

class ActionFile : public testing::Test {
 protected:
  ActionFile() { folder_.write_program("actions/run.sh"); }

  LoadedAction load(const std::string& yaml) const {
    return parse_action(yaml, "a.yaml", folder_.path(), "p");
  }
  core::Action action_of(const std::string& yaml) const {
    LoadedAction loaded = load(yaml);
    EXPECT_EQ(texts(loaded.problems), Texts{}) << yaml;
    return loaded.action;
  }
  Texts problems_of(const std::string& yaml) const { return texts(load(yaml).problems); }

  const Folder folder_;
  const std::string head_ = "name: a\nrunner_type: command\nentry_point: run.sh\n";
};

TEST_F(ActionFile, reads_every_key) {
  folder_.write_program("actions/plan.sh");
  const core::Action action = action_of(head_ + R"(
description: does something
enabled: false
tags: [{name: x, value: y}]
tier: high_impact
idempotent: true
targets: "{{ host }}"
plan: {entry_point: plan.sh}
args: ["{{ host }}", fixed]
timeout: 90
output_limit: 1000
not_applied_codes: [3, 4]
approval: {roles: [sre]}
rate_limit: {limit: 2, per: 1h}
parameters:
  host: {type: string, required: true, pattern: "^[a-z]+$", position: 0, description: d, leading_dash: true}
  mode: {type: [string, "null"], enum: [fast, slow], default: fast, immutable: true, secret: true}
  any: {}
)");
  EXPECT_EQ(action.ref, "p.a");
  EXPECT_EQ(action.runner, "command");
  EXPECT_FALSE(action.enabled);
  EXPECT_EQ(action.tier, core::Tier::high_impact);
  EXPECT_TRUE(action.idempotent);
  EXPECT_EQ(action.entry_point, folder_.path("actions/run.sh"));
  EXPECT_EQ(action.plan.kind, core::DryRun::Kind::entry_point);
  EXPECT_EQ(action.plan.value, folder_.path("actions/plan.sh"));
  EXPECT_EQ(action.args.size(), 2U);
  EXPECT_EQ(action.timeout, 90s);
  EXPECT_EQ(action.output_limit, 1000U);
  EXPECT_EQ(action.not_applied_codes, (std::vector<int>{3, 4}));
  EXPECT_EQ(action.roles, Texts{"sre"});
  EXPECT_EQ(action.rate_limit->per, 1h);
  EXPECT_EQ(action.folder, folder_.path());
  ASSERT_EQ(action.parameters.size(), 3U);
  EXPECT_EQ(action.parameters[0].position, 0);
  EXPECT_TRUE(action.parameters[0].required && action.parameters[0].leading_dash);
  EXPECT_EQ(action.parameters[1].types, Texts{"string"});
  EXPECT_EQ(action.parameters[1].fallback, Json("fast"));
  EXPECT_EQ(action.parameters[1].choices.size(), 2U);
  EXPECT_TRUE(action.parameters[1].immutable && action.parameters[1].secret);
}

TEST_F(ActionFile, is_careful_by_default) {
  const core::Action action = action_of("name: x.y\nrunner_type: noop\n");
  EXPECT_EQ(action.ref, "p.x.y");
  EXPECT_EQ(action.tier, core::Tier::mutating);
  EXPECT_FALSE(action.idempotent);
  EXPECT_EQ(action.plan.kind, core::DryRun::Kind::none);
  EXPECT_EQ(action_of("name: x\nrunner_type: noop\nplan: none\ntimeout: 5m\n").timeout, 5min);
  const core::DryRun plan = action_of(head_ + "plan: {argument: --check}\n").plan;
  EXPECT_EQ(plan.kind, core::DryRun::Kind::argument);
  EXPECT_EQ(plan.value, "--check");
}

TEST_F(ActionFile, says_what_is_wrong_and_where) {
  const std::vector<BadCase> cases = {
      {"an unknown runner",
       "name: a\nrunner_type: comand\n",
       {"a.yaml:2: runner_type: unknown runner 'comand'; did you mean 'command'?"}},
      {"a runner of StackStorm's",
       "name: a\nrunner_type: python-script\nentry_point: a.py\n",
       {"a.yaml:2: runner_type: unknown runner 'python-script'; known: command, http-request, "
        "noop, announcement",
        "warning: a.yaml:3: entry_point: only command actions have an entry point, ignored"}},
      {"nothing to run", "name: a\nrunner_type: command\n", {"a.yaml:1: entry_point: is required"}},
      {"an unknown key",
       "name: a\nrunner_type: noop\ntierr: mutating\n",
       {"a.yaml:3: tierr: unknown key 'tierr'; did you mean 'tier'?"}},
      {"an unknown tier",
       "name: a\nrunner_type: noop\ntier: harmless\n",
       {"a.yaml:3: tier: unknown value 'harmless'; known: read_only, mutating, high_impact"}},
      {"a dry run of nothing",
       "name: a\nrunner_type: noop\nplan: {argument: -n}\n",
       {"a.yaml:3: plan: a noop action has no dry run: write plan: none"}},
      {"a plan of two kinds",
       "name: a\nrunner_type: noop\nplan: {argument: -n, entry_point: x}\n",
       {"a.yaml:3: plan: give either an argument or an entry_point, or none"}},
      {"too long",
       "name: a\nrunner_type: noop\ntimeout: 48h\n",
       {"a.yaml:3: timeout: must be at most 24h"}},
      {"not yet",
       "name: a\nrunner_type: noop\nnotify: {}\noutput_schema: {}\n",
       {"warning: a.yaml:3: notify: is not supported yet, ignored",
        "warning: a.yaml:4: output_schema: outputs are not checked against it yet"}},
      {"a broken template",
       "name: a\nrunner_type: noop\ntargets: '{{ host'\n",
       {"a.yaml:3: targets: unclosed '{{' at character 1"}},
      {"a call to nowhere",
       "name: a\nrunner_type: http-request\nparameters: {body: {}}\n",
       {"a.yaml:3: parameters: an http-request action needs a parameter 'url'"}},
      {"arguments of nothing",
       "name: a\nrunner_type: noop\nargs: [a]\n",
       {"a.yaml:3: args: only command actions have arguments"}},
  };
  for (const BadCase& c : cases) EXPECT_EQ(problems_of(c.yaml), c.problems) << c.what;
}

TEST_F(ActionFile, says_what_is_wrong_with_a_parameter) {
  const std::vector<BadCase> cases = {
      {"an unknown type",
       "{type: strin}",
       {"a.yaml:3: parameters.x.type: unknown value 'strin'; did you mean 'string'?"}},
      {"an unknown key",
       "{requird: true}",
       {"a.yaml:3: parameters.x.requird: unknown key 'requird'; did you mean 'required'?"}},
      {"a default of another type",
       "{type: integer, default: some}",
       {"a.yaml:3: parameters.x.default: is not of the type integer"}},
      {"a default that is no choice",
       "{enum: [a, b], default: c}",
       {"a.yaml:3: parameters.x.default: is none of the values of enum"}},
      {"a broken pattern",
       "{pattern: '('}",
       {"a.yaml:3: parameters.x.pattern: not a regular expression: missing ): ("}},
      {"not checked",
       "{minimum: 3}",
       {"warning: a.yaml:3: parameters.x.minimum: is not checked yet"}},
      {"one position for two",
       "{position: 1}, y: {position: 1}",
       {"a.yaml:3: parameters.y.position: is the position of 'x' too"}},
  };
  for (const BadCase& c : cases) {
    EXPECT_EQ(
        problems_of("name: a\nrunner_type: noop\nparameters: {x: " + std::string(c.yaml) + "}\n"),
        c.problems)
        << c.what;
  }
  EXPECT_EQ(
      problems_of("name: a\nrunner_type: noop\nparameters: {a-b: {}}\n"),
      Texts{"a.yaml:3: parameters.a-b: a parameter's name may only hold letters, digits and '_'"});
}

// T26: a pack reaches nothing outside of its own actions.
TEST_F(ActionFile, T26_entry_points_stay_below_actions) {
  const Folder elsewhere;
  elsewhere.write_program("outside.sh");
  folder_.write_program("other.sh");
  folder_.write("actions/plain.sh", "#!/bin/sh\n");
  const auto link = [&](const std::string& to, const std::string& name) {
    std::filesystem::create_symlink(to, folder_.path("actions/" + name));
  };
  link(elsewhere.path("outside.sh"), "out.sh");
  link("../other.sh", "up.sh");
  link(elsewhere.path(), "dir");
  link("run.sh", "inside.sh");
  link("nowhere", "dangling.sh");
  const std::string leads_out = "a link that leads out of the pack's actions/ folder";
  const std::string not_below = "must be a path below the pack's actions/ folder, without '..'";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"/bin/sh", not_below},
      {"../other.sh", not_below},
      {"x/../run.sh", not_below},
      {"\"run.sh\\0x\"", not_below},
      {"out.sh", leads_out},
      {"up.sh", leads_out},
      {"dir/outside.sh", leads_out},
      {"dangling.sh", "there is no file actions/dangling.sh"},
      {"none.sh", "there is no file actions/none.sh"},
      {".", "actions/. is no file"},
  };
  for (const auto& [name, problem] : cases) {
    EXPECT_EQ(problems_of("name: a\nrunner_type: command\nentry_point: " + name + "\n"),
              Texts{"a.yaml:3: entry_point: " + problem})
        << name;
  }
  EXPECT_EQ(action_of("name: a\nrunner_type: command\nentry_point: inside.sh\n").entry_point,
            folder_.path("actions/run.sh"));
}

TEST_F(ActionFile, an_entry_point_must_be_executable) {
  folder_.write("actions/plain.sh", "#!/bin/sh\n");
  EXPECT_EQ(problems_of("name: a\nrunner_type: command\nentry_point: plain.sh\n"),
            Texts{"a.yaml:3: entry_point: actions/plain.sh is not executable (chmod +x)"});
}

// T31, T58: one byte altered is another action.
TEST_F(ActionFile, the_hash_covers_metadata_and_programs) {
  folder_.write_program("actions/plan.sh");
  const std::string yaml = head_ + "plan: {entry_point: plan.sh}\n";
  const std::string base = action_of(yaml).content_hash;
  EXPECT_EQ(base.size(), 64U);
  EXPECT_EQ(action_of("# remark\n" + yaml).content_hash, base);
  EXPECT_NE(action_of(yaml + "timeout: 5\n").content_hash, base);
  folder_.write_program("actions/run.sh", "#!/bin/sh\n#\n");
  const std::string changed = action_of(yaml).content_hash;
  EXPECT_NE(changed, base);
  folder_.write_program("actions/plan.sh", "#!/bin/sh\n#\n");
  EXPECT_NE(action_of(yaml).content_hash, changed);
}

}  // namespace
}  // namespace countersign::config
