// Any text is a template or an error; what it renders is never read as a template again (T23).
#include "bot/core/text_template.h"

#include "tests/fuzz/replay.h"

namespace countersign::fuzz {
namespace {

FUZZ_COSTLY_TARGET(text_template, 20) {  // loops go on until their limit
  const std::string text(input);
  // Every value holds a template. No input can name what it names: were a value evaluated, "LEAKED"
  // would appear.
  const std::string trap = "{{ k7f3q }}";
  const Json context{
      {"k7f3q", "LEAKED"},
      {"trigger", {{"labels", {{"instance", trap}, {"n", 7}}}, {"list", {trap, 1, Json()}}}},
      {"body", {{"id", trap}}}};
  const auto parsed = core::TextTemplate::parse(text);
  if (!parsed) {
    EXPECT_FALSE(parsed.error().message.empty());
    return;
  }
  EXPECT_EQ(parsed->source(), text);
  const auto rendered = parsed->render(context);
  [[maybe_unused]] const auto evaluated = parsed->evaluate(context);
  if (rendered) {
    EXPECT_EQ(parsed->render(context).value(), *rendered);
    EXPECT_TRUE(text.find("LEAKED") != text.npos || rendered->find("LEAKED") == text.npos);
  }
  if (text.find("{{") == text.npos && text.find("{%") == text.npos &&
      text.find("{#") == text.npos) {
    EXPECT_EQ(rendered.ok() ? *rendered : "", text);
  }
}

}  // namespace
}  // namespace countersign::fuzz
