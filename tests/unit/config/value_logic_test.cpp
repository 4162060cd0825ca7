#include "config/lint/value_logic.h"

#include <gtest/gtest.h>

#include "bot/core/match.h"
#include "bot/core/operators.h"
#include "config/lint/criteria_logic.h"

namespace countersign::config {
namespace {

using core::Criterion;
using Kind = CommonValue::Kind;

CommonValue of(const std::vector<Criterion>& criteria) {
  std::vector<const Criterion*> all;
  for (const Criterion& c : criteria) all.push_back(&c);
  CommonValue found = common_value(all);
  for (const Criterion& c : criteria) {
    if (found.kind != Kind::some) continue;
    EXPECT_TRUE(*core::compare(c.op, found.example, c.pattern, {})) << c.op << found.example;
  }
  return found;
}
Kind kind(const std::vector<Criterion>& criteria) { return of(criteria).kind; }

TEST(ValueLogic, criteria_that_exclude_each_other_have_no_value) {
  const std::vector<std::vector<Criterion>> none{
      {{"k", "equals", "a"}, {"k", "eq", "b"}},
      {{"k", "equals", "a"}, {"k", "iequals", "B"}},
      {{"k", "equals", "5"}, {"k", "equals", 5}},
      {{"k", "equals", "a"}, {"k", "nequals", "a"}},
      {{"k", "equals", Json::array({1})}, {"k", "neq", Json::array({1})}},
      {{"k", "iequals", "Web"}, {"k", "istartswith", "db"}},
      {{"k", "iequals", "Web"}, {"k", "endswith", "x"}},
      {{"k", "equals", "web-1"}, {"k", "startswith", "db"}},
      {{"k", "equals", "web-1"}, {"k", "matchregex", "db-.*"}},
      {{"k", "inside", {"a", "b"}}, {"k", "inside", {"c", "d"}}},
      {{"k", "in", {"a", "b"}}, {"k", "nin", {"a", "b", "c"}}},
      {{"k", "exists", "x"}, {"k", "nexists", "x"}},
      {{"k", "nexists", true}, {"k", "equals", "a"}},
      {{"k", "lessthan", 5}, {"k", "greaterthan", 5}},
      {{"k", "gt", 90}, {"k", "lt", 10}},
      {{"k", "gt", 90}, {"k", "equals", 80}},
      {{"k", "gt", 90}, {"k", "contains", "a"}},
      {{"k", "gt", "b"}, {"k", "lt", "a"}},
      {{"k", "startswith", "web"}, {"k", "startswith", "db"}},
      {{"k", "istartswith", "WEB"}, {"k", "startswith", "db"}},
      {{"k", "endswith", ".com"}, {"k", "endswith", ".org"}},
      {{"k", "startswith", "web-"}, {"k", "ncontains", "eb"}},
      {{"k", "startswith", "Web-"}, {"k", "incontains", "web"}},
      {{"k", "contains", "x"}, {"k", "ncontains", "x"}},
      {{"k", "matchwildcard", "web-1"}, {"k", "equals", "web-2"}},
      {{"k", "regex", "^a"}, {"k", "equals", 5}},
      {{"k", "regex", "^web-"}, {"k", "matchregex", "db.*"}},
      {{"k", "regex", "^web-x?"}, {"k", "startswith", "web_"}},
  };
  for (const auto& criteria : none) {
    EXPECT_EQ(kind(criteria), Kind::none) << criteria[0].op << " " << criteria[1].op;
    EXPECT_EQ(kind({criteria[1], criteria[0]}), Kind::none) << criteria[0].op << criteria[1].op;
  }
}

TEST(ValueLogic, near_misses_have_a_value_that_the_operators_accept) {
  const std::vector<std::vector<Criterion>> some{
      {{"k", "equals", 1}, {"k", "equals", 1.0}},
      {{"k", "equals", "Web"}, {"k", "iequals", "wEB"}},
      {{"k", "equals", "web-1"}, {"k", "startswith", "web"}},
      {{"k", "iequals", "Web"}, {"k", "contains", "eb"}},
      {{"k", "inside", {"a", "b"}}, {"k", "inside", {"b", "c"}}},
      {{"k", "in", {"a", "b"}}, {"k", "nin", {"a"}}},
      {{"k", "gt", 5}, {"k", "lt", 6}},
      {{"k", "gt", 80}, {"k", "equals", 90}},
      {{"k", "gt", "a"}, {"k", "lt", "b"}},
      {{"k", "startswith", "web"}, {"k", "startswith", "web-"}},
      {{"k", "startswith", "web"}, {"k", "endswith", "-1"}},
      {{"k", "istartswith", "Web"}, {"k", "ncontains", "web"}},
      {{"k", "startswith", "a"}, {"k", "contains", "b"}},
      {{"k", "nequals", "a"}, {"k", "nequals", "b"}},
      {{"k", "exists", "x"}, {"k", "nequals", "b"}},
      {{"k", "matchwildcard", "web-?.*"}, {"k", "startswith", "web-"}},
      {{"k", "matchregex", "web-\\d+$"}, {"k", "startswith", "web"}},
      {{"k", "regex", "^(disk|cpu)[._]full$"}, {"k", "startswith", "disk"}},
      {{"k", "regex", "^webs?"}, {"k", "startswith", "web_"}},
      {{"k", "regex", "^db|^web"}, {"k", "startswith", "web"}},
      {{"k", "regex", "db"}, {"k", "startswith", "web"}},
      {{"k", "contains", 5}, {"k", "exists", 1}},
      {{"k", "nexists", 1}, {"k", "nequals", "a"}},
  };
  for (const auto& criteria : some)
    EXPECT_EQ(kind(criteria), Kind::some) << criteria[0].op << " " << criteria[1].op;
}

TEST(ValueLogic, what_cannot_be_decided_is_unknown) {
  EXPECT_EQ(kind({{"k", "equals", "{{ trigger.other }}"}}), Kind::unknown);
  EXPECT_EQ(kind({{"k", "timediff_lt", 60}}), Kind::unknown);
  EXPECT_EQ(kind({{"k", "regex", "a(?=b)"}}), Kind::unknown);
  EXPECT_EQ(kind({{"k", "equals", "a"}, {"k", "td_gt", 5}}), Kind::unknown);
  EXPECT_EQ(kind({{"k", "regex", "^a{3}b$"}, {"k", "regex", "b{5}"}}), Kind::unknown);
}

TEST(ValueLogic, even_beside_what_is_unknown_a_contradiction_is_one) {
  EXPECT_EQ(kind({{"k", "equals", "a"}, {"k", "equals", "b"}, {"k", "td_gt", 5}}), Kind::none);
}

TEST(ValueLogic, one_criterion_can_hold_for_nothing) {
  const auto found = of({{"k", "startswith", 5}});
  EXPECT_EQ(found.kind, Kind::none);
  EXPECT_EQ(found.first, found.second);
  EXPECT_EQ(kind({{"k", "inside", Json::array()}}), Kind::none);
  EXPECT_EQ(kind({{"k", "inside", 5}}), Kind::none);
  EXPECT_EQ(kind({{"k", "lessthan", {{"a", 1}}}}), Kind::none);
}

// What is said to have no value has none among many, whatever the operators and patterns.
TEST(ValueLogic, never_denies_a_value_that_the_operators_accept) {
  const std::vector<Json> values{nullptr,
                                 "a",
                                 "A",
                                 "ab",
                                 "aB",
                                 "ba",
                                 "",
                                 "xaby",
                                 1,
                                 2,
                                 1.5,
                                 true,
                                 Json::array({"a"}),
                                 Json::array({1, 2}),
                                 {{"a", 1}},
                                 Json::array({Json::array({"a", "ab"})})};
  const std::vector<Json> patterns{"a", "aB", "", 1, true, Json::array({"a", "ab"}), {{"a", 1}}};
  std::vector<Criterion> criteria;
  std::vector<std::vector<bool>> meets;
  for (const std::string& op : core::operator_names()) {
    if (core::find_operator(op)->asks_clock || op.size() == 2 || op.size() == 3) continue;  // aliases
    for (const Json& pattern : patterns) {
      std::vector<bool> met;
      for (const Json& value : values) {
        const auto answer = core::compare(op, value, pattern, {});
        met.push_back(answer && *answer);
      }
      criteria.push_back({"k", op, pattern});
      meets.push_back(std::move(met));
    }
  }
  std::size_t denied = 0;
  for (std::size_t a = 0; a < criteria.size(); ++a) {
    for (std::size_t b = a; b < criteria.size(); ++b) {
      const auto found = common_value({&criteria[a], &criteria[b]});
      if (found.kind != Kind::none) continue;
      denied += 1;
      for (std::size_t v = 0; v < values.size(); ++v)
        EXPECT_FALSE(meets[a][v] && meets[b][v])
            << values[v] << " meets " << criteria[a].op << " " << criteria[a].pattern << " and "
            << criteria[b].op << " " << criteria[b].pattern;
    }
  }
  EXPECT_GT(denied, criteria.size()) << "nothing was shown at all";
}

TEST(CriteriaLogic, keys_that_are_one_place_in_other_words_are_one_key) {
  EXPECT_EQ(
      common_event({{"trigger.labels.a", "equals", "x"}, {"trigger.labels['a']#2", "equals", "y"}})
          .kind,
      CommonEvent::Kind::none);
  const auto fine = common_event({{"trigger.labels.a", "equals", "x"},
                                  {"trigger.labels['b-c']", "equals", "y"},
                                  {"$.trigger.list[1].n", "gt", 4}});
  EXPECT_EQ(fine.kind, CommonEvent::Kind::some);
  EXPECT_EQ(fine.body,
            Json::parse(R"({"labels": {"a": "x", "b-c": "y"}, "list": [null, {"n": 5}]})"));
}

TEST(CriteriaLogic, an_event_is_an_example_only_if_the_matcher_says_so) {
  // One value cannot be a text and an object at once; keys of many places are not reasoned about.
  EXPECT_EQ(common_event({{"trigger.a", "equals", "x"}, {"trigger.a.b", "equals", "y"}}).kind,
            CommonEvent::Kind::unknown);
  EXPECT_EQ(common_event({{"trigger..a", "equals", "x"}}).kind, CommonEvent::Kind::unknown);
  EXPECT_EQ(common_event({{"trigger..a", "equals", "x"}, {"trigger..a", "equals", "y"}}).kind,
            CommonEvent::Kind::none);
  EXPECT_EQ(common_event({}).kind, CommonEvent::Kind::some);
  EXPECT_EQ(common_event({{"trigger.a", "nexists", 1}}).kind, CommonEvent::Kind::some);
}

}  // namespace
}  // namespace countersign::config
