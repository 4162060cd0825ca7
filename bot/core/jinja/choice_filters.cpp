// Filters that choose or map elements with other filters and tests, and `default`.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/list_work.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"

namespace countersign::core::jinja {
namespace {

Value otherwise(Rendering& r, Call& c) {
  const bool replaces = !c.self.defined() || (flag(r, c[1]) && !truthy(r, c.self));
  if (!replaces) return c.self;
  return c[0].given() ? c[0] : r.text("");
}

Value attr(Rendering& r, Call& c) {
  if (!c[0].is_text()) return r.fail("'attr' needs a name");
  if (const Method* const method = find_method(c.self, *c[0].text)) return bind(r, *method, c.self);
  if (c.self.is(Kind::dict)) return r.undefined(fmt::format("'{}' is undefined", *c[0].text));
  return attribute(r, c.self, *c[0].text);
}

Value named(const Call& c, std::string_view name) {
  for (const auto& [known, value] : c.more_named)
    if (known == name) return value;
  return Value::absent();
}

// What follows the name of a filter or test: its own arguments.
Given rest_of(const Call& c, std::size_t from) {
  Given given;
  for (std::size_t i = from; i < c.more.size(); ++i) given.positional.push_back(c.more[i]);
  given.named = c.more_named;
  return given;
}

// None, 0 and their kind count as empty lists here.
std::vector<Value> walked(Rendering& r, const Value& v) {
  return truthy(r, v) ? elements(r, v) : std::vector<Value>();
}

Value map_attribute(Rendering& r, Call& c, const Value& attribute) {
  if (c.more_named.size() > (named(c, "default").given() ? 2U : 1U))
    return r.fail("'map' takes nothing but 'default' besides 'attribute'");
  const Value fallback = named(c, "default");
  std::vector<Value> out;
  for (const Value& element : walked(r, c.self)) {
    const Value found = key_of_item(r, element, attribute, false);
    const bool replaced = !found.defined() && fallback.given() && !fallback.is(Kind::none);
    out.push_back(replaced ? fallback : found);
    if (r.failed()) break;
  }
  return r.sequence(Kind::iterator, std::move(out));
}

Value map(Rendering& r, Call& c) {
  const Value attribute = named(c, "attribute");
  if (c.more.empty() && attribute.given()) return map_attribute(r, c, attribute);
  if (c.more.empty() || !c.more[0].is_text())
    return r.fail("'map' needs the name of a filter, or an attribute");
  const Method* const filter = find_filter(*c.more[0].text);
  if (filter == nullptr) return r.fail(fmt::format("there is no filter '{}'", *c.more[0].text));
  std::vector<Value> out;
  for (const Value& element : walked(r, c.self)) {
    const Deeper deeper(r);
    if (!deeper) break;
    out.push_back(apply(r, *filter, element, rest_of(c, 1)));
  }
  return r.sequence(Kind::iterator, std::move(out));
}

// select, reject, selectattr, rejectattr.
Value chosen(Rendering& r, Call& c, bool by_attribute, bool wanted) {
  const std::size_t at = by_attribute ? 1 : 0;
  if (by_attribute && c.more.empty()) return r.fail("the name of an attribute is missing");
  const Method* test = nullptr;
  if (c.more.size() > at) {
    test = find_test(str(r, c.more[at]));
    if (test == nullptr) return r.fail(fmt::format("there is no test '{}'", str(r, c.more[at])));
  }
  std::vector<Value> out;
  for (const Value& element : walked(r, c.self)) {
    const Value looked_at = by_attribute ? key_of_item(r, element, c.more[0], false) : element;
    const Value answer =
        test != nullptr ? apply(r, *test, looked_at, rest_of(c, at + 1)) : looked_at;
    if (r.failed()) return {};
    if (truthy(r, answer) == wanted) out.push_back(element);
  }
  return r.sequence(Kind::iterator, std::move(out));
}
Value select(Rendering& r, Call& c) { return chosen(r, c, false, true); }
Value reject(Rendering& r, Call& c) { return chosen(r, c, false, false); }
Value selectattr(Rendering& r, Call& c) { return chosen(r, c, true, true); }
Value rejectattr(Rendering& r, Call& c) { return chosen(r, c, true, false); }

const Method kFilters[] = {
    {"default", "default_value boolean", otherwise, true},
    {"d", "default_value boolean", otherwise, true},
    {"attr", "name!", attr},
    {"map", "* **", map},
    {"select", "* **", select},
    {"reject", "* **", reject},
    {"selectattr", "* **", selectattr},
    {"rejectattr", "* **", rejectattr},
};

}  // namespace

Methods choice_filters() { return kFilters; }

}  // namespace countersign::core::jinja
