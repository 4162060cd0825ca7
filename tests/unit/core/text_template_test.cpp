#include "bot/core/text_template.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

const Json kContext = Json::parse(R"({"trigger": {
  "host": "web-1", "n": 5, "ratio": 0.5, "ok": true, "none": null, "names": ["ann", "bob"], "pad": "  x ",
  "labels": {"team": "core", "x-y": 2}, "quote": "it's", "evil": "{{ trigger.host }}{% x %}", "key": "host"}})");

// The rendered text, or "error: " and the message.
std::string rendered(std::string_view source, const Json& context = kContext) {
  const auto parsed = TextTemplate::parse(source);
  if (!parsed) return "error: " + parsed.error().message;
  const Result<std::string> text = parsed->render(context);
  return text ? *text : "error: " + text.error().message;
}

Json evaluated(std::string_view source) {
  const auto parsed = TextTemplate::parse(source);
  if (!parsed) return "error: " + parsed.error().message;
  const Result<Json> value = parsed->evaluate(kContext);
  return value ? *value : Json("error: " + value.error().message);
}

TEST(TextTemplate, text_without_braces_stays) {
  EXPECT_EQ(rendered("disk {full} } 100%\n"), "disk {full} } 100%\n");
  EXPECT_FALSE(TextTemplate::parse("plain")->has_expressions());
}

TEST(TextTemplate, blanks_inside_the_braces_are_optional) {
  EXPECT_EQ(rendered("{{trigger.host}}/{{ trigger.host }}"), "web-1/web-1");
}

TEST(TextTemplate, follows_attributes_and_indexes) {
  EXPECT_EQ(rendered("{{ trigger['host'] }}"), "web-1");
  EXPECT_EQ(rendered("{{ trigger.labels['x-y'] }}"), "2");
  EXPECT_EQ(rendered("{{ trigger.names[-1] }} {{ trigger.names.0 }}"), "bob ann");
  EXPECT_EQ(rendered("{{ trigger[trigger.key] }}"), "web-1");
  EXPECT_EQ(rendered("{{ trigger.host[0] }}"), "w");
}

TEST(TextTemplate, prints_values_as_python_does) {
  EXPECT_EQ(rendered("{{ trigger.none }} {{ trigger.ok }} {{ trigger.ratio }} {{ 1.0 }} {{ 1e16 }} "
                     "{{ 0.00001 }}"),
            "None True 0.5 1.0 1e+16 1e-05");
  EXPECT_EQ(rendered("{{ trigger.names }} {{ trigger.labels }}"),
            "['ann', 'bob'] {'team': 'core', 'x-y': 2}");
  EXPECT_EQ(rendered("{{ [trigger.quote, 'a\\n'] }}"), "[\"it's\", 'a\\n']");
}

TEST(TextTemplate, reads_literals) {
  EXPECT_EQ(rendered("{{ 'a' \"b\" }}{{ -1 }}{{ 1_000 }}{{ [1, 'x',] }}{{ True }}{{ none }}"),
            "ab-11000[1, 'x']TrueNone");
  EXPECT_EQ(rendered("{{ '}}' }}"), "}}");
}

TEST(TextTemplate, undefined_is_an_error_unless_a_default_is_given) {
  EXPECT_EQ(rendered("{{ trigger.missing }}"), "error: 'missing' is undefined");
  EXPECT_EQ(rendered("{{ missing }}"), "error: 'missing' is undefined");
  EXPECT_EQ(rendered("{{ trigger.missing | default('d') }}"), "d");
  EXPECT_EQ(rendered("{{ trigger.missing | d(trigger.host) }}"), "web-1");
  EXPECT_EQ(rendered("{{ trigger.none | default('d') }}"), "None");
  EXPECT_EQ(rendered("{{ trigger.none | default('d', boolean=true) }}"), "d");
  EXPECT_EQ(rendered("{{ trigger.missing.deeper | default('d') }}"),
            "error: 'missing' is undefined");
}

