#include "config/lint/value_logic.h"

#include <algorithm>
#include <cmath>

#include "bot/core/match.h"
#include "bot/core/operators.h"
#include "bot/core/python_value.h"
#include "bot/core/unicode.h"
#include "config/lint/regex_shape.h"

namespace countersign::config {
namespace {

using core::Criterion;
using Criteria = std::vector<const Criterion*>;

// Kinds of values, as bits. True and false are numbers.
enum Kinds : unsigned { kNull = 1, kNumber = 2, kText = 4, kList = 8, kObject = 16 };
constexpr unsigned kAll = kNull | kNumber | kText | kList | kObject;

unsigned kind_of(const Json& value) {
  if (value.is_null()) return kNull;
  if (value.is_string()) return kText;
  if (value.is_array()) return kList;
  return value.is_object() ? kObject : kNumber;
}

unsigned like_pattern(const Json& pattern) { return kind_of(pattern); }
unsigned text(const Json& pattern) { return like_pattern(pattern) & kText; }
unsigned ordered(const Json& pattern) { return like_pattern(pattern) & (kNumber | kText | kList); }
unsigned anything(const Json&) { return kAll; }
unsigned present(const Json&) { return kAll & ~kNull; }
unsigned container(const Json& pattern) {
  if (pattern.is_string()) return kText | kList | kObject;
  return pattern.is_structured() ? kList : kList | kObject;
}
unsigned member(const Json& pattern) {
  if (pattern.is_string()) return kText;
  if (pattern.is_object()) return kNumber | kText | kNull;
  return pattern.is_array() ? kAll : 0;
}

// What an operator says about the value beside its pattern.
enum class Says { other, begins, ends, holds, holds_not, less, greater };
struct Meaning {
  std::string_view name, alias;
  unsigned (*kinds)(const Json& pattern);  // of values that can meet it
  Says says = Says::other;
  bool any_case = false;
  std::string_view in_any_case = {};  // the operator that follows from it without regard to case
};
constexpr Meaning kMeanings[] = {
    {"equals", "eq", like_pattern, Says::other, false, "iequals"},
    {"nequals", "neq", anything},
    {"iequals", "ieq", text, Says::other, true, "iequals"},
    {"contains", "", container, Says::holds, false, "icontains"},
    {"ncontains", "", container, Says::holds_not},
    {"icontains", "", text, Says::holds, true, "icontains"},
    {"incontains", "", text, Says::holds_not, true, "incontains"},
    {"startswith", "", text, Says::begins, false, "istartswith"},
    {"istartswith", "", text, Says::begins, true, "istartswith"},
    {"endswith", "", text, Says::ends, false, "iendswith"},
    {"iendswith", "", text, Says::ends, true, "iendswith"},
    {"lessthan", "lt", ordered, Says::less},
    {"greaterthan", "gt", ordered, Says::greater},
    {"matchwildcard", "", text},
    {"matchregex", "", text},
    {"regex", "", text},
    {"iregex", "", text},
    {"exists", "", present},
    {"nexists", "", [](const Json&) -> unsigned { return kNull; }},
    {"inside", "in", member},
    {"ninside", "nin", member},
};

const Meaning* meaning_of(const Criterion& criterion) {
  const auto found = std::ranges::find_if(kMeanings, [&](const Meaning& m) {
    return m.name == criterion.op || (!m.alias.empty() && m.alias == criterion.op);
  });
  return found == std::end(kMeanings) ? nullptr : &*found;
}

bool is_template(const Json& pattern) {
  return pattern.is_string() &&
         (pattern.get_ref<const std::string&>().find("{{") != std::string::npos ||
          pattern.get_ref<const std::string&>().find("{%") != std::string::npos);
}

// Nothing can be said of it: it asks the clock, the event, or is not known.
bool is_opaque(const Criterion& criterion) {
  return meaning_of(criterion) == nullptr || is_template(criterion.pattern);
}

bool holds(std::string_view op, const Json& value, const Json& pattern) {
  const auto answer = core::compare(op, value, pattern, {});
  return answer && *answer;
}
bool holds(const Criterion& criterion, const Json& value) {
  return holds(criterion.op, value, criterion.pattern);
}
bool hold(const Criteria& criteria, const Json& value) {
  return std::ranges::all_of(criteria, [&](const Criterion* c) { return holds(*c, value); });
}

// The letters that every match of a regular expression begins with; "" if that is not plain.
std::string fixed_front(const Criterion& criterion) {
  std::string_view pattern = criterion.pattern.get_ref<const std::string&>();
  const bool anchored = pattern.starts_with('^');
  if (anchored) pattern.remove_prefix(1);
  if ((!anchored && criterion.op != "matchregex") || criterion.op == "iregex") return "";
  if (pattern.find('|') != std::string_view::npos) return "";
  const auto is_plain = [](unsigned char c) { return std::isalnum(c) || c == '-' || c == '_'; };
  const auto end = std::ranges::find_if_not(pattern, is_plain);
  std::string front(pattern.begin(), end);
  if (!front.empty() && end != pattern.end() && std::string_view("*?{").find(*end) < 3)
    front.pop_back();
  return front;
}

// With what is fixed in front of both, regular expressions and beginnings can differ.
bool clash_in_front(const Criterion& a, const Criterion& b) {
  const auto front = [](const Criterion& c) -> std::string {
    if (!c.pattern.is_string()) return "";
    if (c.op == "startswith") return c.pattern.get<std::string>();
    return c.op.find("regex") == std::string::npos ? "" : fixed_front(c);
  };
  const std::string x = front(a), y = front(b);
  return !x.starts_with(y) && !y.starts_with(x);
}

std::string text_of(const Criterion& criterion, bool any_case) {
  const std::string text =
      criterion.pattern.is_string() ? criterion.pattern.get<std::string>() : std::string();
  return any_case ? core::to_lower(text) : text;
}

// Do these parts of one text leave room for each other?
bool clash_as_texts(const Criterion& a, const Meaning& of_a, const Criterion& b,
                    const Meaning& of_b) {
  if (!a.pattern.is_string() || !b.pattern.is_string()) return false;
  const bool any_case = of_a.any_case || of_b.any_case;
  const std::string x = text_of(a, any_case), y = text_of(b, any_case);
  if (of_a.says == Says::begins && of_b.says == Says::begins)
    return !x.starts_with(y) && !y.starts_with(x);
  if (of_a.says == Says::ends && of_b.says == Says::ends) return !x.ends_with(y) && !y.ends_with(x);
  const bool part =
      of_a.says == Says::begins || of_a.says == Says::ends || of_a.says == Says::holds;
  // That a text has no "Ab" says nothing about its "ab".
  const bool refused = of_b.says == Says::holds_not && (of_b.any_case || !of_a.any_case);
  return part && refused && x.find(y) != std::string::npos;
}

// The one says the opposite of the other, whatever the value.
bool are_opposites(const Criterion& a, const Meaning& of_a, const Criterion& b,
                   const Meaning& of_b) {
  constexpr std::pair<std::string_view, std::string_view> kOpposites[] = {
      {"equals", "nequals"},
      {"contains", "ncontains"},
      {"icontains", "incontains"},
      {"inside", "ninside"}};
  return a.pattern == b.pattern && std::ranges::any_of(kOpposites, [&](const auto& pair) {
           return of_a.name == pair.first && of_b.name == pair.second;
         });
}

bool clash_as_bounds(const Criterion& low, const Criterion& high) {
  const auto less = core::python::less(low.pattern, high.pattern);
  return less && !*less;
}

// A text that is given but for the case of its letters.
bool clash_with_iequals(const Criterion& iequals, const Criterion& other, const Meaning& of_other) {
  return !of_other.in_any_case.empty() && other.pattern.is_string() &&
         !holds(of_other.in_any_case, iequals.pattern, other.pattern);
}

// `kinds`: of the values that all criteria leave.
bool clash(const Criterion& a, const Criterion& b, unsigned kinds) {
  const Meaning& of_a = *meaning_of(a);
  const Meaning& of_b = *meaning_of(b);
  if ((of_a.kinds(a.pattern) & of_b.kinds(b.pattern)) == 0) return true;
  if (are_opposites(a, of_a, b, of_b)) return true;
  if (of_a.says == Says::greater && of_b.says == Says::less) return clash_as_bounds(a, b);
  if (kinds == kText && (clash_as_texts(a, of_a, b, of_b) || clash_in_front(a, b))) return true;
  return of_a.name == "iequals" && clash_with_iequals(a, b, of_b);
}

CommonValue none(const Criterion* a, const Criterion* b) {
  return {CommonValue::Kind::none, {}, a, b};
}

std::optional<CommonValue> find_clash(const Criteria& criteria) {
  unsigned kinds = kAll;
  for (const Criterion* c : criteria) kinds &= meaning_of(*c)->kinds(c->pattern);
  for (const Criterion* a : criteria) {
    if (meaning_of(*a)->kinds(a->pattern) == 0) return none(a, a);
    for (const Criterion* b : criteria) {
      if (a != b && clash(*a, *b, kinds)) return none(a, b);
    }
  }
  if (kinds == 0) return none(criteria.front(), criteria.back());
  return std::nullopt;
}

// The named values that are left, if all others are excluded; none: the two that exclude them.
CommonValue among(const std::vector<Json>& values, const Criterion& named,
                  const Criteria& criteria) {
  for (const Json& value : values) {
    if (hold(criteria, value)) return {CommonValue::Kind::some, value};
  }
  for (const Criterion* other : criteria) {
    const auto refused = [&](const Json& value) {
      return !holds(named, value) || !holds(*other, value);
    };
    if (other != &named && std::ranges::all_of(values, refused)) return none(&named, other);
  }
  const bool last = criteria.back() == &named;
  return none(&named, values.empty() ? &named : last ? criteria.front() : criteria.back());
}

constexpr double kTooLarge = 1e15;  // for examples

void add_numbers(const Criteria& criteria, std::vector<Json>& out) {
  std::vector<double> marks;
  for (const Criterion* c : criteria) {
    const double mark = c->pattern.is_number() ? c->pattern.get<double>() : kTooLarge;
    if (std::abs(mark) < kTooLarge) marks.push_back(mark);
  }
  std::ranges::sort(marks);
  const std::size_t given = marks.size();
  for (std::size_t i = 0; i < given; ++i) {
    for (const double step : {1.0, -1.0}) {
      const auto whole = static_cast<std::int64_t>(marks[i] + step);
      out.emplace_back(whole);
    }
    if (i + 1 < given) {
      for (const double part : {0.5, 0.25, 0.75})
        out.emplace_back(marks[i] + part * (marks[i + 1] - marks[i]));
    }
  }
  out.emplace_back(1);
  out.emplace_back(0);
}

// Shell patterns have no escapes: what is not special is text.
std::string wildcard_example(const std::string& pattern) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*') continue;
    const auto close = pattern[i] == '[' ? pattern.find(']', i + 2) : std::string::npos;
    if (close != std::string::npos) {
      out += pattern[i + 1] == '!' ? "x" : pattern.substr(i + 1, 1);
      i = close;
    } else {
      out += pattern[i] == '?' ? 'x' : pattern[i];
    }
  }
  return out;
}

