#include <fmt/format.h>

#include "bot/core/template_nodes.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using Nodes = std::vector<TextTemplate::Node>;

std::string_view trim_end(std::string_view text) {
  while (!text.empty() && trim(text.substr(text.size() - 1)).empty()) text.remove_suffix(1);
  return text;
}

std::string_view trim_start(std::string_view text) {
  while (!text.empty() && trim(text.substr(0, 1)).empty()) text.remove_prefix(1);
  return text;
}

// Splits a template into text, expressions and comments (which vanish), with Jinja's rules for
// white space: a '-' inside the braces eats all of it outside, a comment alone on its line takes
// the line along, and one newline at the very end does not count.
class Scanner {
 public:
  explicit Scanner(std::string_view source) : source_(source), rest_(source) {}

  Result<Nodes> scan() {
    if (source_.size() > kTemplateLimit) return invalid("the template is too long");
    while (!rest_.empty()) {
      if (Result<void> done = next(); !done) return done.error();
    }
    return std::move(nodes_);
  }

 private:
  Result<void> next() {
    std::size_t open = rest_.find('{');
    while (open != std::string_view::npos && rest_.find_first_of("{%#", open + 1) != open + 1)
      open = rest_.find('{', open + 1);
    if (open == std::string_view::npos) {
      add_text(has_braces_ && rest_.ends_with('\n') ? rest_.substr(0, rest_.size() - 1) : rest_);
      rest_ = {};
      return {};
    }
    has_braces_ = true;
    opened_at_ = source_.size() - rest_.size() + open;
    const std::string_view before = rest_.substr(0, open);
    const char kind = rest_[open + 1];
    rest_.remove_prefix(open + 2);
    if (kind == '%') return error("blocks are not supported yet", "'{%'");
    return kind == '{' ? expression(before) : comment(before);
  }

  Result<void> expression(std::string_view before) {
    add_text(take("-") ? trim_end(before) : before);
    Result<TemplateExpression> parsed = take_expression(rest_);
    if (!parsed) return error(parsed.error().message, "'{{'");
    TextTemplate::Node node;
    node.expression = std::move(*parsed);
    nodes_.push_back(std::move(node));
    if (take("-")) {
      rest_ = trim_start(rest_.substr(2));
    } else {
      rest_.remove_prefix(2);
      if (rest_ == "\n") rest_ = {};
    }
    return {};
  }

  Result<void> comment(std::string_view before) {
    if (take("-")) {
      before = trim_end(before);
    } else {
      const std::size_t line = before.find_last_not_of(" \t");
      const bool fresh_line =
          line == std::string_view::npos ? nodes_.empty() : before[line] == '\n';
      if (fresh_line) before = before.substr(0, line + 1);
    }
    add_text(before);
    const std::size_t close = rest_.find("#}");
    if (close == std::string_view::npos) return error("unclosed '{#'", "'{#'");
    const bool eats = close > 0 && rest_[close - 1] == '-';
    rest_.remove_prefix(close + 2);
    if (eats) {
      rest_ = trim_start(rest_);
    } else {
      take("\n");
    }
    return {};
  }

  Error error(const std::string& message, std::string_view opening) const {
    const std::size_t character = to_code_points(source_.substr(0, opened_at_)).size() + 1;
    if (message.starts_with("unclosed '"))
      return invalid(fmt::format("{} at character {}", message, character));
    return invalid(fmt::format("{}, in the {} at character {}", message, opening, character));
  }

  void add_text(std::string_view text) {
    if (!text.empty()) nodes_.push_back({std::string(text), std::nullopt});
  }

  bool take(std::string_view sign) {
    if (!rest_.starts_with(sign)) return false;
    rest_.remove_prefix(sign.size());
    return true;
  }

  std::string_view source_;
  std::string_view rest_;
  std::size_t opened_at_ = 0;
  bool has_braces_ = false;
  Nodes nodes_;
};

}  // namespace

Result<Nodes> parse_nodes(std::string_view source) { return Scanner(source).scan(); }

}  // namespace countersign::core
