// `step_up`: what one-time codes need. T45: no message repeats the key.
#include <gtest/gtest.h>

#include "config/settings.h"
#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

constexpr char kKey[] = "a key that has thirty-two letters";

Loaded load(const std::string& step_up) {
  return parse_settings("state_dir: x\n" + step_up, "/etc/cs/c.yaml");
}

TEST(StepUpSettings, are_a_key_and_the_name_that_apps_show) {
  const Folder folder;
  const Variable variable("CS_TEST_KEY", kKey);
  const std::string file = folder.write("key", std::string(kKey) + "\n");
  const Loaded loaded = load("step_up: {key: {env: CS_TEST_KEY}, issuer: \"Köln & Co\"}\n");
  EXPECT_EQ(texts(loaded.problems), Texts{});
  EXPECT_EQ(loaded.settings.step_up->key.reveal(), kKey);
  EXPECT_EQ(loaded.settings.step_up->issuer, "Köln & Co");
  const Loaded plain = load("step_up: {key: {file: " + file + "}}\n");
  EXPECT_EQ(texts(plain.problems), Texts{});
  EXPECT_EQ(plain.settings.step_up->key.reveal(), kKey);
  EXPECT_EQ(plain.settings.step_up->issuer, "Countersign");
}

TEST(StepUpSettings, may_be_left_out) { EXPECT_FALSE(load("").settings.step_up); }

TEST(StepUpSettings, say_what_is_wrong_with_them_and_never_the_key_T45) {
  const Variable shorter("CS_TEST_SHORT", std::string(kKey).substr(0, 31));
  const Variable right("CS_TEST_KEY", kKey);
  const std::string at = "/etc/cs/c.yaml:2: step_up";
  const std::vector<std::pair<std::string, Texts>> cases = {
      {"{}", {at + ".key: is required"}},
      {"{key: 0123456789abcdef0123456789abcdef}",
       {at + ".key: a secret is {env: NAME} or {file: PATH}, never a literal"}},
      {"{key: {env: CS_TEST_SHORT}}", {at + ".key: must hold at least 32 characters"}},
      {"{key: {env: CS_TEST_KEY}, isuer: x}",
       {at + ".isuer: unknown key 'isuer'; did you mean 'issuer'?"}},
      {"{key: {env: CS_TEST_KEY}, issuer: \"a:b\"}",
       {at + ".issuer: must be one line of at most 64 characters without a colon"}},
      {"{key: {env: CS_TEST_KEY}, issuer: \"a\\nb\"}",
       {at + ".issuer: must be one line of at most 64 characters without a colon"}},
  };
  for (const auto& [step_up, problems] : cases)
    EXPECT_EQ(texts(load("step_up: " + step_up + "\n").problems), problems) << step_up;
}

}  // namespace
}  // namespace countersign::config
