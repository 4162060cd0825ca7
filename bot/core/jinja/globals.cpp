// The functions every template knows.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/methods.h"

namespace countersign::core::jinja {
namespace {

Value range(Rendering& r, Call& c) {
  const bool both = c[1].given();
  auto* const out = r.make<Sequence>();
  out->from = both ? whole(r, c[0], 0) : 0;
  out->to = whole(r, both ? c[1] : c[0], 0);
  out->step = whole(r, c[2], 1);
  if (out->step == 0) return r.fail("the step of a range must not be 0");
  for (std::int64_t i = out->from; out->step > 0 ? i < out->to : i > out->to;) {
    if (static_cast<std::int64_t>(out->items.size()) >= Rendering::kRangeLimit)
      return r.fail("a range has more than 100000 elements");
    if (!r.spend()) return {};
    out->items.push_back(Value::of(i));
    if (__builtin_add_overflow(i, out->step, &i)) break;
  }
  return Value::of(Kind::range, out);
}

std::vector<std::pair<Value, Value>> pairs(Rendering& r, const Value& from) {
  if (!from.given()) return {};
  if (from.is(Kind::dict)) return entries(r, from);
  std::vector<std::pair<Value, Value>> out;
  for (const Value& element : elements(r, from)) {
    const std::vector<Value> two = elements(r, element);
    if (two.size() != 2) r.fail("'dict' needs pairs");
    if (r.failed()) break;
    out.emplace_back(two[0], two[1]);
  }
  return out;
}

Value dict(Rendering& r, Call& c) {
  std::vector<std::pair<Value, Value>> all = pairs(r, c[0]);
  for (const auto& [name, value] : c.more_named) all.emplace_back(r.text(name), value);
  return make_dict(r, all);
}

Value names(Rendering& r, Call& c) {
  auto* const out = r.make<Names>();
  for (const auto& [key, value] : pairs(r, c[0]))
    if (key.is_text()) out->names.emplace_back(*key.text, value);
  for (const auto& [name, value] : c.more_named) out->names.emplace_back(name, value);
  return Value::of(Kind::names, out);
}

Value cycler(Rendering& r, Call& c) {
  if (c.more.empty()) return r.fail("'cycler' needs values");
  auto* const out = r.make<Cycler>();
  out->items = c.more;
  return Value::of(Kind::cycler, out);
}

Value joiner(Rendering& r, Call& c) {
  auto* const out = r.make<Cycler>();
  out->is_joiner = true;
  out->items = {c[0].given() ? c[0] : r.text(", ")};
  return Value::of(Kind::cycler, out);
}

Value no_clock(Rendering& r, Call&) {
  return r.fail("'now' is refused: a template must give the same text whenever it is rendered");
}
Value no_chance(Rendering& r, Call&) {
  return r.fail("'lipsum' is refused: a template must give the same text whenever it is rendered");
}

const Method kGlobals[] = {
    {"range", "start! stop step", range},
    {"dict", "mapping **", dict},
    {"namespace", "mapping **", names},
    {"cycler", "*", cycler},
    {"joiner", "sep", joiner},
    {"now", "* **", no_clock},
    {"lipsum", "* **", no_chance},
};

}  // namespace

const Method* find_global(std::string_view name) {
  const auto* const found = std::ranges::find(kGlobals, name, &Method::name);
  return found == std::end(kGlobals) ? nullptr : found;
}

}  // namespace countersign::core::jinja
