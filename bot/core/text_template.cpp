#include "bot/core/text_template.h"

#include <algorithm>

#include "bot/core/jinja/control.h"
#include "bot/core/jinja/free_names.h"
#include "bot/core/jinja/printing.h"

namespace countersign::core {

struct TextTemplate::Node {
  jinja::Body body;
};

namespace {

using jinja::Rendering;
using jinja::Statement;

constexpr std::size_t kTemplateLimit = 64 * 1024;

Result<std::string> text_of(const jinja::Body& body, const Json& context) {
  Rendering rendering(context);
  std::string out;
  jinja::render(rendering, body, out);
  if (rendering.failed()) return rendering.error();
  return out;
}

// As StackStorm does it: in the text, before each end of an expression, so that it binds to what
// stands last ("{{ a + 1 }}" adds a text to a number, which is an error).
std::string with_filter(std::string_view source) {
  std::string out;
  for (std::size_t at = 0; at < source.size(); ++at) {
    const bool trims = source.substr(at).starts_with("-}}");
    if (trims || source.substr(at).starts_with("}}")) {
      out += " | to_json_string ";
      out += trims ? "-}}" : "}}";
      at += trims ? 2 : 1;
    } else {
      out += source[at];
    }
  }
  return out;
}

Result<Json> value_of(const jinja::Expression& expression, const Json& context) {
  Rendering rendering(context);
  const jinja::Value value = jinja::evaluate(rendering, expression);
  Json out = jinja::to_json(rendering, value);
  if (rendering.failed()) return rendering.error();
  return out;
}

}  // namespace

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
  if (text.size() > kTemplateLimit) return invalid("the template is longer than 64 KiB");
  Result<jinja::Body> body = jinja::parse_template(text);
  if (!body) return body.error();
  TextTemplate parsed;
  parsed.source_ = text;
  parsed.nodes_ = std::make_shared<const std::vector<Node>>(std::vector<Node>{{std::move(*body)}});
  return parsed;
}

Result<std::string> TextTemplate::render(const Json& context) const {
  return text_of(nodes_->front().body, context);
}

Result<Json> TextTemplate::evaluate(const Json& context) const {
  const jinja::Body& body = nodes_->front().body;
  if (body.size() == 1 && body.front().kind == Statement::Kind::output)
    return value_of(body.front().expressions.front(), context);
  Result<std::string> text = render(context);
  if (!text) return text.error();
  return Json(std::move(*text));
}

Result<Json> TextTemplate::evaluate_as_json(const Json& context) const {
  if (source_.find("{{") == source_.npos && source_.find("{%") == source_.npos)
    return Json(source_);
  const Result<TextTemplate> filtered = parse(with_filter(source_));
  if (!filtered) return filtered.error();
  const Result<std::string> as_json = filtered->render(context);
  if (!as_json) return as_json.error();
  Json parsed = Json::parse(*as_json, nullptr, false);
  if (!parsed.is_discarded()) return parsed;
  Result<std::string> text = render(context);
  if (!text) return text.error();
  return Json(std::move(*text));
}

bool TextTemplate::has_expressions() const {
  return std::ranges::any_of(nodes_->front().body, [](const Statement& statement) {
    return statement.kind != Statement::Kind::text;
  });
}

std::set<std::string> TextTemplate::free_names() const {
  return jinja::free_names(nodes_->front().body);
}

Result<Json> render_all(const Json& value, const Json& context) {
  if (value.is_string()) {
    const auto parsed = TextTemplate::parse(value.get_ref<const std::string&>());
    if (!parsed) return parsed.error();
    Result<std::string> text = parsed->render(context);
    if (!text) return text.error();
    return Json(std::move(*text));
  }
  Json out = value;
  if (!out.is_structured()) return out;
  for (Json& child : out) {
    Result<Json> rendered = render_all(child, context);
    if (!rendered) return rendered.error();
    child = std::move(*rendered);
  }
  return out;
}

}  // namespace countersign::core