// A text that meets this one criterion, or the empty one.
std::string text_example(const Criterion& criterion) {
  if (!criterion.pattern.is_string()) return {};
  const auto& pattern = criterion.pattern.get_ref<const std::string&>();
  if (criterion.op == "matchwildcard") return wildcard_example(pattern);
  if (criterion.op.find("regex") == std::string::npos) return pattern;
  const auto shape = parse_regex(pattern);
  return shape ? example_of(*shape).value_or("") : "";
}

void add_texts(const Criteria& criteria, std::vector<Json>& out) {
  std::string front, middle, back;
  for (const Criterion* c : criteria) {
    const Says says = meaning_of(*c)->says;
    const std::string example = text_example(*c);
    if (says == Says::holds_not) continue;
    out.emplace_back(example);
    if (says == Says::begins && example.size() > front.size()) {
      front = example;
    } else if (says == Says::ends && example.size() > back.size()) {
      back = example;
    } else if (says == Says::holds || c->op.find("regex") != std::string::npos) {
      middle += example;
    }
  }
  for (const char* filler : {"", "x", "0", "example"}) {
    out.emplace_back(front + middle + filler + back);
    for (const Criterion* c : criteria) {
      const std::string example = text_example(*c);
      out.emplace_back(front + example + filler + back);
      out.emplace_back(example + filler);
      out.emplace_back(filler + example);
    }
  }
}

