// The language of templates, feature by feature. What stands on the right was said by Jinja 3.1.
#include <gtest/gtest.h>

#include "bot/core/text_template.h"

namespace countersign::core {
namespace {

const Json kContext = Json::parse(R"({
  "host": "web-1", "n": 5, "names": ["ann", "bob", "cy"], "labels": {"severity": "high", "team": "core"},
  "text": "Hello World", "none": null, "html": "<b>&</b>", "json": "{\"b\": 1, \"a\": [2]}",
  "rows": [{"n": "a", "v": 1}, {"n": "b", "v": 3}, {"n": "C", "v": 2}], "values": {"values": 7, "x": 1},
  "evil": "{{ host }}{% if %}",
  "st2kv": {"system": {"env": "prod", "limit": "80", "team.oncall": "ann"}, "user": {"color": "red"}}})");

std::string rendered(std::string_view source) {
  const auto parsed = TextTemplate::parse(source);
  if (!parsed) return "error: " + parsed.error().message;
  const Result<std::string> text = parsed->render(kContext);
  return text ? *text : "error: " + text.error().message;
}

bool fails(std::string_view source) { return rendered(source).starts_with("error: "); }

TEST(Jinja, conditions_choose) {
  EXPECT_EQ(rendered("{% if n > 9 %}a{% elif n > 3 %}b{% else %}c{% endif %}"), "b");
  EXPECT_EQ(rendered("{{ 'y' if n else 'n' }}{{ 'x' if not n }}"), "y");
  EXPECT_EQ(rendered("{{ n > 1 and 'ann' in names or false }}{{ 1 < n <= 5 }}"), "TrueTrue");
}

TEST(Jinja, loops_know_where_they_are) {
  EXPECT_EQ(rendered("{% for x in names %}{{ loop.index }}{{ x }}{% if not loop.last %}, "
                     "{% endif %}{% endfor %}"),
            "1ann, 2bob, 3cy");
  EXPECT_EQ(rendered("{% for k, v in labels.items() %}{{ k }}={{ v }};{% endfor %}"),
            "severity=high;team=core;");
  EXPECT_EQ(
      rendered("{% for x in names if x > 'b' %}{{ loop.revindex }}{% else %}none{% endfor %}"),
      "21");
  EXPECT_EQ(rendered("{% for x in [] %}x{% else %}none{% endfor %}"), "none");
  EXPECT_EQ(rendered("{% for x in [[1, [2]]] recursive %}{{ x if x is number else loop(x) }}"
                     "{% endfor %}"),
            "12");
}

TEST(Jinja, names_set_in_a_loop_stay_there) {
  EXPECT_EQ(rendered("{% set x = 1 %}{% for i in [2] %}{% set x = i %}{% endfor %}{{ x }}"), "1");
  EXPECT_EQ(rendered("{% set s = namespace(t=0) %}{% for r in rows %}{% set s.t = s.t + r.v %}"
                     "{% endfor %}{{ s.t }}"),
            "6");
  EXPECT_EQ(rendered("{% set l = [] %}{% for i in [1, 2] %}{% set _ = l.append(i) %}{% endfor %}"
                     "{{ l }}"),
            "[1, 2]");
}

TEST(Jinja, macros_take_arguments_and_callers) {
  EXPECT_EQ(rendered("{% macro m(a, b='x') %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }} {{ m(b=2, "
                     "a=3) | upper }}"),
            "1-x 3-2");
  EXPECT_EQ(rendered("{% macro m() %}[{{ caller(1) }}]{% endmacro %}{% call(x) m() %}<{{ x }}>"
                     "{% endcall %}"),
            "[<1>]");
  EXPECT_TRUE(fails("{% macro m(a) %}{{ a }}{% endmacro %}{{ m(1, 2) }}"));
}

TEST(Jinja, white_space_follows_trim_and_lstrip) {
  EXPECT_EQ(rendered("{% for x in [1, 2] %}\n  {{ x }}\n{% endfor %}\nend\n"), "  1\n  2\nend");
  EXPECT_EQ(rendered("  {% if true %}\n a\n  {% endif %}\nb"), " a\nb");
  EXPECT_EQ(rendered("  {%+ if true %}x{% endif +%}\ny"), "  x\ny");
  EXPECT_EQ(rendered("a {%- raw %} {{ x }} {% endraw -%} b"), "a {{ x }} b");
  EXPECT_EQ(rendered("a\r\n{# c #}\r\nb"), "a\nb");
}

TEST(Jinja, arithmetic_is_pythons) {
  EXPECT_EQ(rendered("{{ 7 / 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** -1 }} {{ 2 ** 3 ** 2 }}"),
            "3.5 -4 2 0.5 64");
  EXPECT_EQ(rendered("{{ 2 ** 64 }} {{ 9223372036854775807 + 1 }} {{ 2 ** 100 % 7 }}"),
            "18446744073709551616 9223372036854775808 2");
  EXPECT_EQ(rendered("{{ 'a' + 'b' ~ 1 }} {{ [1] + [2] }} {{ 'ab' * 2 }} {{ 1 == 1.0 == true }}"),
            "ab1 [1, 2] abab True");
  for (const char* source : {"{{ 1 / 0 }}", "{{ 'a' + 1 }}", "{{ none < 1 }}", "{{ -'a' }}"})
    EXPECT_TRUE(fails(source)) << source;
}

TEST(Jinja, numbers_that_are_not_finite_print_as_in_python) {  // print_float once threw
  EXPECT_EQ(rendered("{{ 'inf' | float }} {{ '-inf' | float }} {{ 'nan' | float }}"),
            "inf -inf nan");
}

TEST(Jinja, parts_of_values) {
  EXPECT_EQ(rendered("{{ names[1:] }} {{ text[::-1] }} {{ names[-1] }} {{ (1, 2)[0] }}"),
            "['bob', 'cy'] dlroW olleH cy 1");
  EXPECT_EQ(rendered("{{ text.split(' ')[0] }} {{ names.index('bob') }} {{ labels.get('x', 'd') }} "
                     "{{ ','.join(names) }}"),
            "Hello 1 d ann,bob,cy");
  EXPECT_TRUE(fails("{{ host.__class__ }}"));
  EXPECT_TRUE(fails("{{ names.append(1) }}"));  // the context stays as it is
}

// In Python the method would win, and the member be out of reach.
TEST(Jinja, a_member_that_is_named_like_a_method_is_the_member_unless_called) {
  EXPECT_EQ(rendered("{{ values.values }} {{ values.values() | list }}"), "7 [7, 1]");
}

TEST(Jinja, filters_on_lists) {
  EXPECT_EQ(rendered("{{ rows | map(attribute='n') | sort | join }} "
                     "{{ rows | selectattr('v', 'gt', 1) | map(attribute='v') | list }} "
                     "{{ rows | sum(attribute='v') }} {{ (rows | max(attribute='v')).n }}"),
            "abC [3, 2] 6 b");
  EXPECT_EQ(rendered("{{ [1, 2, 3] | batch(2, 0) | list }} {{ [1, 2, 3] | slice(2) | list }}"),
            "[[1, 2], [3, 0]] [[1, 2], [3]]");
  EXPECT_EQ(rendered("{{ ['b', 'A', 'a'] | unique | list }} {{ labels | dictsort(by='value') }}"),
            "['b', 'A'] [('team', 'core'), ('severity', 'high')]");
  EXPECT_EQ(rendered("{% for g in [1, 2, 3] | groupby(0) %}{% endfor %}").substr(0, 6), "error:");
  EXPECT_TRUE(fails("{{ names | map('upper') }}"));  // Python prints an address
}

TEST(Jinja, filters_on_text_and_numbers) {
  EXPECT_EQ(rendered("{{ 'foo bar-baz' | title }} {{ text | truncate(8, leeway=0) }} {{ 'a\nb' | "
                     "indent(1) }}"),
            "Foo Bar-Baz Hello... a\n b");
  EXPECT_EQ(
      rendered("{{ html | e }} {{ html | e | e }} {{ 'a b/ü' | urlencode }} {{ html | striptags "
               "}}"),
      "&lt;b&gt;&amp;&lt;/b&gt; &lt;b&gt;&amp;&lt;/b&gt; a%20b/%C3%BC &");
  EXPECT_EQ(rendered("{{ 2.5 | round }} {{ 2.675 | round(2) }} {{ 1048576 | filesizeformat }} "
                     "{{ '3.9' | int }}"),
            "2.0 2.67 1.0 MB 3");
  EXPECT_EQ(rendered("{{ '%05.1f|%-4s|%x' % (2.5, 'a', 255) }} {{ '{:>4}|{x!r}|{:,}'.format('a', "
                     "1234, x='y') }}"),
            "002.5|a   |ff    a|'y'|1,234");
}

TEST(Jinja, tests_ask) {
  EXPECT_EQ(
      rendered("{{ n is odd }} {{ n is divisibleby 5 }} {{ nope is defined }} {{ none is none "
               "}} {{ host is not string }} {{ n is in [5] }}"),
      "True True False True False True");
}

TEST(Jinja, StackStorms_filters) {
  EXPECT_EQ(rendered("{{ labels | to_json_string }} {{ (json | from_json_string).a[0] }} "
                     "{{ json | from_json_string }}"),
            "{\"severity\": \"high\",\"team\": \"core\"} 2 {'b': 1, 'a': [2]}");
  EXPECT_EQ(rendered("{{ {'a': [1, {'b': 'yes'}], 'c': none} | to_yaml_string }}"),
            "a:\n- 1\n- b: 'yes'\nc: null\n");
  EXPECT_EQ(rendered("{{ 'a: {b: yes, c: [0x10, ~]}' | from_yaml_string }}"),
            "{'a': {'b': True, 'c': [16, None]}}");
  EXPECT_EQ(rendered("{{ host | regex_replace('-(\\\\d)', '_\\\\1') }} {{ text | "
                     "regex_substring('\\\\w+', -1) }} {{ host | regex_match('eb') }}"),
            "web_1 World False");
  EXPECT_EQ(rendered("{{ '1.10.0' | version_compare('1.9.0') }} {{ '1.2.3-rc.1' | "
                     "version_bump_minor }} {{ '1.2.3' | version_match('<2.0.0') }}"),
            "1 1.3.0 True");
  EXPECT_EQ(rendered("{{ 3725 | to_human_time_from_seconds }} {{ '/a/b.c' | basename }} {{ rows | "
                     "jsonpath_query('$[*].v') }}"),
            "1h2m5s b.c [1, 3, 2]");
  EXPECT_EQ(rendered("{{ none | use_none }} {{ none | to_complex }} {{ 'a\"b' | json_escape }}"),
            "%*****__%NONE%__*****% null a\\\"b");
}

TEST(Jinja, the_datastore_is_text_only_when_printed) {
  EXPECT_EQ(rendered("{{ st2kv.system.env }} {{ st2kv.system.team.oncall | upper }} "
                     "{{ st2kv.system.limit | int + 1 }} [{{ st2kv.system.nope }}] "
                     "{{ st2kv.user.color | decrypt_kv }}"),
            "prod ANN 81 [] red");
  EXPECT_EQ(rendered("{{ st2kv.system.env == 'prod' }}"), "False");
  for (const char* source :
       {"{{ st2kv.system.env + 'x' }}", "{{ st2kv.system.env | length }}", "{{ st2kv.nope.x }}"})
    EXPECT_TRUE(fails(source)) << source;
}

TEST(Jinja, values_are_never_templates_whatever_they_pass_through) {  // T23
  for (const char* source :
       {"{{ evil }}", "{% set x = evil %}{{ x }}", "{% for x in [evil] %}{{ x }}{% endfor %}",
        "{% macro m(x) %}{{ x }}{% endmacro %}{{ m(evil) }}", "{{ '%s' | format(evil) }}",
        "{{ ('\"' ~ (evil | json_escape) ~ '\"') | from_json_string }}",
        "{% filter trim %}{{ evil }}{% endfilter %}"})
    EXPECT_NE(rendered(source).find("{{ host }}{% if %}"), std::string::npos) << source;
}

TEST(Jinja, a_template_stands_alone) {
  for (const char* source : {"{% include 'x' %}", "{% extends 'x' %}", "{% import 'x' as y %}"})
    EXPECT_NE(rendered(source).find("a template stands alone"), std::string::npos) << source;
}

}  // namespace
}  // namespace countersign::core
