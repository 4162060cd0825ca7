#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>

#include "bot/core/action.h"
#include "bot/core/parameter_cast.h"
#include "bot/core/python_value.h"
#include "bot/core/text_template.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using Cast = std::optional<Json> (*)(const Json&);

std::optional<Json> to_text(const Json& value) {
  if (!value.is_string()) return std::nullopt;
  return value;
}

std::optional<Json> to_boolean(const Json& value) {
  for (const bool b : {true, false}) {
    if (python::equal(value, Json(b))) return Json(b);
    if (!value.is_string()) continue;
    const std::string text = to_lower(value.get_ref<const std::string&>());
    if (text == (b ? "true" : "false") || text == (b ? "1" : "0")) return Json(b);
  }
  return std::nullopt;
}

std::optional<Json> to_structure(const Json& value, Json::value_t type) {
  if (value.type() == type) return value;
  if (!value.is_string()) return std::nullopt;
  std::optional<Json> parsed = read_structure(value.get_ref<const std::string&>());
  if (!parsed || parsed->type() != type) return std::nullopt;
  return parsed;
}

std::optional<Json> to_array(const Json& value) {
  return to_structure(value, Json::value_t::array);
}
std::optional<Json> to_object(const Json& value) {
  return to_structure(value, Json::value_t::object);
}

struct Type {
  std::string_view name;
  bool (*is)(const Json&);
  Cast cast;
};
constexpr Type kTypes[] = {
    {"string", [](const Json& j) { return j.is_string(); }, to_text},
    {"integer", [](const Json& j) { return j.is_number_integer(); }, cast_integer},
    {"number", [](const Json& j) { return j.is_number(); }, cast_number},
    {"boolean", [](const Json& j) { return j.is_boolean(); }, to_boolean},
    {"array", [](const Json& j) { return j.is_array(); }, to_array},
    {"object", [](const Json& j) { return j.is_object(); }, to_object},
};

Error wrong(const Parameter& parameter, std::string_view what) {
  return invalid(fmt::format("parameter '{}' {}", parameter.name, what));
}

// A value that is of a declared type already stays; otherwise the first type it can be cast to.
Result<Json> cast(const Parameter& parameter, const Json& value) {
  if (parameter.types.empty()) return value;
  const auto declared = [&parameter](const Type& type) {
    return std::ranges::find(parameter.types, type.name) != parameter.types.end();
  };
  for (const Type& type : kTypes)
    if (declared(type) && type.is(value)) return value;
  for (const Type& type : kTypes) {
    if (!declared(type)) continue;
    if (std::optional<Json> made = type.cast(value)) return std::move(*made);
  }
  return wrong(parameter, fmt::format("must be of type {}", fmt::join(parameter.types, " or ")));
}

// What a string anywhere in a given value must not be (T25: it could become an option of the
// program).
Result<void> check_strings(const Action& action, const Parameter& parameter, const Json& value) {
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (text.find('\0') != std::string::npos) return wrong(parameter, "contains a NUL character");
    const bool makes_arguments = action.runner != "http-request" &&
                                 action.runner != "announcement" && action.runner != "noop";
    if (makes_arguments && !parameter.leading_dash && text.starts_with('-'))
      return wrong(parameter, "must not begin with '-'");
  }
  if (!value.is_structured()) return {};
  for (const auto& [key, child] : value.items()) {
    if (key.find('\0') != std::string::npos) return wrong(parameter, "contains a NUL character");
    if (Result<void> checked = check_strings(action, parameter, child); !checked) return checked;
  }
  return {};
}

Result<void> check_declared(const Parameter& parameter, const Json& value) {
  const auto is_value = [&value](const Json& choice) { return python::equal(choice, value); };
  if (!parameter.choices.empty() && std::ranges::none_of(parameter.choices, is_value))
    return wrong(parameter, "must be one of " + python::repr(Json(parameter.choices)));
  if (parameter.pattern.empty() || !value.is_string()) return {};
  const re2::RE2 pattern(parameter.pattern, re2::RE2::Quiet);
  if (!pattern.ok()) return wrong(parameter, "has a pattern that is no regular expression");
  if (re2::RE2::PartialMatch(value.get_ref<const std::string&>(), pattern)) return {};
  return wrong(parameter, fmt::format("must match {}", parameter.pattern));
}

