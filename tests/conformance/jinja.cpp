// jinja*.json: one template each, rendered as text, or an error.
#include "bot/core/text_template.h"
#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

constexpr char kError[] = "(error)";

Json rendered(const Result<core::TextTemplate>& parsed, const Json& context) {
  if (!parsed) return kError;
  const Result<std::string> text = parsed->render(context);
  return text ? Json(*text) : Json(kError);
}

}  // namespace

Tally run_jinja(const Json& file) {
  Tally tally;
  for (const Json& c : file.at("cases")) {
    const std::string source = c.at("template").get<std::string>();
    const auto parsed = core::TextTemplate::parse(source);
    if (!parsed && parsed.error().message.find("not supported") != std::string::npos) {
      tally.skip("template language beyond the supported part");
      continue;
    }
    if (source.find("st2kv") != std::string::npos) {
      tally.skip("the datastore");
      continue;
    }
    if (c.contains("quirk")) {
      tally.skip("a quirk of the original");
      continue;
    }
    const Json expected = c.contains("error") ? Json(kError) : c.at("expected");
    tally.check(c, expected, rendered(parsed, c.at("context")));
  }
  return tally;
}

}  // namespace countersign::conformance
