#include "bot/core/rule_index.h"

#include <gtest/gtest.h>

#include <random>

namespace countersign::core {
namespace {

Rule rule(const std::string& name, std::vector<Criterion> criteria,
          const std::string& trigger = "t") {
  Rule made;
  made.pack = "p";
  made.name = name;
  made.trigger = trigger;
  made.criteria = std::move(criteria);
  return made;
}

Event event_of(Json body, const std::string& trigger = "t") {
  Event event;
  event.trigger = trigger;
  event.body = std::move(body);
  return event;
}

std::vector<std::string> asked(const RuleIndex& index, const Event& event) {
  const Environments environments;
  const Matching matching(event, environments, {});
  std::vector<std::string> names;
  for (const CompiledRule* found : index.matching(matching)) names.push_back(found->rule->name);
  return names;
}

std::vector<std::string> by_index(const std::vector<Rule>& rules, const Event& event) {
  return asked(RuleIndex(rules), event);
}

std::vector<std::string> one_by_one(const std::vector<Rule>& rules, const Event& event) {
  std::vector<std::string> names;
  for (const Rule& each : rules)
    if (match(each, event, {}, {}).matched()) names.push_back(each.name);
  return names;
}

TEST(RuleIndex, finds_rules_by_trigger_and_text_in_their_order) {
  const std::vector<Rule> rules{
      rule("disk", {{"trigger.name", "equals", "disk"}}),
      rule("any", {}),
      rule("other", {{"trigger.name", "equals", "disk"}}, "other"),
      rule("cpu", {{"trigger.name", "eq", "cpu"}}),
      rule("disk_too", {{"trigger.n", "gt", 1}, {"trigger.name", "eq", "disk"}}),
  };
  using Names = std::vector<std::string>;
  EXPECT_EQ(by_index(rules, event_of({{"name", "disk"}, {"n", 2}})),
            (Names{"disk", "any", "disk_too"}));
  EXPECT_EQ(by_index(rules, event_of({{"name", "disk"}, {"n", "2"}})), (Names{"disk", "any"}));
  EXPECT_EQ(by_index(rules, event_of({{"name", 1}})), Names{"any"});
  EXPECT_EQ(by_index(rules, event_of({{"name", "disk"}}, "other")), Names{"other"});
  EXPECT_EQ(by_index(rules, event_of(nullptr)), Names{"any"});
  EXPECT_EQ(by_index({}, event_of({{"name", "disk"}})), Names{});
}

TEST(RuleIndex, a_template_is_no_text_to_stand_under) {
  const std::vector<Rule> rules{rule("same", {{"trigger.a", "equals", "{{ trigger.b }}"}})};
  EXPECT_EQ(by_index(rules, event_of({{"a", "x"}, {"b", "x"}})).size(), 1U);
  EXPECT_EQ(by_index(rules, event_of({{"a", "x"}, {"b", "y"}})).size(), 0U);
}

TEST(RuleIndex, one_field_may_be_tested_twice) {
  const std::vector<Rule> rules{
      rule("never", {{"trigger.a", "eq", "x"}, {"trigger.a#2", "eq", "y"}}),
      rule("both", {{"trigger.a", "eq", "x"}, {"trigger.a#2", "startswith", "x"}})};
  EXPECT_EQ(by_index(rules, event_of({{"a", "x"}})), std::vector<std::string>{"both"});
}

TEST(RuleIndex, knows_all_rules_of_a_trigger_and_who_asks_the_clock) {
  const std::vector<Rule> rules{
      rule("a", {}), rule("b", {{"trigger.at", "td_lt", 60}}, "timed"),
      rule("c",
           {{"trigger.all", "search", {{"item.at", {{"type", "td_gt"}, {"pattern", 1}}}}, "any"}},
           "inside")};
  const RuleIndex index(rules);
  ASSERT_EQ(index.of_trigger("t").size(), 1U);
  EXPECT_EQ(index.of_trigger("t")[0].rule, &rules[0]);
  EXPECT_TRUE(index.of_trigger("nobody's").empty());
  EXPECT_FALSE(index.asks_clock("t"));
  EXPECT_TRUE(index.asks_clock("timed"));
  EXPECT_TRUE(index.asks_clock("inside"));
}

// Random rules and events out of few words, so that much of it meets.
class Chance {
 public:
  explicit Chance(unsigned seed) : random_(seed) {}

  template <class T>
  const T& one_of(const std::vector<T>& choices) {
    return choices[random_() % choices.size()];
  }
  Json value() {
    static const std::vector<Json> kValues{"a",
                                           "b",
                                           "A",
                                           "ab",
                                           "",
                                           nullptr,
                                           true,
                                           1,
                                           2.5,
                                           Json::array({"a", "b"}),
                                           Json::object(),
                                           {{"a", "b"}}};
    return one_of(kValues);
  }
  Criterion criterion() {
    static const std::vector<std::string> kKeys{
        "trigger.x",   "trigger.y",    "trigger.labels.x",     "trigger.labels.y", "trigger.x#2",
        "$.trigger.x", "trigger['x']", "trigger.status",       "trigger.list[0]",  "trigger..y",
        "trigger",     "labels",       "trigger.x | trigger.y"};
    static const std::vector<std::string> kTexts{"a", "b", "{{ trigger.y }}", "[", "a|b", "", "60"};
    const std::vector<std::string> operators = operator_names();
    const bool equality = random_() % 2 == 0;
    Criterion made{one_of(kKeys), equality ? "equals" : one_of(operators), value()};
    if (random_() % 2 == 0) made.pattern = one_of(kTexts);
    if (made.op == "search") {
      made.condition = one_of<std::string>({"all", "any", "all2any", "any2any", ""});
      made.pattern = {{"item", {{"type", one_of(operators)}, {"pattern", value()}}}};
    }
    return made;
  }
  Rule rule_of(int number) {
    Rule made =
        rule(std::to_string(number), {}, one_of<std::string>({"t", "u", "core.st2.CronTimer"}));
    for (auto left = random_() % 4; left > 0; --left) made.criteria.push_back(criterion());
    made.enabled = random_() % 8 != 0;
    if (random_() % 8 == 0) made.environments = {"production"};
    return made;
  }
  Event event() {
    Json body = {{"x", value()}, {"y", value()}, {"labels", {{"x", value()}, {"y", value()}}}};
    if (random_() % 4 == 0) body["env"] = "production";
    if (random_() % 4 == 0) body["schedule"] = Json::object();
    if (random_() % 16 == 0) body = value();
    Event made = event_of(std::move(body), one_of<std::string>({"t", "u", "core.st2.CronTimer"}));
    if (random_() % 8 == 0) made.status = "resolved";
    return made;
  }

 private:
  std::mt19937 random_;
};

TEST(RuleIndex, says_what_asking_every_rule_says) {
  std::size_t matched = 0;
  for (unsigned seed = 1; seed <= 10; ++seed) {
    Chance chance(seed);
    std::vector<Rule> rules;
    for (int i = 0; i < 30; ++i) rules.push_back(chance.rule_of(i));
    const RuleIndex index(rules);
    for (int i = 0; i < 10; ++i) {
      const Event event = chance.event();
      const auto expected = one_by_one(rules, event);
      EXPECT_EQ(asked(index, event), expected) << "seed " << seed << ": " << event.body;
      matched += expected.size();
    }
  }
  EXPECT_GT(matched, 100U);
}

}  // namespace
}  // namespace countersign::core
