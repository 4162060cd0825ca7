// `countersign check` and `countersign rules test`, as people and CI see them.
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/rule_tests.h"
#include "tests/support/golden.h"

namespace countersign::app {
namespace {

const std::string kTop = std::string(TEST_SOURCE_DIR) + "/";
const std::string kMistakes = "tests/golden/lint/countersign.yaml";

struct Said {
  int code = -1;
  std::string out, err;
};

// File names as from the top of the tree.
std::string from_top(std::string text) {
  for (auto at = text.find(kTop); at != std::string::npos; at = text.find(kTop))
    text.erase(at, kTop.size());
  return text;
}

Said run(const std::string& command) {
  Said said;
  CLI::App cli;
  cli.require_subcommand(1);
  add_check(cli, said.code);
  add_rules(cli, said.code);
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  try {
    cli.parse(command);
  } catch (const CLI::ParseError& e) {
    said.code = kUsage;
  }
  said.out = from_top(testing::internal::GetCapturedStdout());
  said.err = from_top(testing::internal::GetCapturedStderr());
  return said;
}

// A configuration with one pack of one action, in a folder that goes with the test.
class RuleCommands : public testing::Test {
 protected:
  RuleCommands() {
    std::string name = (std::filesystem::temp_directory_path() / "countersign-XXXXXX").string();
    folder_ = ::mkdtemp(name.data());
    write(
        "c.yaml",
        "allow_literal_secrets: true\n"
        "chats: [{name: mm, kind: mattermost, url: \"https://c.example.com\", token: x, team: t}]\n"
        "notify: {chat: mm, channel: \"#ops\"}\n"
        "sources: [{name: a, kind: alertmanager, auth: {bearer: x}}]\n"
        "roles: {sre: {members: [\"mm:alice\", \"mm:bob\"]}}\n"
        "promotion: {required: false}\npacks: [p]\n");
    write("p/pack.yaml", "name: p\nversion: 1.0.0\n");
    write("p/actions/a.yaml",
          "name: a\nrunner_type: noop\ntier: read_only\nparameters: {host: {type: string}}\n");
  }
  ~RuleCommands() override { std::filesystem::remove_all(folder_); }

  void write(const std::string& name, const std::string& text) const {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }
  void rule(const std::string& name, const std::string& tests) const {
    write("p/rules/" + name + ".yaml",
          "name: " + name +
              "\ntrigger: {type: prometheus.alert}\n"
              "criteria: {trigger.labels.x: {type: equals, pattern: \"1\"}}\n"
              "action: {ref: p.a, parameters: {host: \"{{ trigger.host }}\"}}\n" +
              tests);
  }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }
  Said test(const std::string& more = "") const {
    return run("rules test --config " + path("c.yaml") + " " + more);
  }

