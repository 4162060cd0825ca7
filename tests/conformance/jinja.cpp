// jinja*.json: one template each, rendered as text, or an error.
#include "bot/core/text_template.h"
#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

constexpr char kError[] = "(error)";

Json rendered(const std::string& source, const Json& context) {
  const auto parsed = core::TextTemplate::parse(source);
  if (!parsed) return kError;
  const Result<std::string> text = parsed->render(context);
  return text ? Json(*text) : Json(kError);
}

// The original gave these templates the system's part of the datastore only.
Json context_of(const Json& c) {
  Json out = c.at("context");
  if (c.contains("datastore"))
    out["st2kv"]["system"] = c.at("datastore").value("system", Json::object());
  return out;
}

}  // namespace

Tally run_jinja(const Json& file) {
  Tally tally;
  for (const Json& c : file.at("cases")) {
    const Json expected = c.contains("error") ? Json(kError) : c.at("expected");
    tally.check(c, expected, rendered(c.at("template").get<std::string>(), context_of(c)));
  }
  return tally;
}

}  // namespace countersign::conformance
