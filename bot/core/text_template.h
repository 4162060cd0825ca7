// "{{ trigger.labels.instance }}": text with expressions and blocks in the Jinja language, as
// StackStorm's rules, actions and aliases use it (docs/rules/templates.md; core/jinja/). Parsed
// once, rendered in one pass; a value is never a template again (T23). Bounded in size, depth and
// steps; the same context always gives the same text.
#pragma once
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core {

class TextTemplate {
 public:
  // The Error points at the place: "unclosed '{{' at character 12".
  static Result<TextTemplate> parse(std::string_view text);

  // Text, as StackStorm prints values (True, None, ['a', 1]). Undefined names are errors.
  Result<std::string> render(const Json& context) const;
  // Typed: a template that is exactly one expression gives that value itself, otherwise text.
  Result<Json> evaluate(const Json& context) const;
  // As StackStorm reads the pattern of a criterion: each value as JSON text, and the whole parsed
  // as JSON if it can be ("{{ trigger.n }}" is a number), otherwise as render() has it.
  Result<Json> evaluate_as_json(const Json& context) const;

  bool has_expressions() const;
  // What it takes from the context: {"trigger"}.
  std::set<std::string> free_names() const;
  const std::string& source() const { return source_; }

  struct Node;

 private:
  std::string source_;
  std::shared_ptr<const std::vector<Node>> nodes_;
};

// Renders every string inside a value (objects and lists too); other values stay. Strings give
// text, as rule parameters do in StackStorm.
Result<Json> render_all(const Json& value, const Json& context);

}  // namespace countersign::core
