// Filters that make lists out of lists, and single values.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/list_work.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

Value length(Rendering& r, Call& c) { return Value::of(size_of(r, c.self)); }
Value list(Rendering& r, Call& c) { return r.sequence(Kind::list, elements(r, c.self)); }

Value first(Rendering& r, Call& c) {
  if (c.self.is(Kind::iterator)) {
    Sequence& all = sequence_of(c.self);
    if (all.next < all.items.size()) return all.items[all.next++];
  } else if (const std::vector<Value> all = elements(r, c.self); !all.empty()) {
    return all.front();
  }
  return r.undefined("there is no first element: the list is empty");
}

Value last(Rendering& r, Call& c) {
  if (c.self.is(Kind::iterator)) return r.fail("'last' needs a list: add '| list'");
  const std::vector<Value> all = elements(r, c.self);
  return all.empty() ? r.undefined("there is no last element: the list is empty") : all.back();
}

Value random(Rendering& r, Call&) {
  return r.fail(
      "the filter 'random' is refused: a template must give the same text whenever it is rendered");
}

Value join(Rendering& r, Call& c) {
  const std::string separator = words(r, c[0]);
  std::string out;
  bool is_first = true;
  for (const Value& element : elements(r, c.self)) {
    if (!is_first) out += separator;
    is_first = false;
    out += str(
        r, c[1].given() && !c[1].is(Kind::none) ? key_of_item(r, element, c[1], true) : element);
    if (r.failed() || out.size() > Rendering::kTextLimit) break;
  }
  return r.text(std::move(out));
}

Value reverse(Rendering& r, Call& c) {
  if (c.self.is_text()) {
    std::u32string letters = to_code_points(*c.self.text);
    std::ranges::reverse(letters);
    return r.text(to_utf8(letters));
  }
  std::vector<Value> all = elements(r, c.self);
  std::ranges::reverse(all);
  return r.sequence(c.self.is(Kind::iterator) ? Kind::list : Kind::iterator, std::move(all));
}

Value sorted(Rendering& r, Call& c) {
  std::vector<Keyed> keyed;
  const bool case_sensitive = flag(r, c[1]);
  for (const Value& element : elements(r, c.self))
    keyed.push_back({sort_key(r, element, c[2], case_sensitive), element});
  sort(r, keyed, flag(r, c[0]));
  return r.sequence(Kind::list, values_of(keyed));
}

Value dictsort(Rendering& r, Call& c) {
  const std::string by = words(r, c[1], "key");
  if (by != "key" && by != "value") return r.fail("'dictsort' sorts by 'key' or by 'value'");
  if (!c.self.is(Kind::dict)) return r.fail("'dictsort' needs a dict");
  std::vector<Keyed> keyed;
  for (const auto& [key, value] : entries(r, c.self))
    keyed.push_back({sort_key(r, by == "key" ? key : value, Value::absent(), flag(r, c[0])),
                     r.sequence(Kind::tuple, {key, value})});
  sort(r, keyed, flag(r, c[2]));
  return r.sequence(Kind::list, values_of(keyed));
}

Value unique(Rendering& r, Call& c) {
  std::unordered_map<std::string, bool> seen;
  std::vector<Value> out;
  for (const Value& element : elements(r, c.self)) {
    const std::string key = key_of(r, sort_key(r, element, c[1], flag(r, c[0])));
    if (r.failed()) return {};
    if (seen.emplace(key, true).second) out.push_back(element);
  }
  return r.sequence(Kind::iterator, std::move(out));
}

Value extreme(Rendering& r, Call& c, bool smallest) {
  const std::vector<Value> all = elements(r, c.self);
  if (all.empty()) return r.undefined("there is no such element: the list is empty");
  Value best = all.front();
  Value best_key = sort_key(r, best, c[1], flag(r, c[0]));
  for (std::size_t i = 1; i < all.size() && !r.failed(); ++i) {
    const Value key = sort_key(r, all[i], c[1], flag(r, c[0]));
    if (!(smallest ? less(r, key, best_key) : less(r, best_key, key))) continue;
    best = all[i];
    best_key = key;
  }
  return best;
}
Value min(Rendering& r, Call& c) { return extreme(r, c, true); }
Value max(Rendering& r, Call& c) { return extreme(r, c, false); }