std::vector<Json> candidates(const Criteria& criteria) {
  std::vector<Json> out;
  add_texts(criteria, out);
  add_numbers(criteria, out);
  for (const Criterion* c : criteria) {
    out.push_back(c->pattern);
    out.push_back(Json::array({c->pattern}));
    if (c->pattern.is_string()) out.push_back(Json{{c->pattern.get<std::string>(), 1}});
  }
  out.emplace_back(nullptr);
  std::vector<Json> once;  // to try is dear: an expression is compiled for it
  for (Json& value : out) {
    if (std::ranges::find(once, value) == once.end()) once.push_back(std::move(value));
  }
  return once;
}

}  // namespace

std::optional<std::vector<Json>> only_values(const Criterion& criterion) {
  if (is_opaque(criterion)) return std::nullopt;
  const std::string_view op = meaning_of(criterion)->name;
  if (op == "nexists") return std::vector<Json>{nullptr};
  if (op == "equals" && !criterion.pattern.is_structured()) return std::vector{criterion.pattern};
  if (op == "inside" && criterion.pattern.is_array() &&
      std::ranges::none_of(criterion.pattern, [](const Json& j) { return j.is_structured(); }))
    return criterion.pattern.get<std::vector<Json>>();
  if (op == "matchwildcard" && criterion.pattern.is_string() &&
      criterion.pattern.get_ref<const std::string&>().find_first_of("*?[") == std::string::npos)
    return std::vector{criterion.pattern};
  return std::nullopt;
}

CommonValue common_value(const Criteria& all) {
  Criteria criteria;
  std::ranges::remove_copy_if(all, std::back_inserter(criteria),
                              [](const Criterion* c) { return is_opaque(*c); });
  const bool partly = criteria.size() < all.size();
  if (const auto found = find_clash(criteria)) return *found;
  CommonValue found;
  for (const Criterion* c : criteria) {
    const auto values = only_values(*c);
    if (!values) continue;
    found = among(*values, *c, criteria);
    if (found.kind == CommonValue::Kind::none) return found;
    return partly ? CommonValue{} : found;
  }
  if (partly) return {};
  for (const Json& value : candidates(criteria)) {
    if (hold(criteria, value)) return {CommonValue::Kind::some, value};
  }
  return {};
}

}  // namespace countersign::config
