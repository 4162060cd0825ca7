#include "bot/core/path.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

const Json kRoot = Json::parse(R"({"trigger": {
  "status": "firing", "version": "4", "a.b": "dotted", "with space": "ws", "x-y": 2, "none": null, "zero": 0,
  "headers": {"X-GitHub-Event": "push"},
  "alerts": [{"labels": {"severity": "critical"}, "n": [1, 2]}, {"labels": {"severity": "info"}, "n": [3]}]}})");

Json at(std::string_view key) {
  const Result<Path> path = Path::parse(key);
  if (!path) return "error";
  const Json* found = path->first(kRoot);
  return found ? *found : Json();
}

TEST(Path, follows_names_and_indexes) {
  EXPECT_EQ(at("trigger.status"), "firing");
  EXPECT_EQ(at("trigger.x-y"), 2);
  EXPECT_EQ(at("trigger.zero"), 0);
  EXPECT_EQ(at("trigger.alerts[0].labels.severity"), "critical");
  EXPECT_EQ(at("trigger.alerts[-1].labels.severity"), "info");
  EXPECT_EQ(at("$.trigger.status"), "firing");
  EXPECT_EQ(at("trigger.alerts.[1].n[0]"), 3);
}

TEST(Path, takes_quoted_names) {
  EXPECT_EQ(at("trigger.'a.b'"), "dotted");
  EXPECT_EQ(at("trigger['a.b']"), "dotted");
  EXPECT_EQ(at("trigger.\"with space\""), "ws");
  EXPECT_EQ(at("trigger.headers['X-GitHub-Event']"), "push");
  EXPECT_EQ(at("trigger[status]"), "firing");
}

TEST(Path, gives_the_first_of_many) {
  EXPECT_EQ(at("trigger.alerts[*].labels.severity"), "critical");
  EXPECT_EQ(at("trigger.alerts[1:].labels.severity"), "info");
  EXPECT_EQ(at("trigger.alerts[::-1].labels.severity"), "info");
  EXPECT_EQ(at("trigger..severity"), "critical");
  EXPECT_EQ(at("trigger.headers.*"), "push");
  EXPECT_EQ(at("trigger.missing|version"), "4");
  EXPECT_EQ(at("trigger.alerts[*].n[*]"), 1);
}

TEST(Path, is_null_where_nothing_is) {
  for (const char* key :
       {"status", "trigger.missing.deeper", "trigger.status.x", "trigger.alerts.labels",
        "trigger.alerts[7]", "trigger.none", "trigger.Status", "trigger.status[0]"})
    EXPECT_EQ(at(key), nullptr) << key;
}

TEST(Path, ignores_remarks_and_blanks) {
  EXPECT_EQ(at("trigger.zero#2"), 0);
  EXPECT_EQ(at(" trigger . status # note"), "firing");
}

TEST(Path, says_where_it_is_not_understood) {
  for (const char* key : {"", "trigger.", "trigger.with space", "trigger[",
                          "trigger.alerts[?(@.n)]", "trigger.1x", "trigger['a", "$x", "#"})
    EXPECT_EQ(at(key), "error") << key;
  EXPECT_EQ(Path::parse("trigger.with space").error().message,
            "the path 'trigger.with space' is not understood at character 14");
}

}  // namespace
}  // namespace countersign::core
