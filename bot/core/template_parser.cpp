#include <fmt/format.h>

#include <algorithm>

#include "bot/core/python_value.h"
#include "bot/core/template_nodes.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using Expression = TemplateExpression;
using Kind = Expression::Kind;

constexpr int kDepthLimit = 32;

bool starts_name(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error unsupported(std::string_view what) {
  return invalid(fmt::format("{} not supported yet", what));
}

// Removes the name at the front of a text; empty if there is none.
std::string take_name(std::string_view& rest) {
  if (rest.empty() || !starts_name(rest.front())) return {};
  const auto end =
      std::ranges::find_if(rest, [](char c) { return !starts_name(c) && !is_digit(c); });
  const auto size = static_cast<std::size_t>(end - rest.begin());
  std::string name(rest.substr(0, size));
  rest.remove_prefix(size);
  return name;
}

// One expression by recursive descent; `rest_` is what is still to be read.
class ExpressionParser {
 public:
  explicit ExpressionParser(std::string_view& rest) : rest_(rest) {}

  Result<Expression> whole() {
    Result<Expression> expression = filtered(0);
    if (!expression) return expression;
    skip_blanks();
    if (rest_.starts_with("}}") || rest_.starts_with("-}}")) return expression;
    return unexpected();
  }

 private:
  Result<Expression> filtered(int depth) {
    if (depth > kDepthLimit) return invalid("the expression is nested too deeply");
    Result<Expression> expression = postfixed(depth);
    while (expression && take("|")) expression = filter(std::move(*expression), depth);
    return expression;
  }

  Result<Expression> postfixed(int depth) {
    Result<Expression> expression = primary(depth);
    while (expression) {
      if (take(".")) {
        expression = attribute(std::move(*expression));
      } else if (take("[")) {
        expression = index(std::move(*expression), depth);
      } else if (peek() == '(') {
        return unsupported("calls are");
      } else {
        break;
      }
    }
    return expression;
  }

  Result<Expression> primary(int depth) {
    const char c = peek();
    if (c == '\'' || c == '"') return text();
    if (is_digit(c)) return number(1);
    if (c == '-') return negative();
    if (take("[")) return list(depth);
    if (take("(")) return group(depth);
    if (c == '{') return unsupported("object literals are");
    if (c == '+') return unsupported("the operator '+' is");
    if (!starts_name(c)) return unexpected();
    return name();
  }

  Result<Expression> name() {
    std::string name = take_name(rest_);
    constexpr std::pair<std::string_view, int> kConstants[] = {
        {"true", 1}, {"True", 1}, {"false", 0}, {"False", 0}, {"none", -1}, {"None", -1}};
    for (const auto& [word, value] : kConstants)
      if (name == word) return literal(value < 0 ? Json(nullptr) : Json(value == 1));
    if (name == "not") return unsupported("the operator 'not' is");
    Expression expression;
    expression.kind = Kind::name;
    expression.name = std::move(name);
    return expression;
  }

  Result<Expression> text() {
    std::string all;
    while (peek() == '\'' || peek() == '"') {  // neighbours are one string, as in Python
      const Result<std::string> part = python::take_string(rest_);
      if (!part) return part.error();
      all += *part;
    }
    return literal(Json(std::move(all)));
  }

  Result<Expression> number(int sign) {
    const Result<Json> value = python::take_number(rest_);
    if (!value) return value.error();
    if (!rest_.empty() && starts_name(rest_.front())) return unexpected();
    if (value->is_number_float()) return literal(Json(sign * value->get<double>()));
    return literal(Json(sign * value->get<std::int64_t>()));
  }

  Result<Expression> negative() {
    take("-");
    if (!is_digit(peek())) return unsupported("the operator '-' is");
    return number(-1);
  }

  Result<Expression> list(int depth) {
    Expression expression;
    expression.kind = Kind::list;
    while (!take("]")) {
      Result<Expression> element = filtered(depth + 1);
      if (!element) return element;
      expression.children.push_back(std::move(*element));
      if (!take(",") && peek() != ']') return unexpected();
    }
    return expression;
  }

  Result<Expression> group(int depth) {
    Result<Expression> inner = filtered(depth + 1);
    if (!inner) return inner;
    if (peek() == ',') return unsupported("tuples are");
    if (!take(")")) return unexpected();
    return inner;
  }

  Result<Expression> attribute(Expression base) {
    if (is_digit(peek())) {  // names.0 is names[0]
      const auto end = rest_.find_first_not_of("0123456789");
      const auto position = python::parse_int(rest_.substr(0, end));
      if (!position) return unexpected();
      rest_.remove_prefix(std::min(end, rest_.size()));
      return indexed(std::move(base), *literal(Json(*position)));
    }
    Expression expression;
    expression.kind = Kind::attribute;
    expression.name = take_name(rest_);
    if (expression.name.empty()) return unexpected();
    expression.children.push_back(std::move(base));
    return expression;
  }

  Result<Expression> index(Expression base, int depth) {
    if (peek() == ':') return unsupported("slices are");
    Result<Expression> position = filtered(depth + 1);
    if (!position) return position;
    if (peek() == ':') return unsupported("slices are");
    if (peek() == ',') return unsupported("tuples are");
    if (!take("]")) return unexpected();
    return indexed(std::move(base), std::move(*position));
  }

  static Result<Expression> indexed(Expression base, Expression position) {
    Expression expression;
    expression.kind = Kind::index;
    expression.children.push_back(std::move(base));
    expression.children.push_back(std::move(position));
    return expression;
  }

  Result<Expression> filter(Expression input, int depth) {
    skip_blanks();
    const std::string name = take_name(rest_);
    if (name.empty()) return unexpected();
    Expression expression;
    expression.kind = Kind::filter;
    expression.filter = find_filter(name);
    if (expression.filter == nullptr) return unsupported(fmt::format("the filter '{}' is", name));
    expression.children.resize(1 + expression.filter->parameters.size());
    expression.children.front() = std::move(input);
    if (!take("(")) return expression;
    for (std::size_t position = 1; !take(")"); ++position) {
      const Result<void> read = argument(expression, position, depth);
      if (!read) return read.error();
      if (!take(",") && peek() != ')') return unexpected();
    }
    return expression;
  }

  // Puts one argument in its place: by name, or by position.
  Result<void> argument(Expression& filter, std::size_t position, int depth) {
    skip_blanks();
    std::string_view ahead = rest_;
    const std::string keyword = take_name(ahead);
    ahead = trim(ahead);
    if (!keyword.empty() && ahead.starts_with('=') && !ahead.starts_with("==")) {
      const auto& names = filter.filter->parameters;
      position = static_cast<std::size_t>(std::ranges::find(names, keyword) - names.begin()) + 1;
      rest_.remove_prefix(rest_.find('=') + 1);
    }
    if (position >= filter.children.size())
      return unsupported(fmt::format("this argument of the filter '{}' is", filter.filter->name));
    Result<Expression> value = filtered(depth + 1);
    if (!value) return value.error();
    filter.children[position] = std::move(*value);
    return {};
  }

  static Result<Expression> literal(Json value) {
    Expression expression;
    expression.kind = Kind::literal;
    expression.literal = std::move(value);
    return expression;
  }

  // What stands here belongs to Jinja but not to us, or to nobody.
  Error unexpected() {
    constexpr std::string_view kWords[] = {"and", "or", "in", "not", "is", "if", "else"};
    constexpr std::string_view kSigns[] = {"==", "!=", "<=", ">=", "//", "**", "<",
                                           ">",  "+",  "-",  "*",  "/",  "%",  "~"};
    skip_blanks();
    if (rest_.empty()) return invalid("unclosed '{{'");
    if (rest_.starts_with("}}") || rest_.starts_with("-}}"))
      return invalid("an expression is missing");
    std::string_view ahead = rest_;
    const std::string word = take_name(ahead);
    for (const std::string_view known : kWords)
      if (word == known) return unsupported(fmt::format("the operator '{}' is", known));
    for (const std::string_view known : kSigns)
      if (rest_.starts_with(known)) return unsupported(fmt::format("the operator '{}' is", known));
    return invalid(
        fmt::format("unexpected '{}'", word.empty() ? std::string(1, rest_.front()) : word));
  }

  void skip_blanks() {
    while (!rest_.empty() && is_blank(static_cast<unsigned char>(rest_.front())) &&
           static_cast<unsigned char>(rest_.front()) < 0x80)
      rest_.remove_prefix(1);
  }

  char peek() {
    skip_blanks();
    return rest_.empty() ? '\0' : rest_.front();
  }

  bool take(std::string_view sign) {
    skip_blanks();
    if (!rest_.starts_with(sign)) return false;
    rest_.remove_prefix(sign.size());
    return true;
  }

  std::string_view& rest_;
};

}  // namespace

Result<TemplateExpression> take_expression(std::string_view& text) {
  return ExpressionParser(text).whole();
}

}  // namespace countersign::core
