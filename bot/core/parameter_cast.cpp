#include "bot/core/parameter_cast.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bot/core/python_value.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

constexpr std::string_view kNone = "%*****__%NONE%__*****%";

std::optional<Json> to_string(const Json& value) {
  if (value.is_string() || value.is_null()) return value;
  return std::nullopt;
}

// "tRUE" is read as the Python literal True.
std::optional<Json> to_boolean(const Json& value) {
  if (!value.is_string()) return value;
  std::string text = to_lower(value.get_ref<const std::string&>());
  if (!text.empty()) text.replace(0, 1, to_upper(text.substr(0, 1)));
  return python::parse_literal(text);
}

std::optional<Json> to_structure(const Json& value) {
  if (!value.is_string()) return value;
  return read_structure(value.get_ref<const std::string&>());
}

struct Cast {
  std::string_view type;
  std::optional<Json> (*cast)(const Json&);
};
constexpr Cast kCasts[] = {{"string", to_string},   {"integer", cast_integer},
                           {"number", cast_number},   {"boolean", to_boolean},
                           {"array", to_structure}, {"object", to_structure}};

std::optional<Json> cast_to(const Json& value, const std::string& type) {
  const auto* const found = std::ranges::find(kCasts, type, &Cast::type);
  return found == std::end(kCasts) ? std::optional(value) : found->cast(value);
}

}  // namespace

std::optional<Json> cast_integer(const Json& value) {
  if (value.is_number_integer()) return value;
  if (value.is_boolean()) return Json(value.get<bool>() ? 1 : 0);
  if (value.is_number_float() && std::abs(value.get<double>()) < 9e18)
    return Json(static_cast<std::int64_t>(value.get<double>()));
  if (!value.is_string()) return std::nullopt;
  const auto parsed = python::parse_int(value.get_ref<const std::string&>());
  return parsed ? std::optional(Json(*parsed)) : std::nullopt;
}

std::optional<Json> cast_number(const Json& value) {
  if (python::is_number(value)) return Json(static_cast<double>(python::as_number(value)));
  if (!value.is_string()) return std::nullopt;
  const auto parsed = python::parse_float(value.get_ref<const std::string&>());
  return parsed && std::isfinite(*parsed) ? std::optional(Json(*parsed)) : std::nullopt;
}

std::optional<Json> read_structure(const std::string& text) {
  Json parsed = Json::parse(text, nullptr, false);
  return parsed.is_discarded() ? python::parse_literal(text) : std::optional(std::move(parsed));
}

Result<Json> cast_parameter(const Json& value, const Json& type) {
  if (value.is_null() || type.is_null()) return value;
  const Json plain = value == Json(kNone) ? Json() : value;
  const Json types = type.is_array() ? type : Json::array({type});
  for (const Json& name : types)
    if (std::optional<Json> made = cast_to(plain, name.is_string() ? name.get<std::string>() : ""))
      return std::move(*made);
  return invalid(fmt::format("the value cannot be cast to {}", type.dump()));
}

}  // namespace countersign::core