Result<Json> bind_given(const Action& action, const Parameter& parameter, const Json& given) {
  Result<Json> value = cast(parameter, given);
  if (!value) return value;
  if (const Result<void> checked = check_declared(parameter, *value); !checked)
    return checked.error();
  // One of the author's own choices needs no further check.
  if (!parameter.choices.empty()) return value;
  if (const Result<void> checked = check_strings(action, parameter, *value); !checked)
    return checked.error();
  return value;
}

bool is_template(const Json& value) {
  if (!value.is_string()) return false;
  const auto& text = value.get_ref<const std::string&>();
  return text.find("{{") != std::string::npos || text.find("{%") != std::string::npos;
}

// Defaults are the author's: those that are templates are rendered over the other parameters.
Result<Json> bind_default(const Parameter& parameter, const Json& others) {
  if (!is_template(parameter.fallback)) return cast(parameter, parameter.fallback);
  const auto parsed = TextTemplate::parse(parameter.fallback.get_ref<const std::string&>());
  if (!parsed) return wrong(parameter, "has a bad default: " + parsed.error().message);
  const Result<Json> text = render_all(parameter.fallback, others);
  if (!text) return wrong(parameter, "has a default that cannot be made: " + text.error().message);
  return cast(parameter, *text);
}

Result<void> refuse_unknown(const Action& action, const Json& given) {
  for (const auto& item : given.items()) {
    if (std::ranges::find(action.parameters, item.key(), &Parameter::name) !=
        action.parameters.end())
      continue;
    std::vector<std::string> names;
    for (const Parameter& parameter : action.parameters) names.push_back(parameter.name);
    return invalid(fmt::format("action {} has no parameter '{}'; it has: {}", action.ref,
                               item.key(),
                               names.empty() ? "none" : fmt::format("{}", fmt::join(names, ", "))));
  }
  return {};
}

// What the caller said for a parameter; null if nothing.
const Json& said(const Json& given, const Parameter& parameter) {
  static const Json kNothing;
  const auto found = given.find(parameter.name);
  return found == given.end() ? kNothing : *found;
}

Result<void> fill_defaults(const Action& action, bool templates, Json& bound) {
  Json filled = bound;
  for (const Parameter& parameter : action.parameters) {
    if (bound.contains(parameter.name) || parameter.fallback.is_null() ||
        is_template(parameter.fallback) != templates)
      continue;
    const Result<Json> value = bind_default(parameter, bound);
    if (!value) return value.error();
    filled[parameter.name] = *value;
  }
  bound = std::move(filled);
  return {};
}

}  // namespace

Result<Json> bind_parameters(const Action& action, const Json& given) {
  const Json values = given.is_null() ? Json::object() : given;
  if (!values.is_object()) return invalid("parameters must be an object");
  if (const Result<void> known = refuse_unknown(action, values); !known) return known.error();
  Json bound = Json::object();
  for (const Parameter& parameter : action.parameters) {
    const Json& value = said(values, parameter);
    if (value.is_null() || parameter.immutable) continue;
    const Result<Json> made = bind_given(action, parameter, value);
    if (!made) return made.error();
    bound[parameter.name] = *made;
  }
  for (const bool templates : {false, true})
    if (const Result<void> filled = fill_defaults(action, templates, bound); !filled)
      return filled.error();
  for (const Parameter& parameter : action.parameters) {
    const Json& value = said(values, parameter);
    // Repeating an immutable value changes nothing, so bound parameters may be bound again.
    if (parameter.immutable && !value.is_null() &&
        !python::equal(value, bound.value(parameter.name, Json())))
      return {wrong(parameter, "cannot be changed")};
    if (parameter.required && !bound.contains(parameter.name))
      return {wrong(parameter, "is required")};
  }
  return bound;
}

}  // namespace countersign::core
