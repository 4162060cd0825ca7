#include "config/criteria.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <optional>

#include "bot/core/operators.h"
#include "bot/core/path.h"
#include "bot/core/regex.h"
#include "config/pack_parts.h"

namespace countersign::config {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

// What keys start with: "trigger", or "item" inside a search.
void check_key(const Reader& reader, const std::string& key, const std::string& root) {
  // Only plain names are judged by their first word; '$..a' or "['trigger']" are paths too.
  static const re2::RE2 first_word(R"(\s*(?:\$\.)?\s*([A-Za-z_][\w-]*))");
  std::string first;
  re2::StringPiece rest(key);
  if (re2::RE2::Consume(&rest, first_word, &first) && first != root) {
    reader.error(first == "system" ? "the datastore ('system') is not supported yet"
                                   : unknown("start of a path", first, {root}));
    return;
  }
  const auto path = core::Path::parse(key);
  if (!path) reader.error("not a path: " + path.error().message);
}

bool known_type(const Reader& reader, const std::string& op) {
  const auto names = core::operator_names();
  if (core::known_operator(op) && op == lower(op)) return true;
  if (core::known_operator(lower(op))) {
    reader.error(fmt::format("operators are written in lower case: '{}'", lower(op)));
  } else if (!op.empty()) {
    reader.error(unknown("operator", op, names));
  }
  return false;
}

// Only a text with an expression is rendered; in others braces are what they are, as in regular
// expressions.
bool is_template(const std::string& text) {
  return text.find("{{") != std::string::npos || text.find("{%") != std::string::npos;
}

void check_regex(const Reader& reader, const std::string& pattern, core::RegexMode mode) {
  const auto regex = core::Regex::compile(pattern, mode);
  if (!regex) {
    reader.error(regex.error().message);
  } else if (!regex->backtracks().empty()) {
    reader.warning(fmt::format(
        "{} cannot be matched in linear time: what it costs depends on the text, and a text that "
        "takes too many steps is an error",
        regex->backtracks()));
  }
}

void check_pattern(const Reader& reader, const std::string& op) {
  if (!reader.is_text()) return;
  const std::string pattern = reader.text();
  if (is_template(pattern)) {
    read_template(reader);
  } else if (const auto mode = core::find_operator(op)->regex) {
    check_regex(reader, pattern, *mode);
  }
}

std::optional<core::Criterion> read_criterion(const Reader& reader, const std::string& key,
                                              const std::string& root);

// The criteria each element is asked, and how many of both have to agree.
std::string read_search(const Reader& reader) {
  const Reader pattern = reader.at("pattern"), condition = reader.at("condition");
  if (pattern.required()) {
    for (const auto& [key, child] : pattern.members()) read_criterion(child, key, "item");
  }
  if (!condition.required()) return "";
  return condition.word({"all", "any", "all2any", "any2any"}, "");
}

std::optional<core::Criterion> read_criterion(const Reader& reader, const std::string& key,
                                              const std::string& root) {
  check_key(reader, key, root);
  if (!reader.required() || !reader.map_of({"type", "pattern", "condition"})) return {};
  core::Criterion criterion{key, reader.at("type").required_text(), nullptr};
  const Reader pattern = reader.at("pattern"), condition = reader.at("condition");
  const bool known = known_type(reader.at("type"), criterion.op);
  if (known && criterion.op == "search") {
    criterion.condition = read_search(reader);
  } else if (known) {
    warn_if_given(condition, "only the operator search has a condition");
    // StackStorm asks every rule for a pattern, and no child of a search.
    const bool optional = root == "item" && core::find_operator(criterion.op)->takes_null;
    if (optional ? pattern.present() : pattern.required()) check_pattern(pattern, criterion.op);
  }
  criterion.pattern = pattern.json();
  return criterion;
}

}  // namespace

std::vector<core::Criterion> read_criteria(const Reader& criteria) {
  std::vector<core::Criterion> out;
  for (const auto& [key, reader] : criteria.members()) {
    if (auto criterion = read_criterion(reader, key, "trigger")) out.push_back(*criterion);
  }
  return out;
}

}  // namespace countersign::config
