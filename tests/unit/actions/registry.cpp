#include "actions/registry.h"

#include <gtest/gtest.h>

#include "actions/announcement.h"
#include "actions/command.h"
#include "actions/http.h"
#include "actions/noop.h"

namespace countersign::actions {
namespace {

core::Action action_for(const std::string& runner) {
  core::Action action;
  action.runner = runner;
  return action;
}

TEST(Runners, finds_a_runner_by_its_kind) {
  Runners runners;
  runners.add(std::make_unique<NoopRunner>());
  runners.add(std::make_unique<HttpRunner>(HttpRunner::Options{}));
  runners.add(std::make_unique<CommandRunner>(CommandRunner::Options{"/var/state"}));
  runners.add(std::make_unique<AnnouncementRunner>(nullptr));
  for (const char* kind : {"noop", "http-request", "command", "announcement"}) {
    ASSERT_NE(runners.find(kind), nullptr) << kind;
    EXPECT_EQ(runners.find(kind)->kind(), kind);
  }
  EXPECT_EQ(runners.find("python-script"), nullptr);
}

TEST(Runners, checks_an_action_with_the_runner_it_names) {
  Runners runners;
  runners.add(std::make_unique<NoopRunner>());
  runners.add(std::make_unique<CommandRunner>(CommandRunner::Options{"/var/state"}));
  EXPECT_TRUE(runners.check(action_for("noop")).ok());
  EXPECT_FALSE(runners.check(action_for("command")).ok());
  EXPECT_EQ(runners.check(action_for("comand")).error().message,
            "there is no runner 'comand'; there are: command, noop");
}

TEST(HttpRunner, wants_a_parameter_url) {
  HttpRunner runner({});
  core::Action action = action_for("http-request");
  EXPECT_FALSE(runner.check(action).ok());
  action.parameters.push_back({.name = "url"});
  EXPECT_TRUE(runner.check(action).ok());
}

}  // namespace
}  // namespace countersign::actions
