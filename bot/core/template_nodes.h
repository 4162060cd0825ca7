// The parsed form of templates. Shared by text_template, template_parser and template_filters; of
// no interest elsewhere.
#pragma once
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bot/core/text_template.h"

namespace countersign::core {

// What an expression yields: a JSON value, or undefined together with the reason.
struct TemplateValue {
  const Json* json = nullptr;         // null: undefined
  std::shared_ptr<const Json> owned;  // holds *json when it is not part of the context
  std::string why;                    // why undefined
  static TemplateValue undefined(std::string why) { return {nullptr, nullptr, std::move(why)}; }
  static TemplateValue own(Json value);
  bool defined() const { return json != nullptr; }
};

// A filter's arguments by position; null where none was given.
using FilterArguments = std::span<const Json* const>;

struct TemplateFilter {
  std::string_view name;
  std::vector<std::string_view> parameters;  // names, for keyword arguments
  bool takes_undefined;
  Result<Json> (*apply)(const TemplateValue& input, FilterArguments arguments);
};
const TemplateFilter* find_filter(std::string_view name);

struct TemplateExpression {
  enum class Kind { absent, literal, list, name, attribute, index, filter } kind = Kind::absent;
  Json literal;
  std::string name;  // of a name or attribute
  const TemplateFilter* filter = nullptr;
  std::vector<TemplateExpression>
      children;  // input or base first; then index, elements or arguments
};

struct TextTemplate::Node {
  std::string text;
  std::optional<TemplateExpression> expression;  // instead of text
};

// The limits of one template.
inline constexpr std::size_t kTemplateLimit = 64 * 1024;
inline constexpr std::size_t kRenderedLimit = 256 * 1024;

Result<std::vector<TextTemplate::Node>> parse_nodes(std::string_view source);
// Reads the expression at the front of `text`, up to "}}" or "-}}", which stays.
Result<TemplateExpression> take_expression(std::string_view& text);
Result<TemplateValue> evaluate_expression(const TemplateExpression& expression,
                                          const Json& context);

}  // namespace countersign::core
