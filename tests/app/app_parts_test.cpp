// The parts of the program that are not the engine's: rule examples, the state directory, ids, the
// front door.
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include <unistd.h>

#include "bot/app/front.h"
#include "bot/app/random_ids.h"
#include "bot/app/rule_tests.h"
#include "bot/app/state_dir.h"
#include "tests/support/test_database.h"

namespace countersign::app {
namespace {

core::Rule rule() {
  core::Rule r;
  r.name = "disk";
  r.pack = "ops";
  r.trigger = "prometheus.alert";
  r.criteria = {{"trigger.labels.severity", "equals", "warning"}};
  r.parameters = {{"host", "{{ trigger.labels.instance }}"}};
  return r;
}

core::RuleTest example(const char* severity, bool match) {
  core::RuleTest t;
  t.name = severity;
  t.event = {{"labels", {{"severity", severity}, {"instance", "web-3"}}}};
  t.match = match;
  return t;
}

TEST(RuleTests, pass_when_match_and_parameters_are_as_expected) {
  auto r = rule();
  r.tests = {example("warning", true), example("critical", false)};
  r.tests[0].parameters = Json{{"host", "web-3"}};
  for (const auto& result : run_rule_tests(r)) EXPECT_TRUE(result.failures.empty()) << result.name;
}

TEST(RuleTests, say_which_criterion_failed_with_which_value) {
  auto r = rule();
  r.tests = {example("critical", true)};
  const auto results = run_rule_tests(r);
  ASSERT_EQ(results.front().failures.size(), 1u);
  EXPECT_EQ(results.front().failures.front(),
            "expected a match, but trigger.labels.severity equals \"warning\", but the event has "
            "\"critical\"");
}

TEST(RuleTests, say_which_parameter_differs) {
  auto r = rule();
  r.tests = {example("warning", true)};
  r.tests[0].parameters = Json{{"host", "web-4"}};
  EXPECT_EQ(run_rule_tests(r).front().failures.front(),
            "parameter host: expected \"web-4\", got \"web-3\"");
}

TEST(StateDir, is_held_by_one_process_and_keeps_its_identity) {
  support::TestFolder folder;
  RandomIds ids;
  std::string replica;
  {
    const auto first = StateDir::open(folder.path(), ids);
    ASSERT_TRUE(first.ok());
    replica = first->replica();
    const auto second = StateDir::open(folder.path(), ids);
    ASSERT_FALSE(second.ok());
    EXPECT_NE(second.error().message.find(std::to_string(::getpid())), std::string::npos);
  }
  const auto again = StateDir::open(folder.path(), ids);
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->replica(), replica);
}

TEST(RandomIds, are_uuids_and_trace_ids_and_never_the_same) {
  RandomIds ids;
  std::set<std::string> seen;
  for (int i = 0; i < 100; ++i) {
    const std::string uuid = ids.uuid();
    EXPECT_EQ(uuid.size(), 36u);
    EXPECT_EQ(uuid[14], '4');
    seen.insert(uuid);
    EXPECT_FALSE(ids.correlation().empty());
    EXPECT_GE(ids.chance(), 0.0);
    EXPECT_LT(ids.chance(), 1.0);
  }
  EXPECT_EQ(seen.size(), 100u);
}

net::HttpResponse get(const Front& front, const std::string& path,
                      const std::string& method = "GET") {
  net::HttpResponse answer;
  net::HttpRequest request;
  request.method = method;
  request.target = request.path = path;
  front.handle(request, [&](net::HttpResponse r) { answer = std::move(r); });
  return answer;
}

TEST(Front, says_whether_it_lives_and_what_is_missing) {
  std::map<std::string, std::string> missing;
  const Front front([&] { return missing; });
  EXPECT_EQ(get(front, "/healthz").status, 200);
  EXPECT_EQ(get(front, "/readyz").status, 200);
  missing["database"] = "connection refused";
  const auto answer = get(front, "/readyz");
  EXPECT_EQ(answer.status, 503);
  EXPECT_EQ(Json::parse(answer.body)["missing"]["database"], "connection refused");
  EXPECT_EQ(get(front, "/healthz").status, 200);
}

TEST(Front, knows_nothing_else) {
  const Front front([] { return std::map<std::string, std::string>{}; });
  EXPECT_EQ(get(front, "/etc/passwd").status, 404);
  EXPECT_EQ(get(front, "/healthz", "POST").status, 405);
}

}  // namespace
}  // namespace countersign::app
