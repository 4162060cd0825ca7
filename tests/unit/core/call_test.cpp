#include <gtest/gtest.h>

#include "bot/core/action.h"

namespace countersign::core {
namespace {

using Arguments = std::vector<std::string>;

Action command() {
  Action action;
  action.ref = "ops.rotate_logs";
  action.runner = "command";
  action.entry_point = "/packs/ops/actions/rotate";
  action.folder = "/packs/ops";
  for (const char* name : {"host", "force", "paths"}) {
    Parameter parameter;
    parameter.name = name;
    action.parameters.push_back(parameter);
  }
  return action;
}

Arguments argv(const Action& action, const Json& parameters, bool dry = false) {
  const Result<Json> call = render_call(action, parameters, dry);
  return call ? call->at("argv").get<Arguments>() : Arguments{"error: " + call.error().message};
}

TEST(Call, a_template_makes_exactly_one_argument) {  // T24
  Action action = command();
  action.args = {"--host={{ host }}", "{{ host }}"};
  for (const char* evil : {"a b", "; rm -rf /", "$(id)", "`id`", "x\ny", "'\"", "*"})
    EXPECT_EQ(argv(action, Json{{"host", evil}}),
              (Arguments{action.entry_point, std::string("--host=") + evil, evil}));
}

TEST(Call, a_null_expression_makes_no_argument_and_a_list_several) {
  Action action = command();
  action.args = {"run", "{{ host }}", "{{ paths }}", "{{ force }}"};
  EXPECT_EQ(argv(action, Json::parse(R"({"paths": ["/a", "/b c"], "force": 3})")),
            (Arguments{action.entry_point, "run", "/a", "/b c", "3"}));
  action.args = {"{{ nobody }}"};
  EXPECT_EQ(argv(action, Json::object()), Arguments{"error: 'nobody' is undefined"});
}

TEST(Call, without_templates_positions_come_first_then_names) {
  Action action = command();
  action.parameters[0].position = 1;
  action.parameters[2].position = 0;
  EXPECT_EQ(argv(action, Json::parse(R"({"host": "web-1", "paths": ["a", 2], "force": true})")),
            (Arguments{action.entry_point, "a,2", "web-1", "--force"}));
  action.parameters[0].position.reset();
  action.parameters[2].position.reset();
  EXPECT_EQ(argv(action, Json::parse(R"({"host": "web 1", "force": false, "paths": {"k": 1}})")),
            (Arguments{action.entry_point, "--host=web 1", "--paths={\"k\":1}"}));
  EXPECT_EQ(argv(action, Json{{"host", ""}}), Arguments{action.entry_point});
}

TEST(Call, names_the_folder_and_gives_an_empty_environment) {
  const Result<Json> call = render_call(command(), Json::object(), false);
  ASSERT_TRUE(call);
  EXPECT_EQ(call->at("cwd"), "/packs/ops");
  EXPECT_EQ(call->at("env"), Json::object());
}

TEST(Call, the_dry_run_adds_an_argument_or_takes_another_program) {
  Action action = command();
  action.args = {"{{ host }}"};
  const Json parameters = {{"host", "a"}};
  action.plan = {DryRun::Kind::argument, "--check"};
  EXPECT_EQ(argv(action, parameters, true), (Arguments{action.entry_point, "--check", "a"}));
  EXPECT_EQ(argv(action, parameters, false), (Arguments{action.entry_point, "a"}));
  action.plan = {DryRun::Kind::entry_point, "/packs/ops/actions/plan"};
  EXPECT_EQ(argv(action, parameters, true), (Arguments{"/packs/ops/actions/plan", "a"}));
}

TEST(Call, an_action_without_a_dry_run_refuses_one) {
  Action action = command();
  EXPECT_EQ(render_call(action, Json::object(), true).error().kind, ErrorKind::refused);
  action.runner = "http-request";
  action.plan = {DryRun::Kind::argument, "--check"};
  EXPECT_EQ(render_call(action, Json{{"url", "http://a/"}}, true).error().kind, ErrorKind::refused);
}

TEST(Call, a_command_needs_an_absolute_program) {
  Action action = command();
  action.entry_point = "rotate";
  EXPECT_FALSE(render_call(action, Json::object(), false));
}

TEST(Call, http_requests_have_their_four_parts) {
  Action action;
  action.ref = "ops.call";
  action.runner = "http-request";
  const auto call = render_call(
      action,
      Json::parse(
          R"({"url": "https://a/x", "method": "post", "headers": {"X-N": 5}, "body": {"k": 1}})"),
      false);
  ASSERT_TRUE(call);
  EXPECT_EQ(
      *call,
      Json::parse(
          R"({"url": "https://a/x", "method": "POST", "headers": {"X-N": "5"}, "body": {"k": 1}})"));
  EXPECT_EQ(render_call(action, Json{{"url", "http://a/"}}, false)->at("method"), "GET");
  for (const char* bad : {R"({})", R"({"url": "file:///etc/passwd"})", R"({"url": 5})",
                          R"({"url": "http://a/", "headers": {"X": "a\r\nEvil: 1"}})",
                          R"({"url": "http://a/", "headers": 1})"})
    EXPECT_FALSE(render_call(action, Json::parse(bad), false)) << bad;
}

TEST(Call, announcements_and_noops_are_small) {
  Action action;
  action.runner = "announcement";
  EXPECT_EQ(*render_call(action, Json{{"route", "ops"}, {"message", "hello"}}, false),
            Json::parse(R"({"route": "ops", "message": "hello"})"));
  action.runner = "noop";
  EXPECT_EQ(*render_call(action, Json{{"x", 1}}, false), Json::object());
  action.runner = "shell";
  EXPECT_FALSE(render_call(action, Json::object(), false));
}

TEST(Call, the_call_for_people_holds_no_secret) {
  Action action = command();
  action.parameters[0].secret = true;
  const Json shown = *render_call(action, redact(action, Json{{"host", "hunter2"}}), false);
  EXPECT_EQ(shown.dump().find("hunter2"), std::string::npos);
}

TEST(Targets, are_sorted_and_unique) {
  Action action = command();
  EXPECT_EQ(*render_targets(action, Json::object()), Arguments{});
  action.targets = "{{ host }}";
  EXPECT_EQ(*render_targets(action, Json{{"host", "b, a,,b "}}), (Arguments{"a", "b"}));
  EXPECT_EQ(*render_targets(action, Json::parse(R"({"host": ["z", "y", "z"]})")),
            (Arguments{"y", "z"}));
  EXPECT_EQ(*render_targets(action, Json::object()), Arguments{});
  action.targets = "{{ nope }}";
  EXPECT_FALSE(render_targets(action, Json::object()));
}

}  // namespace
}  // namespace countersign::core
