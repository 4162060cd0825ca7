#include "config/criteria.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "bot/core/match.h"
#include "bot/core/path.h"
#include "config/pack_parts.h"

namespace countersign::config {
namespace {

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

void check_key(const Reader& reader, const std::string& key) {
  // Only plain names are judged by their first word; '$..a' or "['trigger']" are paths too.
  static const re2::RE2 first_word(R"(\s*(?:\$\.)?\s*([A-Za-z_][\w-]*))");
  std::string root;
  re2::StringPiece rest(key);
  if (re2::RE2::Consume(&rest, first_word, &root) && root != "trigger") {
    reader.error(root == "system" ? "the datastore ('system') is not supported yet"
                                  : unknown("start of a path", root, {"trigger"}));
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
  } else if (op == "search") {
    reader.error("operator 'search' is not supported yet");
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

void check_pattern(const Reader& reader, const std::string& op) {
  if (!reader.is_text()) return;
  const std::string pattern = reader.text();
  if (is_template(pattern)) {
    read_template(reader);
  } else if (op.find("regex") != std::string::npos) {
    // Compiled by the code that will use it, against a text that cannot matter.
    const core::Criterion probe{"trigger.text", op, pattern};
    const auto result = core::evaluate(probe, {{"trigger", {{"text", ""}}}}, {});
    if (!result.error.empty()) reader.error(result.error);
  }
}

}  // namespace

std::vector<core::Criterion> read_criteria(const Reader& criteria) {
  std::vector<core::Criterion> out;
  for (const auto& [key, reader] : criteria.members()) {
    check_key(reader, key);
    if (!reader.required() || !reader.map_of({"type", "pattern", "condition"})) continue;
    const std::string op = reader.at("type").required_text();
    const Reader pattern = reader.at("pattern");
    const bool known = known_type(reader.at("type"), op);
    if (known && pattern.required()) check_pattern(pattern, op);
    if (known) warn_if_given(reader.at("condition"), "only the operator search has a condition");
    out.push_back({key, op, pattern.json()});
  }
  return out;
}

}  // namespace countersign::config
