#include "config/document.h"

#include <gtest/gtest.h>

#include "tests/unit/config/folder.h"

namespace countersign::config {
namespace {

Json typed(const std::string& yaml) {
  const Document document = parse_document(yaml, "a.yaml");
  EXPECT_EQ(texts(document.problems), Texts{}) << yaml;
  return to_json(document.root);
}

Texts problems_of(const std::string& yaml) {
  return texts(parse_document(yaml, "a.yaml").problems);
}

TEST(Document, types_scalars_as_yaml_and_json_do) {
  const std::vector<std::pair<std::string, Json>> cases = {
      {"2", 2},
      {"\"2\"", "2"},
      {"'true'", "true"},
      {"true", true},
      {"Yes", true},
      {"off", false},
      {"~", nullptr},
      {"null", nullptr},
      {"-17", -17},
      {"+4", 4},
      {"0x1F", 31},
      {"0b101", 5},
      {"017", 15},
      {"1_000", 1000},
      {"1.5", 1.5},
      {".5", 0.5},
      {"1.", 1.0},
      {"-2.5e3", -2500.0},
      {"1e3", 1000.0},
      {"9223372036854775807", 9223372036854775807LL},
      {"-9223372036854775808", std::numeric_limits<std::int64_t>::min()},
      {"18446744073709551615", 18446744073709551615ULL},
      {"99999999999999999999", "99999999999999999999"},
      {"08", "08"},
      {"1:30", "1:30"},
      {".inf", ".inf"},
      {"1.2.3", "1.2.3"},
      {"2026-11-21", "2026-11-21"},
      {"!!str 2", "2"},
      {"|\n  2\n", "2\n"},
      {"text with spaces", "text with spaces"},
  };
  for (const auto& [yaml, expected] : cases) {
    const Json found = typed(yaml);
    EXPECT_EQ(found, expected) << yaml;
    EXPECT_EQ(found.type_name(), std::string(expected.type_name())) << yaml;
  }
}

TEST(Document, keeps_the_order_and_the_lines_of_a_map) {
  const Document document = parse_document("---\nb: 1\na:\n  - x\n  - y\n", "a.yaml");
  ASSERT_EQ(document.root.members.size(), 2U);
  EXPECT_EQ(document.root.members[0].key, "b");
  EXPECT_EQ(document.root.members[0].line, 2);
  EXPECT_EQ(document.root.members[1].line, 3);
  EXPECT_EQ(document.root.members[1].value.items[1].line, 5);
}

TEST(Document, expands_aliases) {
  EXPECT_EQ(typed("a: &x {n: 1}\nb: [*x, *x]"),
            Json::parse(R"({"a":{"n":1},"b":[{"n":1},{"n":1}]})"));
}

TEST(Document, refuses_what_it_cannot_stand_for) {
  const std::vector<BadCase> cases = {
      {"a key given twice",
       "a: 1\nb: {c: 1, c: 2}\na: 2\n",
       {"a.yaml:2: b.c: given twice; the first is in line 2",
        "a.yaml:3: a: given twice; the first is in line 1"}},
      {"an alias into itself", "a: &x [1, *x]\n", {"a.yaml:1: an alias inside its own anchor"}},
      {"an alias without anchor",
       "a: *x\n",
       {"a.yaml:1: not valid YAML: the referenced anchor is not defined"}},
      {"a list as key", "? [1]\n: 2\n", {"a.yaml:1: a key must be text, not a list or a map"}},
      {"two documents", "a: 1\n---\nb: 2\n", {"a.yaml: more than one YAML document"}},
      {"a foreign tag",
       "a: !ruby/object x\n",
       {"a.yaml:1: the tag '!ruby/object' is not supported"}},
      {"bad syntax",
       "a: 1\nb: [1, 2\n",
       {"a.yaml:3: not valid YAML: end of sequence flow not found"}},
      {"a tab", "a:\n\t- 1\n", {"a.yaml:2: not valid YAML: illegal block entry"}},
  };
  for (const BadCase& c : cases) EXPECT_EQ(problems_of(c.yaml), c.problems) << c.what;
}

TEST(Document, stops_an_alias_bomb_by_its_size) {
  std::string bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n";
  for (int i = 1; i < 10; ++i) {
    const std::string before = "*a" + std::to_string(i - 1);
    bomb += "a" + std::to_string(i) + ": &a" + std::to_string(i) + " [" + before;
    for (int j = 1; j < 10; ++j) bomb += ", " + before;
    bomb += "]\n";
  }
  const Texts found = problems_of(bomb);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_NE(found[0].find("too many values"), std::string::npos) << found[0];
}

TEST(Document, stops_nesting_and_size) {
  EXPECT_EQ(problems_of(std::string(100, '[') + std::string(100, ']')),
            Texts{"a.yaml:1: nested too deeply"});
  EXPECT_EQ(problems_of(std::string(2'000'000, ' ')), Texts{"a.yaml: larger than 1 MiB"});
}

TEST(Document, a_missing_file_is_one_problem) {
  const Folder folder;
  const std::string file = folder.path("none.yaml");
  EXPECT_EQ(texts(read_document(file).problems), Texts{file + ": there is no such file"});
  EXPECT_EQ(texts(read_document(folder.path()).problems),
            Texts{folder.path() + ": not a regular file"});
}

TEST(Problem, names_the_nearest_word_only_when_it_is_near) {
  const std::vector<std::string> known = {"channel", "chat", "host"};
  EXPECT_EQ(nearest("chanel", known), "channel");
  EXPECT_EQ(nearest("Channel", known), "channel");
  EXPECT_EQ(nearest("hsot", known), "host");
  EXPECT_EQ(nearest("x", known), "");
  EXPECT_EQ(nearest("completely", known), "");
  EXPECT_EQ(nearest(std::string(100'000, 'a'), known), "");
}

}  // namespace
}  // namespace countersign::config
