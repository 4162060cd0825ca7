#include "bot/core/operators.h"

#include <fmt/format.h>

#include <algorithm>

#include "bot/core/loose_date.h"
#include "bot/core/python_value.h"
#include "bot/core/regex.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

std::string_view text_of(const Json& j) { return j.get_ref<const std::string&>(); }
Answer answer(bool yes) { return yes ? Answer::yes : Answer::no; }

bool is_member(const Json& item, const Json& list) {
  return std::ranges::any_of(list,
                             [&item](const Json& other) { return python::equal(item, other); });
}

// Python's `item in container`.
Answer holds(const Json& container, const Json& item) {
  if (container.is_array()) return answer(is_member(item, container));
  if (container.is_string() && item.is_string())
    return answer(text_of(container).find(text_of(item)) != std::string_view::npos);
  if (container.is_object() && !item.is_structured())
    return answer(item.is_string() && container.contains(text_of(item)));
  return Answer::incomparable;
}

Answer equals(const Json& value, const Json& pattern, Instant) {
  return answer(python::equal(value, pattern));
}
Answer contains(const Json& value, const Json& pattern, Instant) { return holds(value, pattern); }
Answer inside(const Json& value, const Json& pattern, Instant) { return holds(pattern, value); }
Answer exists(const Json& value, const Json&, Instant) { return answer(!value.is_null()); }

Answer less_than(const Json& value, const Json& pattern, Instant) {
  const std::optional<bool> less = python::less(value, pattern);
  return less ? answer(*less) : Answer::incomparable;
}

Answer greater_than(const Json& value, const Json& pattern, Instant now) {
  return less_than(pattern, value, now);
}

// Comparisons of two texts.
using TextTest = Answer (*)(std::string_view value, std::string_view pattern);

template <TextTest test>
Answer on_text(const Json& value, const Json& pattern, Instant) {
  if (!value.is_string() || !pattern.is_string()) return Answer::incomparable;
  return test(text_of(value), text_of(pattern));
}

template <TextTest test>
Answer in_lower_case(std::string_view value, std::string_view pattern) {
  return test(to_lower(value), to_lower(pattern));
}

Answer same(std::string_view value, std::string_view pattern) { return answer(value == pattern); }
Answer has(std::string_view value, std::string_view pattern) {
  return answer(value.find(pattern) != std::string_view::npos);
}
Answer starts_with(std::string_view value, std::string_view pattern) {
  return answer(value.starts_with(pattern));
}
Answer ends_with(std::string_view value, std::string_view pattern) {
  return answer(value.ends_with(pattern));
}
Answer wildcard(std::string_view value, std::string_view pattern) {
  return answer(wildcard_match(pattern, value));
}

constexpr RegexMode kRegex{};
constexpr RegexMode kIgnoringCase{.ignore_case = true};
constexpr RegexMode kFromTheStart{.dot_matches_newline = true, .at_start = true};

template <const RegexMode& mode>
Answer regex(std::string_view value, std::string_view pattern) {
  const Result<bool> found = regex_search(pattern, value, mode);
  return found ? answer(*found) : Answer::failed;
}

Answer only_in_a_criterion(const Json&, const Json&, Instant) { return Answer::out_of_place; }

template <Answer (*test)(const Json&, const Json&, Instant)>
Answer negated(const Json& value, const Json& pattern, Instant now) {
  const Answer found = test(value, pattern, now);
  return is_fault(found) ? found : answer(found == Answer::no);
}

// Python's float(pattern).
std::optional<long double> seconds_of(const Json& pattern) {
  if (python::is_number(pattern)) return python::as_number(pattern);
  if (!pattern.is_string()) return std::nullopt;
  return python::parse_float(text_of(pattern));
}

template <bool younger>
Answer time_difference(const Json& value, const Json& pattern, Instant now) {
  const auto then = value.is_string() ? parse_loose_date(text_of(value), now) : std::nullopt;
  if (!then) return Answer::not_a_time;
  const std::optional<long double> limit = seconds_of(pattern);
  if (!limit) return Answer::not_a_number;
  const long double age = static_cast<long double>((now - *then).count()) / 1e6L;
  return answer(younger ? age < *limit : age > *limit);
}

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
    {"matchregex", "", on_text<regex<kFromTheStart>>, false, false, kFromTheStart},
    {"regex", "", on_text<regex<kRegex>>, false, false, kRegex},
    {"iregex", "", on_text<regex<kIgnoringCase>>, false, false, kIgnoringCase},
    {"timediff_lt", "td_lt", time_difference<true>, false, true},
    {"timediff_gt", "td_gt", time_difference<false>, false, true},
    {"exists", "", exists, true},
    {"nexists", "", negated<exists>, true},
    {"inside", "in", inside},
    {"ninside", "nin", negated<inside>},
    {"search", "", only_in_a_criterion, true},
};

const Operator* find(std::string_view op) {
  const auto* found = std::ranges::find_if(kOperators, [op](const Operator& o) {
    return !op.empty() && (o.name == op || o.alias == op);
  });
  return found == std::end(kOperators) ? nullptr : found;
}

}  // namespace

std::string fault_words(Answer fault, const Json& value, const Json& pattern) {
  switch (fault) {
    case Answer::not_a_time:
      return "the value is not a point in time";
    case Answer::not_a_number:
      return "the pattern is not a number of seconds";
    case Answer::out_of_place:
      return "search needs a criterion with a condition, and to be written in lower case";
    case Answer::failed:
      return "the comparison failed";
    default:
      return fmt::format("cannot compare {} with {}", value.type_name(), pattern.type_name());
  }
}

const Operator* find_operator(std::string_view op) { return find(to_lower(op)); }
bool known_operator(std::string_view op) { return find(op) != nullptr; }

std::vector<std::string> operator_names() {
  std::vector<std::string> names;
  for (const Operator& o : kOperators) {
    names.emplace_back(o.name);
    if (!o.alias.empty()) names.emplace_back(o.alias);
  }
  return names;
}

Answer compare(const Operator& op, const Json& value, const Json& pattern, Instant now) {
  if (pattern.is_null() && !op.takes_null) return Answer::no;
  return op.compare(value, pattern, now);
}

Result<bool> compare(std::string_view op, const Json& value, const Json& pattern, Instant now) {
  const Operator* found = find_operator(op);
  if (found == nullptr) return invalid(fmt::format("unknown operator '{}'", op));
  const Answer answer = compare(*found, value, pattern, now);
  if (answer == Answer::failed && found->regex)
    return regex_search(text_of(pattern), text_of(value), *found->regex);
  if (is_fault(answer)) return invalid(fault_words(answer, value, pattern));
  return answer == Answer::yes;
}

}  // namespace countersign::core
