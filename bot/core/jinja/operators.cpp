#include "bot/core/jinja/operators.h"

#include <fmt/format.h>
#include <string.h>  // memmem

#include <algorithm>
#include <cmath>

#include "bot/core/jinja/access.h"
#include "bot/core/python_value.h"

namespace countersign::core::jinja {
namespace {

bool same_entries(Rendering& r, const Value& a, const Value& b) {
  if (size_of(r, a) != size_of(r, b)) return false;
  for (const auto& [key, value] : entries(r, a)) {
    const Value other = member(r, b, key);
    if (r.failed() || !other.given() || !equal(r, value, other)) return false;
  }
  return true;
}

bool same_elements(Rendering& r, const Value& a, const Value& b) {
  const std::vector<Value> left = elements(r, a);
  const std::vector<Value> right = elements(r, b);
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (r.failed() || !equal(r, left[i], right[i])) return false;
  return true;
}

bool number_less(const Value& a, const Value& b) {
  if (a.is(Kind::real) || b.is(Kind::real)) return as_double(a) < as_double(b);
  if (a.is_whole() && b.is_whole()) return a.whole() < b.whole();
  return as_big(a) < as_big(b);
}

bool number_equal(const Value& a, const Value& b) {
  if (a.is_whole() && b.is_whole()) return a.whole() == b.whole();
  if (a.is(Kind::real) == b.is(Kind::real))
    return a.is(Kind::real) ? a.real == b.real : as_big(a) == as_big(b);
  const Value& real = a.is(Kind::real) ? a : b;
  const Value& whole = a.is(Kind::real) ? b : a;
  const auto truncated = BigInteger::truncate(real.real);
  return truncated && std::trunc(real.real) == real.real && *truncated == as_big(whole);
}

bool sequence_less(Rendering& r, const Value& a, const Value& b) {
  const std::vector<Value> left = elements(r, a);
  const std::vector<Value> right = elements(r, b);
  for (std::size_t i = 0; i < std::min(left.size(), right.size()) && !r.failed(); ++i)
    if (!equal(r, left[i], right[i])) return less(r, left[i], right[i]);
  return left.size() < right.size();
}

Value unsupported(Rendering& r, const Value& a, const Value& b) {
  for (const Value* const v : {&a, &b})
    if (!v->defined()) return r.fail(why_undefined(*v));
  return r.fail(fmt::format("an operator does not go with values of the types {} and {}",
                            type_name(a), type_name(b)));
}

bool text_contains(Rendering& r, std::string_view all, std::string_view part) {
  r.spend((all.size() + part.size()) / 64);
  // Two-way search: linear, whatever the two texts are.
  return part.empty() || memmem(all.data(), all.size(), part.data(), part.size()) != nullptr;
}

}  // namespace

std::string why_undefined(const Value& value) {
  if (value.is(Kind::nothing)) return "the value of an 'if' without 'else' is undefined";
  return value.text != nullptr ? *value.text : "a value is undefined";
}

double as_double(const Value& number) {
  if (number.is(Kind::real)) return number.real;
  return number.is(Kind::big) ? big_of(number).as_double() : static_cast<double>(number.whole());
}

BigInteger as_big(const Value& whole) {
  return whole.is(Kind::big) ? big_of(whole) : BigInteger(whole.whole());
}

bool truthy(Rendering& r, const Value& v) {
  if (v.is(Kind::undefined)) r.fail(why_undefined(v));
  if (r.failed() || v.is(Kind::none) || v.is(Kind::nothing) || v.is(Kind::absent)) return false;
  if (v.is(Kind::boolean)) return v.truth;
  if (v.is(Kind::integer)) return v.integer != 0;
  if (v.is(Kind::real)) return v.real != 0;
  if (v.is_text() || v.is(Kind::bytes)) return !v.text->empty();
  if (v.is(Kind::dict) || (v.is_sequence() && !v.is(Kind::iterator))) return size_of(r, v) != 0;
  return true;
}

bool equal(Rendering& r, const Value& a, const Value& b) {
  const Deeper deeper(r);
  if (!deeper || !r.spend()) return false;
  for (const Value* const v : {&a, &b})
    if (v->is(Kind::undefined)) r.fail(why_undefined(*v));
  if (a.is_number() && b.is_number()) return number_equal(a, b);
  if (a.is_text() && b.is_text()) {
    r.spend(std::min(a.text->size(), b.text->size()) / 64);
    return *a.text == *b.text;
  }
  if (a.kind != b.kind) return false;
  if (a.is(Kind::none) || a.is(Kind::nothing)) return true;
  if (a.is(Kind::bytes)) return *a.text == *b.text;
  if (a.is(Kind::dict)) return same_entries(r, a, b);
  if (a.is(Kind::list) || a.is(Kind::tuple) || a.is(Kind::range)) return same_elements(r, a, b);
  return a.object == b.object;
}

bool less(Rendering& r, const Value& a, const Value& b) {
  const Deeper deeper(r);
  if (!deeper || !r.spend()) return false;
  if (a.is_number() && b.is_number()) return number_less(a, b);
  // The order of UTF-8 bytes is the order of code points.
  if (a.is_text() && b.is_text()) {
    r.spend(std::min(a.text->size(), b.text->size()) / 64);
    return *a.text < *b.text;
  }
  if (a.kind == b.kind && (a.is(Kind::list) || a.is(Kind::tuple))) return sequence_less(r, a, b);
  unsupported(r, a, b);
  return false;
}

bool contains(Rendering& r, const Value& container, const Value& value) {
  if (container.is_text()) {
    if (!value.is_text()) unsupported(r, value, container);
    return !r.failed() && text_contains(r, *container.text, *value.text);
  }
  if (container.is(Kind::dict)) return member(r, container, value).given();
  for (const Value& element : elements(r, container))
    if (equal(r, element, value)) return !r.failed();
  return false;
}

bool compare(Rendering& r, Operator op, const Value& a, const Value& b) {
  switch (op) {
    case Operator::equal:
      return equal(r, a, b);
    case Operator::not_equal:
      return !equal(r, a, b);
    case Operator::less:
      return less(r, a, b);
    case Operator::greater:
      return less(r, b, a);
    case Operator::less_equal:
      return less(r, a, b) || equal(r, a, b);
    case Operator::greater_equal:
      return less(r, b, a) || equal(r, a, b);
    case Operator::in:
      return contains(r, b, a);
    case Operator::not_in:
      return !contains(r, b, a);
    default:
      return false;
  }
}

void sort(Rendering& r, std::vector<Keyed>& items, bool reverse) {
  // Python keeps equal elements in their order also when it sorts backwards.
  std::ranges::stable_sort(items, [&](const Keyed& a, const Keyed& b) {
    return !r.failed() && (reverse ? less(r, b.key, a.key) : less(r, a.key, b.key));
  });
}

}  // namespace countersign::core::jinja
