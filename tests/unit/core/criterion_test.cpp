#include "bot/core/criterion.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

const Instant kNow = *parse_instant("2026-01-15T12:00:00Z");
const Json kDisks = Json::parse(
    R"([{"name": "root", "used": 91, "tags": ["a", "b"]}, {"name": "home", "used": 40}])");

CriterionResult explained(const Criterion& criterion, const Json& body,
                          const Json* datastore = nullptr) {
  const Json context = {{"trigger", body}};
  const Facts facts{kNow, datastore};
  const CompiledCriterion compiled(criterion);
  const Scope scope(context, facts);
  const CriterionResult result = compiled.explain(scope);
  EXPECT_EQ(compiled.matches(scope), result.matched);  // both ways say the same
  return result;
}

// "true", "false" or "error".
std::string searched(const std::string& condition, const Json& pattern, const Json& value) {
  const auto result = explained({"trigger.x", "search", pattern, condition}, {{"x", value}});
  return !result.error.empty() ? "error" : result.matched ? "true" : "false";
}

Json child(const std::string& key, const std::string& type, const Json& pattern) {
  return {{key, {{"type", type}, {"pattern", pattern}}}};
}

TEST(Search, all_and_any_of_elements_and_of_children) {
  Json both = child("item.name", "equals", "root");
  both.update(child("item.used", "gt", 90));
  EXPECT_EQ(searched("any", both, kDisks), "true");
  EXPECT_EQ(searched("all", both, kDisks), "false");
  Json either = child("item.name", "equals", "home");
  either.update(child("item.used", "gt", 90));
  EXPECT_EQ(searched("any", either, kDisks), "false");
  EXPECT_EQ(searched("all2any", either, kDisks), "true");
  EXPECT_EQ(searched("any2any", either, kDisks), "true");
  EXPECT_EQ(searched("any2any", child("item.used", "gt", 99), kDisks), "false");
}

TEST(Search, nothing_to_go_through_is_all_and_not_any) {
  const Json pattern = child("item.name", "equals", "root");
  EXPECT_EQ(searched("all", pattern, Json::array()), "true");
  EXPECT_EQ(searched("all2any", pattern, Json::array()), "true");
  EXPECT_EQ(searched("any", pattern, Json::array()), "false");
  EXPECT_EQ(searched("any", Json::object(), kDisks), "true");
  EXPECT_EQ(searched("any2any", Json::object(), kDisks), "false");
}

TEST(Search, goes_through_lists_objects_and_characters_only) {
  EXPECT_EQ(searched("any", child("item.name", "equals", "root"), kDisks[0]), "true");
  EXPECT_EQ(searched("all", child("item", "inside", "abé"), "aéb"), "true");
  for (const Json& value : {Json(nullptr), Json(7), Json(true)})
    EXPECT_EQ(searched("all", child("item", "exists", 1), value), "error");
}

TEST(Search, faults_of_a_child_are_no_and_unknown_operators_are_errors) {
  EXPECT_EQ(searched("any", child("item.used", "regex", "("), kDisks), "false");
  EXPECT_EQ(searched("any", child("item.used", "SEARCH", Json::object()), kDisks), "false");
  EXPECT_EQ(searched("any", {{"item.name", {{"pattern", "root"}}}}, kDisks), "false");
  EXPECT_EQ(searched("any", child("item.name", "bogus", 1), kDisks), "error");
  EXPECT_EQ(searched("all", child("item.name", "bogus", 1), Json::array()), "true");
  EXPECT_EQ(searched("any", "text", kDisks), "error");
  EXPECT_EQ(searched("any", nullptr, kDisks), "error");
  for (const char* condition : {"", "ANY", "some"})
    EXPECT_EQ(searched(condition, child("item", "exists", 1), kDisks), "error");
}

TEST(Search, children_see_the_element_and_nothing_else) {
  EXPECT_EQ(searched("any", child("trigger.x", "exists", 1), kDisks), "false");
  EXPECT_EQ(searched("any", child("item.name", "equals", "{{ item.name }}"), kDisks), "true");
  EXPECT_EQ(searched("any", child("item.name", "equals", "{{ trigger.x }}"), kDisks), "false");
  EXPECT_EQ(searched("any", child("item['tags'][1]", "equals", "b"), kDisks), "true");
  EXPECT_EQ(searched("any", child("$.item.name", "equals", "home"), kDisks), "true");
}

TEST(Search, may_hold_searches) {
  const Json inner = {
      {"item.tags",
       {{"type", "search"}, {"condition", "any"}, {"pattern", child("item", "equals", "b")}}}};
  EXPECT_EQ(searched("any", inner, kDisks), "true");
  EXPECT_EQ(searched("all", inner, kDisks), "false");
}

TEST(Criterion, a_missing_type_never_matches_and_is_no_error) {
  const auto result = explained({"trigger.x", "", 1}, {{"x", 1}});
  EXPECT_FALSE(result.matched);
  EXPECT_EQ(result.error, "");
}

TEST(Criterion, the_datastore_is_there_for_paths_and_templates) {
  const Json system = {{"limit", "80"}, {"team", {{"oncall", "ann"}}}};
  EXPECT_TRUE(explained({"system.limit", "eq", "80"}, {{"n", 5}}, &system).matched);
  EXPECT_TRUE(explained({"trigger.n", "lt", "{{ st2kv.system.limit | int }}"}, {{"n", 5}}, &system)
                  .matched);
  EXPECT_TRUE(
      explained({"trigger.who", "eq", "{{ st2kv.system.team.oncall | string }}"}, {{"who", "ann"}},
                &system)
          .matched);
  EXPECT_NE(
      explained({"trigger.who", "eq", "{{ st2kv.system.team.oncall }}"}, {{"who", "ann"}}, &system)
          .error,
      "") << "in StackStorm it has to be made a text first, too";
  EXPECT_NE(explained({"trigger.n", "eq", "{{ st2kv.user.limit }}"}, {{"n", 5}}, &system).error,
            "");
  // A path that goes everywhere does not go there.
  EXPECT_FALSE(explained({"$..limit", "exists", 1}, {{"n", 5}}, &system).matched);
  EXPECT_FALSE(explained({"system.limit", "exists", 1}, {{"n", 5}}).matched);
}

TEST(Criterion, knows_the_text_it_stands_for) {
  const auto text = [](const Criterion& c) {
    const CompiledCriterion compiled(c);
    return compiled.only_text() ? *compiled.only_text() : "-";
  };
  EXPECT_EQ(text({"trigger.x", "eq", "a"}), "a");
  EXPECT_EQ(text({"trigger.x", "equals", 1}), "-");
  EXPECT_EQ(text({"trigger.x", "equals", "{{ trigger.y }}"}), "-");
  EXPECT_EQ(text({"trigger.x", "iequals", "a"}), "-");
}

TEST(Criterion, says_which_of_its_expressions_backtracks) {
  EXPECT_EQ(CompiledCriterion({"trigger.x", "regex", "(?!a)"}).backtracks(), "look-ahead");
  EXPECT_EQ(CompiledCriterion({"trigger.x", "regex", "a"}).backtracks(), "");
  EXPECT_EQ(CompiledCriterion({"trigger.x", "search", child("item", "iregex", "(a)\\1"), "any"})
                .backtracks(),
            "a back-reference");
}

}  // namespace
}  // namespace countersign::core