TEST(TextTemplate, applies_filters_in_turn) {
  EXPECT_EQ(rendered("{{ trigger.host | upper | replace('-', '_') }}"), "WEB_1");
  EXPECT_EQ(rendered("[{{ trigger.pad | trim }}]"), "[x]");
  EXPECT_EQ(rendered("{{ trigger.names | join(', ') | upper }}"), "ANN, BOB");
  EXPECT_EQ(rendered("{{ 'Äß' | lower }}{{ 'äß' | upper }}"), "äßÄSS");
  EXPECT_EQ(
      rendered(
          "{{ '42' | int }} {{ '3.7' | int }} {{ 'x' | int(-1) }} {{ '0x1f' | int(base=16) }}"),
      "42 3 -1 31");
  EXPECT_EQ(rendered("{{ 'llll' | replace('l', 'L', 2) }}"), "LLll");
  EXPECT_EQ(evaluated("{{ 5 | string }}"), "5");
}

TEST(TextTemplate, a_lone_expression_keeps_its_type) {
  EXPECT_EQ(evaluated("{{ trigger.n }}"), 5);
  EXPECT_EQ(evaluated("{{ trigger.names }}"), Json::parse(R"(["ann", "bob"])"));
  EXPECT_EQ(evaluated("n={{ trigger.n }}"), "n=5");
  EXPECT_EQ(evaluated("5"), "5");
}

TEST(TextTemplate, values_are_never_templates_again) {  // T23
  EXPECT_EQ(rendered("{{ trigger.evil }}"), "{{ trigger.host }}{% x %}");
  EXPECT_EQ(rendered("{{ '{{' }} trigger.host {{ '}}' }}"), "{{ trigger.host }}");
  for (const char* payload :
       {"{{7*7}}", "${7*7}", "<% ctx() %>", "#{1}", "{# x #}", "{{secret \"x\"}}"})
    EXPECT_EQ(rendered("{{ v }}", Json{{"v", payload}}), payload);
}

TEST(TextTemplate, keeps_jinjas_rules_for_white_space) {
  EXPECT_EQ(rendered("a {{- trigger.n -}}  b"), "a5b");
  EXPECT_EQ(rendered("{{ trigger.n }}\n"), "5");
  EXPECT_EQ(rendered("a\n  {# note #}\nb {# c #}."), "a\nb .");
}

TEST(TextTemplate, errors_point_at_the_place) {
  EXPECT_EQ(rendered("disk on é {{ trigger.host"), "error: unclosed '{{' at character 11");
  EXPECT_EQ(rendered("ab {{ }}"), "error: an expression is missing, in the '{{' at character 4");
  EXPECT_EQ(rendered("{# x"), "error: unclosed '{#' at character 1");
  EXPECT_EQ(rendered("{{ trigger. }}"),
            "error: an expression is missing, in the '{{' at character 1");
  EXPECT_EQ(rendered("a{% if x %}b"), "error: unclosed '{%' at character 2");
  EXPECT_EQ(rendered("a{% nosuch %}b"),
            "error: there is no tag 'nosuch' here, in the '{%' at character 2");
  EXPECT_EQ(rendered("{{ 1 | nosuch }}"),
            "error: there is no filter 'nosuch', in the '{{' at character 1");
  EXPECT_EQ(rendered("{{ 'abc }}"), "error: unclosed string, in the '{{' at character 1");
}

TEST(TextTemplate, is_bounded_in_size) {
  EXPECT_EQ(rendered(std::string(70000, 'x')), "error: the template is longer than 64 KiB");
  const Json big = {{"x", std::string(60000, 'x')}};
  EXPECT_EQ(rendered("{{ x }}{{ x }}{{ x }}{{ x }}{{ x }}", big),
            "error: the rendered text is longer than 256 KiB");
  for (const char* source : {"{{ x | replace('x', x) }}", "{{ x * 5 }}", "{{ 'y' * 300000 }}",
                             "{{ x ~ x ~ x ~ x ~ x }}"})
    EXPECT_NE(rendered(source, big).find("256 KiB"), std::string::npos) << rendered(source, big);
}

