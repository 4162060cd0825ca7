#include "bot/core/operators.h"

#include <fmt/format.h>

#include <algorithm>

#include "bot/core/loose_date.h"
#include "bot/core/match.h"
#include "bot/core/python_value.h"
#include "bot/core/text_match.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using Comparison = Result<bool> (*)(const Json& value, const Json& pattern, Instant now);

std::string_view text_of(const Json& j) { return j.get_ref<const std::string&>(); }

Error not_comparable(const Json& value, const Json& pattern) {
  return invalid(fmt::format("cannot compare {} with {}", value.type_name(), pattern.type_name()));
}

bool is_member(const Json& item, const Json& list) {
  return std::ranges::any_of(list,
                             [&item](const Json& other) { return python::equal(item, other); });
}

// Python's `item in container`.
Result<bool> holds(const Json& container, const Json& item) {
  if (container.is_array()) return is_member(item, container);
  if (container.is_string() && item.is_string())
    return text_of(container).find(text_of(item)) != std::string_view::npos;
  if (container.is_object() && !item.is_structured())
    return item.is_string() && container.contains(text_of(item));
  return not_comparable(container, item);
}

Result<bool> equals(const Json& value, const Json& pattern, Instant) {
  return python::equal(value, pattern);
}
Result<bool> contains(const Json& value, const Json& pattern, Instant) {
  return holds(value, pattern);
}
Result<bool> inside(const Json& value, const Json& pattern, Instant) {
  return holds(pattern, value);
}
Result<bool> exists(const Json& value, const Json&, Instant) { return !value.is_null(); }

Result<bool> less_than(const Json& value, const Json& pattern, Instant) {
  const std::optional<bool> answer = python::less(value, pattern);
  if (!answer) return not_comparable(value, pattern);
  return *answer;
}

Result<bool> greater_than(const Json& value, const Json& pattern, Instant now) {
  return less_than(pattern, value, now);
}

// Comparisons of two texts.
using TextTest = Result<bool> (*)(std::string_view value, std::string_view pattern);

template <TextTest test>
Result<bool> on_text(const Json& value, const Json& pattern, Instant) {
  if (!value.is_string() || !pattern.is_string()) return not_comparable(value, pattern);
  return test(text_of(value), text_of(pattern));
}

template <TextTest test>
Result<bool> in_lower_case(std::string_view value, std::string_view pattern) {
  return test(to_lower(value), to_lower(pattern));
}

Result<bool> same(std::string_view value, std::string_view pattern) { return value == pattern; }
Result<bool> has(std::string_view value, std::string_view pattern) {
  return value.find(pattern) != std::string_view::npos;
}
Result<bool> starts_with(std::string_view value, std::string_view pattern) {
  return value.starts_with(pattern);
}
Result<bool> ends_with(std::string_view value, std::string_view pattern) {
  return value.ends_with(pattern);
}
Result<bool> wildcard(std::string_view value, std::string_view pattern) {
  return wildcard_match(pattern, value);
}
Result<bool> regex(std::string_view value, std::string_view pattern) {
  return regex_search(pattern, value, {});
}
Result<bool> iregex(std::string_view value, std::string_view pattern) {
  return regex_search(pattern, value, {.ignore_case = true});
}
Result<bool> matchregex(std::string_view value, std::string_view pattern) {
  return regex_search(pattern, value, {.dot_matches_newline = true, .at_start = true});
}

template <Comparison test>
Result<bool> negated(const Json& value, const Json& pattern, Instant now) {
  Result<bool> answer = test(value, pattern, now);
  if (answer) *answer = !*answer;
  return answer;
}

// Python's float(pattern).
std::optional<long double> seconds_of(const Json& pattern) {
  if (python::is_number(pattern)) return python::as_number(pattern);
  if (!pattern.is_string()) return std::nullopt;
  return python::parse_float(text_of(pattern));
}

template <bool younger>
Result<bool> time_difference(const Json& value, const Json& pattern, Instant now) {
  const auto then = value.is_string() ? parse_loose_date(text_of(value), now) : std::nullopt;
  if (!then) return invalid("the value is not a point in time");
  const std::optional<long double> limit = seconds_of(pattern);
  if (!limit) return invalid("the pattern is not a number of seconds");
  const long double age = static_cast<long double>((now - *then).count()) / 1e6L;
  return younger ? age < *limit : age > *limit;
}

struct Operator {
  std::string_view name;
  std::string_view alias;
  Comparison compare;
  bool takes_null = false;  // whether a null pattern is compared at all
  bool asks_clock = false;  // the answer is another one at another time
};

constexpr Operator kOperators[] = {
    {"equals", "eq", equals},
    {"nequals", "neq", negated<equals>, true},
    {"iequals", "ieq", on_text<in_lower_case<same>>},
    {"contains", "", contains},
    {"ncontains", "", negated<contains>},
    {"icontains", "", on_text<in_lower_case<has>>},
    {"incontains", "", negated<on_text<in_lower_case<has>>>},
    {"startswith", "", on_text<starts_with>},
    {"istartswith", "", on_text<in_lower_case<starts_with>>},
    {"endswith", "", on_text<ends_with>},
    {"iendswith", "", on_text<in_lower_case<ends_with>>},
    {"lessthan", "lt", less_than},
    {"greaterthan", "gt", greater_than},
    {"matchwildcard", "", on_text<wildcard>},
    {"matchregex", "", on_text<matchregex>},
    {"regex", "", on_text<regex>},
    {"iregex", "", on_text<iregex>},
    {"timediff_lt", "td_lt", time_difference<true>, false, true},
    {"timediff_gt", "td_gt", time_difference<false>, false, true},
    {"exists", "", exists, true},
    {"nexists", "", negated<exists>, true},
    {"inside", "in", inside},
    {"ninside", "nin", negated<inside>},
};

const Operator* find(std::string_view op) {
  const auto* found = std::ranges::find_if(kOperators, [op](const Operator& o) {
    return !op.empty() && (o.name == op || o.alias == op);
  });
  return found == std::end(kOperators) ? nullptr : found;
}

}  // namespace

Result<bool> compare(std::string_view op, const Json& value, const Json& pattern, Instant now) {
  const Operator* found = find(to_lower(op));
  if (found == nullptr) return invalid(fmt::format("unknown operator '{}'", op));
  if (pattern.is_null() && !found->takes_null) return false;
  return found->compare(value, pattern, now);
}

bool known_operator(std::string_view op) { return find(op) != nullptr; }

bool asks_clock(std::string_view op) {
  const Operator* found = find(to_lower(op));
  return found != nullptr && found->asks_clock;
}

std::vector<std::string> operator_names() {
  std::vector<std::string> names;
  for (const Operator& o : kOperators) {
    names.emplace_back(o.name);
    if (!o.alias.empty()) names.emplace_back(o.alias);
  }
  return names;
}

}  // namespace countersign::core
