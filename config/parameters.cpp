#include "config/parameters.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <map>

namespace countersign::config {
namespace {

const std::vector<std::string> kKeys = {
    "type", "required", "default", "immutable",   "secret",
    "enum", "position", "pattern", "description", "leading_dash",
};
// JSON schema's words that StackStorm's actions use and that nothing here checks.
const std::vector<std::string> kUnchecked = {
    "items",     "properties", "additionalProperties", "minimum", "maximum", "minLength",
    "maxLength", "minItems",   "uniqueItems",          "format",
};
const std::vector<std::string> kTypes = {"string", "integer", "number", "boolean",
                                         "array",  "object",  "null"};

bool is_of(const Json& value, const std::string& type) {
  if (type == "string") return value.is_string();
  if (type == "integer") return value.is_number_integer();
  if (type == "number") return value.is_number();
  if (type == "boolean") return value.is_boolean();
  if (type == "array") return value.is_array();
  return value.is_object();
}

std::vector<std::string> read_types(const Reader& reader) {
  std::vector<std::string> out;
  for (const Reader& one : reader.is_list() ? reader.items() : std::vector{reader}) {
    const std::string type = one.word(kTypes, "");
    if (!type.empty() && type != "null") out.push_back(type);
  }
  return out;
}

std::string read_pattern(const Reader& reader) {
  const std::string pattern = reader.text();
  const re2::RE2 compiled(pattern, re2::RE2::Quiet);
  if (!compiled.ok()) reader.error("not a regular expression: " + compiled.error());
  return pattern;
}

void check_default(const Reader& reader, const core::Parameter& parameter) {
  const Json& value = parameter.fallback;
  const auto fits = [&](const std::string& type) { return is_of(value, type); };
  const auto& types = parameter.types;
  const bool is_template =
      value.is_string() && value.get<std::string>().find("{{") != std::string::npos;
  if (value.is_null() || is_template) return;
  if (!types.empty() && std::none_of(types.begin(), types.end(), fits)) {
    reader.error(fmt::format("is not of the type {}", listed(types)));
  }
  const auto& choices = parameter.choices;
  if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
    reader.error("is none of the values of enum");
  }
}

core::Parameter read_parameter(const std::string& name, const Reader& reader) {
  core::Parameter out;
  out.name = name;
  std::vector<std::string> known = kKeys;
  known.insert(known.end(), kUnchecked.begin(), kUnchecked.end());
  if (!reader.map_of(known)) return out;
  for (const std::string& key : kUnchecked) {
    if (reader.at(key).present()) reader.at(key).warning("is not checked yet");
  }
  out.types = read_types(reader.at("type"));
  out.required = reader.at("required").flag(false);
  out.immutable = reader.at("immutable").flag(false);
  out.secret = reader.at("secret").flag(false);
  if (reader.at("position").present()) {
    out.position = static_cast<int>(reader.at("position").number(0, 1000, 0));
  }
  for (const Reader& choice : reader.at("enum").items()) out.choices.push_back(choice.json());
  out.pattern = read_pattern(reader.at("pattern"));
  out.description = reader.at("description").text();
  out.leading_dash = reader.at("leading_dash").flag(false);
  out.fallback = reader.at("default").json();
  check_default(reader.at("default"), out);
  return out;
}

}  // namespace

std::vector<core::Parameter> read_parameters(const Reader& parameters) {
  static const re2::RE2 form(R"(\w{1,128})");
  std::vector<core::Parameter> out;
  std::map<int, std::string> positions;
  for (const auto& [name, reader] : parameters.members()) {
    if (!re2::RE2::FullMatch(name, form)) {
      reader.error("a parameter's name may only hold letters, digits and '_'");
    }
    out.push_back(read_parameter(name, reader));
    if (!out.back().position) continue;
    const auto [first, fresh] = positions.emplace(*out.back().position, name);
    if (!fresh) {
      reader.at("position").error(fmt::format("is the position of '{}' too", first->second));
    }
  }
  return out;
}

}  // namespace countersign::config