TEST(TextTemplate, is_bounded_in_depth) {
  for (const char* open : {"[", "(", "not ", "-", "{'a':", "x["}) {
    std::string deep;
    for (int i = 0; i < 1000; ++i) deep += open;
    EXPECT_NE(rendered("{{ " + deep).find("error: "), std::string::npos) << open;
  }
  std::string sum = "{{ 1";
  for (int i = 0; i < 1000; ++i) sum += " + 1";
  EXPECT_NE(rendered(sum + " }}").find("nested too deeply: more than 64 levels"),
            std::string::npos);
  std::string blocks;
  for (int i = 0; i < 100; ++i) blocks += "{% if true %}";
  EXPECT_NE(rendered(blocks).find("deeper than 32 levels"), std::string::npos);
  EXPECT_NE(rendered("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}").find("200 levels"),
            std::string::npos);
  EXPECT_NE(rendered("{% set n = namespace(l=[]) %}{% for i in range(999) %}{% set n.l = [n.l] %}"
                     "{% endfor %}{{ n.l }}")
                .find("200 levels"),
            std::string::npos);
}

TEST(TextTemplate, is_bounded_in_steps) {
  EXPECT_NE(rendered("{% for i in range(999) %}{% for j in range(999) %}{% endfor %}{% endfor %}")
                .find("250000 steps"),
            std::string::npos);
  EXPECT_EQ(rendered("{{ range(100001) }}"), "error: a range has more than 100000 elements");
  EXPECT_EQ(rendered("{{ 10 ** 9999 }}"),
            "error: a number of the template is longer than 4096 bits");
  EXPECT_NE(rendered("{% set l = [] %}{% set _ = l.append(l) %}{{ l }}").find("200 levels"),
            std::string::npos);
}

TEST(TextTemplate, has_no_clock_and_no_chance) {
  for (const char* source : {"{{ now() }}", "{{ [1, 2] | random }}", "{{ lipsum() }}"})
    EXPECT_NE(rendered(source).find("is refused"), std::string::npos) << source;
}

TEST(TextTemplate, tells_the_names_it_takes_from_its_context) {
  const auto parsed = TextTemplate::parse(
      "{% set a = b.c %}{% for d in range(e) %}{{ d ~ a ~ f | default(g) }}{% endfor %}");
  ASSERT_TRUE(parsed);
  EXPECT_EQ(parsed->free_names(), (std::set<std::string>{"b", "e", "f", "g"}));
}

TEST(TextTemplate, as_json_gives_what_stackstorms_patterns_give) {
  const auto as_json = [](std::string_view source) {
    return *TextTemplate::parse(source)->evaluate_as_json(kContext);
  };
  EXPECT_EQ(as_json(" {{ trigger.n }} "), 5);
  EXPECT_EQ(as_json("{{ trigger.host }}"), "web-1");
  EXPECT_EQ(as_json("{{ 4 }}{{ 2 }}"), 42);
  EXPECT_EQ(as_json("^{{ trigger.host }}$"), "^web-1$");
  EXPECT_EQ(as_json("42"), "42");
  EXPECT_EQ(as_json("{{- trigger.n -}}"), 5);
  EXPECT_FALSE(TextTemplate::parse("{{ trigger.n + 1 }}")->evaluate_as_json(kContext))
      << "the filter binds tighter than arithmetic";
}

TEST(TextTemplate, render_all_reaches_every_string) {
  const auto out = render_all(
      Json::parse(R"({"a": ["{{ trigger.n }}", 7], "b": {"c": "x{{ trigger.host }}"}})"), kContext);
  ASSERT_TRUE(out);
  EXPECT_EQ(*out, Json::parse(R"({"a": ["5", 7], "b": {"c": "xweb-1"}})"));
  EXPECT_FALSE(render_all(Json::parse(R"([["{{ nope }}"]])"), kContext));
}

}  // namespace
}  // namespace countersign::core
