#include "bot/core/text_template.h"

#include <algorithm>

#include "bot/core/python_value.h"
#include "bot/core/template_nodes.h"

namespace countersign::core {
namespace {

Result<Json> value_of(const TemplateExpression& expression, const Json& context) {
  const Result<TemplateValue> value = evaluate_expression(expression, context);
  if (!value) return value.error();
  if (!value->defined()) return invalid(value->why);
  return *value->json;
}

// All nodes as one text; `print` gives a value's form.
template <class Print>
Result<std::string> join(const std::vector<TextTemplate::Node>& nodes, const Json& context,
                         Print print) {
  std::string out;
  for (const TextTemplate::Node& node : nodes) {
    if (node.expression) {
      const Result<Json> value = value_of(*node.expression, context);
      if (!value) return value.error();
      out += print(*value);
    } else {
      out += node.text;
    }
    if (out.size() > kRenderedLimit) return invalid("the rendered text is too long");
  }
  return out;
}

}  // namespace

Result<TextTemplate> TextTemplate::parse(std::string_view text) {
  Result<std::vector<Node>> nodes = parse_nodes(text);
  if (!nodes) return nodes.error();
  TextTemplate parsed;
  parsed.source_ = text;
  parsed.nodes_ = std::make_shared<const std::vector<Node>>(std::move(*nodes));
  return parsed;
}

Result<std::string> TextTemplate::render(const Json& context) const {
  return join(*nodes_, context, python::str);
}

Result<Json> TextTemplate::evaluate(const Json& context) const {
  if (nodes_->size() == 1 && nodes_->front().expression)
    return value_of(*nodes_->front().expression, context);
  Result<std::string> text = render(context);
  if (!text) return text.error();
  return Json(std::move(*text));
}

Result<Json> TextTemplate::evaluate_as_json(const Json& context) const {
  if (!has_expressions()) return Json(source_);
  const Result<std::string> as_json = join(*nodes_, context, [](const Json& value) {
    return value.dump(-1, ' ', false, Json::error_handler_t::replace);
  });
  if (!as_json) return as_json.error();
  Json parsed = Json::parse(*as_json, nullptr, false);
  if (!parsed.is_discarded()) return parsed;
  Result<std::string> text = render(context);
  if (!text) return text.error();
  return Json(std::move(*text));
}

bool TextTemplate::has_expressions() const {
  return std::ranges::any_of(*nodes_, [](const Node& node) { return node.expression.has_value(); });
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
