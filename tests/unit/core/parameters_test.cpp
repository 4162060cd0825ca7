#include <gtest/gtest.h>

#include "bot/core/action.h"

namespace countersign::core {
namespace {

Parameter parameter(std::string name, std::vector<std::string> types) {
  Parameter p;
  p.name = std::move(name);
  p.types = std::move(types);
  return p;
}

Action action_with(std::vector<Parameter> parameters) {
  Action action;
  action.ref = "ops.thing";
  action.runner = "command";
  action.parameters = std::move(parameters);
  return action;
}

// The bound value of the one parameter p, or "error: " and the message.
Json bound(const Parameter& p, const Json& value) {
  const Result<Json> out = bind_parameters(action_with({p}), Json{{p.name, value}});
  return out ? out->value(p.name, Json()) : Json("error: " + out.error().message);
}

bool fails(const Parameter& p, const Json& value) {
  return !bind_parameters(action_with({p}), Json{{p.name, value}});
}

TEST(Parameters, are_cast_as_stackstorm_casts) {
  const Parameter integer = parameter("p", {"integer"});
  EXPECT_EQ(bound(integer, " 7 "), 7);
  EXPECT_EQ(bound(integer, 5.9), 5);
  EXPECT_EQ(bound(integer, true), 1);
  for (const char* bad : {"5.9", "", "1e3", "x"}) EXPECT_TRUE(fails(integer, bad)) << bad;
  const Parameter number = parameter("p", {"number"});
  EXPECT_EQ(bound(number, "1e3"), 1000.0);
  EXPECT_TRUE(fails(number, "inf"));
  const Parameter text = parameter("p", {"string"});
  EXPECT_EQ(bound(text, ""), "");
  EXPECT_TRUE(fails(text, 5));
  const Parameter boolean = parameter("p", {"boolean"});
  for (const Json& yes : {Json("true"), Json("TRUE"), Json("1"), Json(1), Json(true)})
    EXPECT_EQ(bound(boolean, yes), true);
  EXPECT_EQ(bound(boolean, "False"), false);
  EXPECT_TRUE(fails(boolean, "yes"));
  EXPECT_TRUE(fails(boolean, ""));
}

TEST(Parameters, lists_and_objects_come_as_json_or_as_python_prints_them) {
  const Parameter list = parameter("p", {"array"});
  EXPECT_EQ(bound(list, R"(["a", 1])"), Json::parse(R"(["a", 1])"));
  EXPECT_EQ(bound(list, "['it\\'s', None, True, {'k': (1, 2)}]"),
            Json::parse(R"(["it's", null, true, {"k": [1, 2]}])"));
  EXPECT_EQ(bound(list, "[]"), Json::array());
  for (const char* bad : {"", "a,b", "5", "['a'", "{'a': 1}", "__import__('os')"})
    EXPECT_TRUE(fails(list, bad)) << bad;
  EXPECT_EQ(bound(parameter("p", {"object"}), "{'a': 1.5}"), Json::parse(R"({"a": 1.5})"));
}

TEST(Parameters, of_several_types_keep_a_type_that_fits) {
  const Parameter either = parameter("p", {"string", "integer"});
  EXPECT_EQ(bound(either, "5"), "5");
  EXPECT_EQ(bound(either, 5), 5);
  EXPECT_EQ(bound(parameter("p", {}), Json::parse("[1]")), Json::parse("[1]"));
}

TEST(Parameters, defaults_fill_in_and_null_asks_for_them) {
  Parameter p = parameter("p", {"integer"});
  p.fallback = 7;
  p.required = true;
  EXPECT_EQ(bound(p, nullptr), 7);
  EXPECT_EQ(*bind_parameters(action_with({p}), nullptr), Json::parse(R"({"p": 7})"));
  p.fallback = nullptr;
  EXPECT_EQ(bound(p, nullptr), "error: parameter 'p' is required");
}

TEST(Parameters, defaults_may_be_templates_over_the_others) {
  Parameter url = parameter("url", {"string"});
  url.fallback = "http://{{ host }}:{{ port }}/";
  Parameter port = parameter("port", {"integer"});
  port.fallback = 80;
  const Action action = action_with({url, parameter("host", {"string"}), port});
  EXPECT_EQ(
      *bind_parameters(action, Json{{"host", "{{ port }}"}}),
      Json::parse(R"({"url": "http://{{ port }}:80/", "host": "{{ port }}", "port": 80})"));  // T23
  EXPECT_FALSE(bind_parameters(action, Json::object()));
}

TEST(Parameters, immutable_ones_cannot_be_changed) {
  Parameter p = parameter("p", {"string"});
  p.immutable = true;
  p.fallback = "--fixed";
  EXPECT_EQ(bound(p, "other"), "error: parameter 'p' cannot be changed");
  EXPECT_EQ(bound(p, "--fixed"), "--fixed");
}

TEST(Parameters, bound_parameters_bind_to_themselves) {
  Parameter fixed = parameter("fixed", {"integer"});
  fixed.immutable = true;
  fixed.fallback = 3;
  const Action action =
      action_with({fixed, parameter("host", {"string"}), parameter("n", {"integer"})});
  const Json once = *bind_parameters(action, Json{{"host", "a"}, {"n", "5"}});
  EXPECT_EQ(*bind_parameters(action, once), once);
}

TEST(Parameters, unknown_names_are_refused_with_the_known_ones) {
  const auto out = bind_parameters(action_with({parameter("host", {}), parameter("path", {})}),
                                   Json{{"hsot", 1}});
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().message, "action ops.thing has no parameter 'hsot'; it has: host, path");
}

TEST(Parameters, choices_and_patterns_hold) {
  Parameter p = parameter("p", {"string"});
  p.choices = {"a", "-b"};
  EXPECT_EQ(bound(p, "-b"), "-b");
  EXPECT_EQ(bound(p, "c"), "error: parameter 'p' must be one of ['a', '-b']");
  p.choices.clear();
  p.pattern = "^[a-z0-9-]+$";
  EXPECT_EQ(bound(p, "web-1"), "web-1");
  for (const char* evil : {"; rm -rf /", "$(id)", "`id`", "web-1\n", "web 1", "${IFS}", ""})  // T24
    EXPECT_TRUE(fails(p, evil)) << evil;
}

TEST(Parameters, values_do_not_become_options) {  // T25
  Parameter p = parameter("p", {"string"});
  EXPECT_EQ(bound(p, "--config=/etc/x"), "error: parameter 'p' must not begin with '-'");
  EXPECT_TRUE(fails(parameter("p", {"array"}), Json::parse(R"(["a", "-o"])")));
  EXPECT_TRUE(fails(parameter("p", {}), "-o"));
  EXPECT_EQ(bound(parameter("p", {"integer"}), "-5"), -5);
  p.leading_dash = true;
  EXPECT_EQ(bound(p, "-o"), "-o");
  Action message = action_with({parameter("message", {"string"})});
  message.runner = "announcement";
  EXPECT_TRUE(bind_parameters(message, Json{{"message", "- disk full"}}));
}

TEST(Parameters, nul_characters_are_refused) {  // T24
  EXPECT_TRUE(fails(parameter("p", {"string"}), std::string("a\0b", 3)));
  EXPECT_TRUE(fails(parameter("p", {"object"}), Json{{"k", std::string("\0", 1)}}));
}

TEST(Parameters, secret_values_are_starred_for_people) {
  Parameter secret = parameter("token", {"string"});
  secret.secret = true;
  const Action action = action_with({secret, parameter("host", {})});
  EXPECT_EQ(redact(action, Json{{"token", "hunter2"}, {"host", "a"}}),
            Json::parse(R"({"token": "********", "host": "a"})"));
  EXPECT_EQ(redact(action, Json::object()), Json::object());
}

TEST(Action, the_effect_follows_from_tier_and_idempotence) {
  Action action;
  EXPECT_EQ(effect_of(action), EffectClass::once);
  action.idempotent = true;
  EXPECT_EQ(effect_of(action), EffectClass::idempotent);
  action.tier = Tier::read_only;
  EXPECT_EQ(effect_of(action), EffectClass::read);
  EXPECT_EQ(parse_tier("high_impact"), Tier::high_impact);
  EXPECT_EQ(name(Tier::mutating), "mutating");
  EXPECT_EQ(parse_effect("once"), EffectClass::once);
  EXPECT_FALSE(parse_tier("harmless"));
}

}  // namespace
}  // namespace countersign::core