Value sum(Rendering& r, Call& c) {
  Value out = c[1].given() ? c[1] : Value::of(std::int64_t{0});
  const bool by = c[0].given() && !c[0].is(Kind::none);
  for (const Value& element : elements(r, c.self)) {
    if (r.failed()) break;
    out = arithmetic(r, Operator::add, out, by ? key_of_item(r, element, c[0], true) : element);
  }
  return out;
}

Value batch(Rendering& r, Call& c) {
  const std::int64_t size = whole(r, c[0], 1);
  if (size < 1) return r.fail("'batch' needs a number above 0");
  std::vector<Value> out, now;
  for (const Value& element : elements(r, c.self)) {
    if (static_cast<std::int64_t>(now.size()) == size)
      out.push_back(r.sequence(Kind::list, std::exchange(now, {})));
    now.push_back(element);
  }
  const bool fill = c[1].given() && !c[1].is(Kind::none);
  while (fill && !now.empty() && static_cast<std::int64_t>(now.size()) < size && r.spend())
    now.push_back(c[1]);
  if (!now.empty()) out.push_back(r.sequence(Kind::list, std::move(now)));
  return r.sequence(Kind::iterator, std::move(out));
}

Value slice(Rendering& r, Call& c) {
  const std::int64_t slices = whole(r, c[0], 1);
  if (slices < 1) return r.fail("'slice' needs a number above 0");
  const std::vector<Value> all = elements(r, c.self);
  const auto size = static_cast<std::int64_t>(all.size());
  const bool fill = c[1].given() && !c[1].is(Kind::none);
  std::vector<Value> out;
  auto at = all.begin();
  for (std::int64_t i = 0; i < slices && r.spend(); ++i) {
    const std::int64_t here = size / slices + (i < size % slices ? 1 : 0);
    std::vector<Value> part(at, at + here);
    at += here;
    if (fill && i >= size % slices) part.push_back(c[1]);
    out.push_back(r.sequence(Kind::list, std::move(part)));
  }
  return r.sequence(Kind::iterator, std::move(out));
}

Value groupby(Rendering& r, Call& c) {
  std::vector<Keyed> keyed;
  const bool case_sensitive = flag(r, c[2]);
  for (const Value& element : elements(r, c.self)) {
    const Value found = key_of_item(r, element, c[0], false);
    const Value key = found.defined() || !c[1].given() ? found : c[1];
    keyed.push_back(
        {case_sensitive ? key : without_case(r, key), r.sequence(Kind::tuple, {key, element})});
  }
  sort(r, keyed, false);
  std::vector<Value> out;
  for (std::size_t i = 0; i < keyed.size() && !r.failed();) {
    const Value grouper = sequence_of(keyed[i].value).items[0];
    const Value key = keyed[i].key;
    std::vector<Value> members;
    for (; i < keyed.size() && equal(r, keyed[i].key, key) && !r.failed(); ++i)
      members.push_back(sequence_of(keyed[i].value).items[1]);
    const Value group =
        r.sequence(Kind::tuple, {grouper, r.sequence(Kind::list, std::move(members))});
    sequence_of(group).is_group = true;
    out.push_back(group);
  }
  return r.sequence(Kind::list, std::move(out));
}

Value items(Rendering& r, Call& c) {
  std::vector<Value> out;
  if (!c.self.defined()) return r.sequence(Kind::iterator, {});
  if (!c.self.is(Kind::dict)) return r.fail("'items' needs a dict");
  for (const auto& [key, value] : entries(r, c.self))
    out.push_back(r.sequence(Kind::tuple, {key, value}));
  return r.sequence(Kind::iterator, std::move(out));
}

const Method kFilters[] = {
    {"length", "", length},
    {"count", "", length},
    {"list", "", list},
    {"first", "", first},
    {"last", "", last},
    {"random", "", random},
    {"join", "d attribute", join},
    {"reverse", "", reverse},
    {"sort", "reverse case_sensitive attribute", sorted},
    {"dictsort", "case_sensitive by reverse", dictsort},
    {"unique", "case_sensitive attribute", unique},
    {"min", "case_sensitive attribute", min},
    {"max", "case_sensitive attribute", max},
    {"sum", "attribute start", sum},
    {"batch", "linecount! fill_with", batch},
    {"slice", "slices! fill_with", slice},
    {"groupby", "attribute! default case_sensitive", groupby},
    {"items", "", items, true},
};

}  // namespace

Methods list_filters() { return kFilters; }

}  // namespace countersign::core::jinja
