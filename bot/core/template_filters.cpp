#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bot/core/python_value.h"
#include "bot/core/template_nodes.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using Value = TemplateValue;
using Arguments = FilterArguments;

Error too_long() { return invalid("the result of a filter is too long"); }

std::string text_of(const Value& value) { return python::str(*value.json); }

Result<Json> apply_default(const Value& input, Arguments arguments) {
  const bool also_falsy = arguments[1] != nullptr && python::truthy(*arguments[1]);
  if (input.defined() && !(also_falsy && !python::truthy(*input.json))) return *input.json;
  return arguments[0] != nullptr ? *arguments[0] : Json("");
}

Result<Json> apply_lower(const Value& input, Arguments) { return Json(to_lower(text_of(input))); }
Result<Json> apply_upper(const Value& input, Arguments) { return Json(to_upper(text_of(input))); }
Result<Json> apply_string(const Value& input, Arguments) { return Json(text_of(input)); }

Result<Json> apply_trim(const Value& input, Arguments arguments) {
  const bool given = arguments[0] != nullptr && !arguments[0]->is_null();
  const std::u32string chars =
      given ? to_code_points(python::str(*arguments[0])) : std::u32string();
  const auto goes = [&](char32_t c) {
    return given ? chars.find(c) != std::u32string::npos : is_blank(c);
  };
  const std::u32string text = to_code_points(text_of(input));
  std::u32string_view rest = text;
  while (!rest.empty() && goes(rest.front())) rest.remove_prefix(1);
  while (!rest.empty() && goes(rest.back())) rest.remove_suffix(1);
  return Json(to_utf8(rest));
}

// int(x), then int(float(x)), then the default.
Result<Json> apply_int(const Value& input, Arguments arguments) {
  const Json& value = *input.json;
  const Json fallback = arguments[0] != nullptr ? *arguments[0] : Json(0);
  const std::int64_t base = arguments[1] != nullptr && arguments[1]->is_number_integer()
                                ? arguments[1]->get<std::int64_t>()
                                : 10;
  if (base < 2 || base > 36) return fallback;
  if (value.is_number_integer()) return value;
  std::optional<double> number;
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (const auto whole = python::parse_int(text, static_cast<int>(base))) return Json(*whole);
    number = python::parse_float(text);
  } else if (python::is_number(value)) {
    number = static_cast<double>(python::as_number(value));
  }
  constexpr double kLimit = 9.2e18;  // what an int64 holds
  if (!number || !(std::abs(*number) < kLimit)) return fallback;
  return Json(static_cast<std::int64_t>(*number));
}

Result<Json> apply_join(const Value& input, Arguments arguments) {
  const std::string separator = arguments[0] != nullptr ? python::str(*arguments[0]) : "";
  std::vector<std::string> items;
  if (input.json->is_array()) {
    for (const Json& item : *input.json) items.push_back(python::str(item));
  } else if (input.json->is_object()) {
    for (const auto& item : input.json->items()) items.push_back(item.key());
  } else if (input.json->is_string()) {
    for (const char32_t c : to_code_points(text_of(input))) items.push_back(to_utf8({&c, 1}));
  } else {
    return invalid(fmt::format("the filter 'join' needs a list, not {}", input.json->type_name()));
  }
  std::string out;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += separator;
    out += items[i];
    if (out.size() > kRenderedLimit) return too_long();
  }
  return Json(std::move(out));
}

Result<Json> apply_replace(const Value& input, Arguments arguments) {
  if (arguments[0] == nullptr || arguments[1] == nullptr)
    return invalid("the filter 'replace' needs what to replace, and by what");
  const std::string text = text_of(input);
  const std::string from = python::str(*arguments[0]);
  const std::string by = python::str(*arguments[1]);
  const bool limited = arguments[2] != nullptr && arguments[2]->is_number_integer();
  std::int64_t left = limited ? arguments[2]->get<std::int64_t>() : -1;  // negative: all
  if (from.empty()) return invalid("the filter 'replace' cannot replace an empty text");
  std::string out;
  std::size_t at = 0;
  for (std::size_t found = text.find(from); found != std::string::npos && left != 0;
       found = text.find(from, at), --left) {
    out.append(text, at, found - at);
    out += by;
    at = found + from.size();
    if (out.size() > kRenderedLimit) return too_long();
  }
  return Json(out.append(text, at));
}

const TemplateFilter kFilters[] = {
    {"default", {"default_value", "boolean"}, true, apply_default},
    {"d", {"default_value", "boolean"}, true, apply_default},
    {"lower", {}, false, apply_lower},
    {"upper", {}, false, apply_upper},
    {"trim", {"chars"}, false, apply_trim},
    {"int", {"default", "base"}, false, apply_int},
    {"string", {}, false, apply_string},
    {"join", {"d"}, false, apply_join},
    {"replace", {"old", "new", "count"}, false, apply_replace},
};

}  // namespace

const TemplateFilter* find_filter(std::string_view name) {
  const auto* found = std::ranges::find(kFilters, name, &TemplateFilter::name);
  return found == std::end(kFilters) ? nullptr : found;
}

}  // namespace countersign::core