  std::filesystem::path folder_;
};

const std::string kPasses =
    "tests:\n  - {name: fine, event: {labels: {x: \"1\"}}, expect: {match: true}}\n";
const std::string kFails =
    "tests:\n  - {name: \"wrong <host> & more\", event: {labels: {x: \"1\"}, host: web-3}, expect: "
    "{match: true, parameters: {host: web-4}}}\n";

TEST(Check, judges_a_folder_of_rules_with_deliberate_mistakes) {
  const Said said = run("check --config " + kTop + kMistakes);
  EXPECT_EQ(said.code, kUsage);
  tests::expect_golden_text("lint/expected.txt", said.err);
}

TEST(Check, finds_nothing_in_what_ships) {
  const std::string file = kTop + "config/examples/production.yaml";
  for (const char* name : {"MM_TOKEN", "AM_TOKEN", "GH_SECRET", "ACME_SECRET", "SENSU_TOKEN"})
    ::setenv(name, "x", 1);
  ::setenv("SL_APP_TOKEN", "xapp-1", 1);
  ::setenv("SL_BOT_TOKEN", "xoxb-1", 1);
  ::setenv("STEP_UP_KEY", "0123456789abcdef0123456789abcdef", 1);
  ::setenv("COUNTERSIGN_DATABASE_URL", "postgresql:///countersign", 1);
  const Said said = run("check --strict --config " + file);
  EXPECT_EQ(said.code, kDone) << said.err;
}

TEST_F(RuleCommands, check_lets_warnings_pass_unless_it_is_strict) {
  rule("r", "lint: {allow: []}\n");
  EXPECT_EQ(run("check --strict --config " + path("c.yaml")).code, kDone);
  write("p/rules/r.yaml", "name: r\ntrigger: {type: prometeus.alert}\naction: {ref: p.a}\n");
  const Said said = run("check --config " + path("c.yaml"));
  EXPECT_EQ(said.code, kDone);
  EXPECT_NE(said.out.find("is fine: 1 sources, 1 chats, 1 rules, 1 actions; 1 warning\n"),
            std::string::npos)
      << said.out;
  EXPECT_NE(said.err.find("[no-source]"), std::string::npos);
  const Said strict = run("check --strict --config " + path("c.yaml"));
  EXPECT_EQ(strict.code, kUsage);
  EXPECT_NE(strict.err.find("0 errors, 1 warning, which --strict does not let pass\n"),
            std::string::npos);
}

TEST_F(RuleCommands, check_says_the_same_to_programs) {
  write("p/rules/r.yaml", "name: r\ntrigger: {type: prometeus.alert}\naction: {ref: p.a}\n");
  const Json out = Json::parse(run("check --json --config " + path("c.yaml")).out);
  EXPECT_EQ(out["ok"], true);
  EXPECT_EQ(out["errors"], 0);
  EXPECT_EQ(out["warnings"], 1);
  EXPECT_EQ(out["problems"][0]["lint"], "no-source");
  EXPECT_EQ(out["problems"][0]["key"], "trigger.type");
  EXPECT_FALSE(out["problems"][0]["mend"].get<std::string>().empty());
  EXPECT_EQ(Json::parse(run("check --strict --json --config " + path("c.yaml")).out)["ok"], false);
}

TEST_F(RuleCommands, tests_are_told_a_line_for_each_file_with_what_differs) {
  rule("bad", kFails);
  rule("good", kPasses);
  rule("untested", "");
  const Said said = test();
  EXPECT_EQ(said.code, kFailed);
  EXPECT_EQ(said.out, "failed    p.bad (" + path("p/rules/bad.yaml") +
                          "): 0 passed, 1 failed\n"
                          "  FAILED  p.bad: wrong <host> & more\n"
                          "    " +
                          path("p/rules/bad.yaml") +
                          ":6: parameter host: expected \"web-4\", got \"web-3\"\n"
                          "      - parameters.host: \"web-4\"\n"
                          "      + parameters.host: \"web-3\"\n"
                          "ok        p.good (" +
                          path("p/rules/good.yaml") + "): 1 passed\n" + "no tests  p.untested (" +
                          path("p/rules/untested.yaml") +
                          ")\n"
                          "1 passed, 1 failed\n"
                          "1 rule has no tests\n");
  EXPECT_EQ(said.err, "") << "nobody watches, so there is no progress";
}

TEST_F(RuleCommands, tests_can_be_chosen_by_the_name_of_their_rule) {
  rule("bad", kFails);
  rule("good", kPasses);
  EXPECT_EQ(test("good").code, kDone);
  EXPECT_EQ(test("p.g*").code, kDone);
  EXPECT_EQ(test("good bad").code, kFailed);
  EXPECT_EQ(test("bed").code, kUsage);
}

TEST_F(RuleCommands, tests_are_written_for_ci) {
  rule("bad", kFails);
  rule("untested", "");
  test("--junit " + path("junit.xml"));
  std::ifstream in(path("junit.xml"));
  const std::string xml{std::istreambuf_iterator<char>(in), {}};
  EXPECT_EQ(xml,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<testsuites name=\"countersign rules test\" tests=\"1\" failures=\"1\" errors=\"0\">\n"
            "  <testsuite name=\"" +
                path("p/rules/bad.yaml") +
                "\" tests=\"1\" failures=\"1\" errors=\"0\" skipped=\"0\">\n"
                "    <testcase classname=\"p.bad\" name=\"wrong &lt;host&gt; &amp; more\" file=\"" +
                path("p/rules/bad.yaml") +
                "\" line=\"6\">\n"
                "      <failure type=\"example\" message=\"parameter host: expected "
                "&quot;web-4&quot;, got &quot;web-3&quot;\">parameter host: expected "
                "&quot;web-4&quot;, got &quot;web-3&quot;&#10;- parameters.host: "
                "&quot;web-4&quot;&#10;+ parameters.host: &quot;web-3&quot;&#10;</failure>\n"
                "    </testcase>\n"
                "  </testsuite>\n"
                "  <testsuite name=\"" +
                path("p/rules/untested.yaml") +
                "\" tests=\"0\" failures=\"0\" errors=\"0\" skipped=\"0\">\n"
                "  </testsuite>\n"
                "</testsuites>\n");
  EXPECT_EQ(test("--junit /nowhere/at/all.xml").code, kFailed);
}

TEST_F(RuleCommands, xml_for_ci_is_well_formed_whatever_names_hold) {
  if (std::system("command -v xmllint >/dev/null") != 0) GTEST_SKIP() << "there is no xmllint";
  rule("bad", kFails);
  RuleReport report{
      "p.r", "r.yaml", {{"\x01\x0b ]]> \xff \xed\xa0\x80 \xc3\xa9", 3, {"<&\n\"'"}, {}, {}}}};
  std::ofstream(path("names.xml")) << junit({report});
  test("--junit " + path("junit.xml"));
  for (const char* name : {"names.xml", "junit.xml"})
    EXPECT_EQ(std::system(("xmllint --noout " + path(name)).c_str()), 0) << name;
}

TEST(Junit, is_well_formed_whatever_a_name_holds) {
  RuleReport report{"p.r", "r.yaml", {{"\x01 ]]> \xff \xc3\xa9", 3, {"a\nb \"q\" 'x'"}, {}, {}}}};
  const std::string xml = junit({report});
  EXPECT_NE(xml.find("name=\"\xef\xbf\xbd ]]&gt; \xef\xbf\xbd \xc3\xa9\""), std::string::npos)
      << xml;
  EXPECT_NE(xml.find("message=\"a&#10;b &quot;q&quot; 'x'\""), std::string::npos) << xml;
}

TEST(Difference, is_said_place_by_place) {
  EXPECT_EQ(difference({{"match", true}, {"parameters", {{"a", 1}, {"b", {{"c", 2}}}}}},
                       {{"match", true}, {"parameters", {{"b", {{"c", 3}, {"d", 4}}}}}}),
            (std::vector<std::string>{"- parameters.a: 1", "- parameters.b.c: 2",
                                      "+ parameters.b.c: 3", "+ parameters.b.d: 4"}));
  EXPECT_EQ(difference({{"match", true}}, {{"match", false}}),
            (std::vector<std::string>{"- match: true", "+ match: false"}));
}

// An example that named no environment failed in rules that have environments, and one in
// production in rules that have none.
TEST(RuleTests, match_whatever_environment_they_name) {
  core::Rule rule;
  rule.environments = {"staging"};
  rule.tests = {{"none", {{"x", 1}}, true, {}, 1},
                {"another", {{"labels", {{"environment", "test"}}}}, true, {}, 2}};
  for (const auto& result : run_rule_tests(rule))
    EXPECT_EQ(result.failures.size(), 0u) << result.name;
  rule.environments = {};
  rule.tests[1].event["labels"]["environment"] = "production";
  for (const auto& result : run_rule_tests(rule))
    EXPECT_EQ(result.failures.size(), 0u) << result.name;
}

}  // namespace
}  // namespace countersign::app
