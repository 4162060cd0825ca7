#include "bot/core/parameter_rendering.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

const Json kContexts = {{"trigger", {{"n", 5}, {"quote", "a\", \"evil\": \"b"}}}};

Json live(const Json& action, const Json& given) {
  const auto out = render_live({action, Json::object()}, given, kContexts);
  return out ? *out : Json("error: " + out.error().message);
}

TEST(ParameterRendering, casts_to_what_is_declared) {
  EXPECT_EQ(live({{"a", {{"type", "integer"}}}}, {{"a", "{{ trigger.n }}"}}), Json({{"a", 5}}));
  EXPECT_EQ(live({{"a", {{"type", "string"}}}}, {{"a", 5}}),
            "error: parameter 'a': the value cannot be cast to \"string\"");
  EXPECT_EQ(live({{"a", {{"type", "boolean"}}}}, {{"a", "tRUE"}}), Json({{"a", true}}));
}

TEST(ParameterRendering, a_bare_name_keeps_its_type) {
  const Json x = {{"y", 5}};
  EXPECT_EQ(live({{"a", {{"type", "array"}}}}, {{"a", {"{{x}}", "{{ x }}"}}, {"x", x}}),
            Json({{"a", {x, "{'y': 5}"}}, {"x", x}}));
}

TEST(ParameterRendering, finds_what_depends_on_what) {
  EXPECT_EQ(live({{"a", {{"default", "{{ b }}"}}},
                  {"b", {{"default", "{{ c }}!"}}},
                  {"c", {{"default", 1}}}},
                 Json::object()),
            Json({{"a", "1!"}, {"b", "1!"}}));
  EXPECT_EQ(
      live({{"a", {{"default", "{{ b }}"}}}, {"b", {{"default", "{{ a }}"}}}}, Json::object()),
      "error: parameter 'a' depends on itself");
  EXPECT_EQ(live(Json::object(), {{"a", "{{ nope }}"}}),
            "error: parameter 'a' needs 'nope', which does not exist");
}

TEST(ParameterRendering, a_value_cannot_change_the_structure_around_it) {
  EXPECT_EQ(live(Json::object(), {{"a", {{"k", "{{ trigger.quote }}"}}}}),
            "error: parameter 'a': a rendered value contains what JSON text must escape");
}

}  // namespace
}  // namespace countersign::core
