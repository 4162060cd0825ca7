// Methods of lists and dicts. Those that change something do so only to what the template made
// itself: the context stays as it is.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"

namespace countersign::core::jinja {
namespace {

bool changeable(Rendering& r, const Value& v) {
  if (v.borrowed) r.fail("a value of the context cannot be changed");
  return !v.borrowed;
}

Value append(Rendering& r, Call& c) {
  if (changeable(r, c.self)) sequence_of(c.self).items.push_back(c[0]);
  return Value::none();
}

Value extend(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  for (const Value& element : elements(r, c[0])) sequence_of(c.self).items.push_back(element);
  return Value::none();
}

Value insert(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  std::vector<Value>& items = sequence_of(c.self).items;
  const auto size = static_cast<std::int64_t>(items.size());
  const std::int64_t at = whole(r, c[0], 0);
  r.spend(items.size() / 8);
  items.insert(items.begin() + std::clamp<std::int64_t>(at < 0 ? at + size : at, 0, size), c[1]);
  return Value::none();
}

Value pop(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  std::vector<Value>& items = sequence_of(c.self).items;
  const auto size = static_cast<std::int64_t>(items.size());
  const std::int64_t given = whole(r, c[0], -1);
  const std::int64_t at = given < 0 ? given + size : given;
  if (at < 0 || at >= size) return r.fail("'pop' finds no element there");
  const Value out = items[static_cast<std::size_t>(at)];
  r.spend(items.size() / 8);
  items.erase(items.begin() + at);
  return out;
}

// The place of an element; fails if there is none.
std::size_t place_of(Rendering& r, const std::vector<Value>& items, const Value& wanted) {
  for (std::size_t i = 0; i < items.size() && !r.failed(); ++i)
    if (equal(r, items[i], wanted)) return i;
  r.fail("the list does not contain what is looked for");
  return 0;
}

Value remove(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  std::vector<Value>& items = sequence_of(c.self).items;
  const std::size_t at = place_of(r, items, c[0]);
  if (!r.failed()) items.erase(items.begin() + static_cast<std::ptrdiff_t>(at));
  return Value::none();
}

Value clear(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  sequence_of(c.self).items.clear();
  return Value::none();
}

Value copy(Rendering& r, Call& c) { return r.sequence(Kind::list, elements(r, c.self)); }

Value reverse(Rendering& r, Call& c) {
  if (changeable(r, c.self)) std::ranges::reverse(sequence_of(c.self).items);
  return Value::none();
}

Value sort_list(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  std::vector<Keyed> keyed;
  for (const Value& item : sequence_of(c.self).items) keyed.push_back({item, item});
  sort(r, keyed, flag(r, c[0]));
  for (std::size_t i = 0; i < keyed.size(); ++i) sequence_of(c.self).items[i] = keyed[i].value;
  return Value::none();
}

Value index(Rendering& r, Call& c) {
  return Value::of(static_cast<std::int64_t>(place_of(r, elements(r, c.self), c[0])));
}

Value count(Rendering& r, Call& c) {
  std::int64_t out = 0;
  for (const Value& element : elements(r, c.self)) out += equal(r, element, c[0]) ? 1 : 0;
  return Value::of(out);
}

Value pair(Rendering& r, const Value& key, const Value& value) {
  return r.sequence(Kind::tuple, {key, value});
}

Value get(Rendering& r, Call& c) {
  const Value found = member(r, c.self, c[0]);
  return found.given() ? found : c[1].given() ? c[1] : Value::none();
}

Value keys(Rendering& r, Call& c) {
  return r.sequence(Kind::view, elements(r, c.self), "dict_keys");
}

Value values(Rendering& r, Call& c) {
  std::vector<Value> out;
  for (const auto& [key, value] : entries(r, c.self)) out.push_back(value);
  return r.sequence(Kind::view, std::move(out), "dict_values");
}

Value items(Rendering& r, Call& c) {
  std::vector<Value> out;
  for (const auto& [key, value] : entries(r, c.self)) out.push_back(pair(r, key, value));
  return r.sequence(Kind::view, std::move(out), "dict_items");
}

Value copy_dict(Rendering& r, Call& c) { return make_dict(r, entries(r, c.self)); }

Value update(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  Dict& dict = dict_of(c.self);
  if (c[0].given()) {
    if (!c[0].is(Kind::dict)) return r.fail("'update' needs a dict");
    for (const auto& [key, value] : entries(r, c[0])) put(r, dict, key, value);
  }
  for (const auto& [name, value] : c.more_named) put(r, dict, r.text(name), value);
  return Value::none();
}

Value setdefault(Rendering& r, Call& c) {
  const Value found = member(r, c.self, c[0]);
  if (found.given() || !changeable(r, c.self)) return found;
  const Value value = c[1].given() ? c[1] : Value::none();
  put(r, dict_of(c.self), c[0], value);
  return value;
}

void rebuild(Rendering& r, Dict& dict) {
  dict.places.clear();
  for (std::size_t i = 0; i < dict.entries.size() && r.spend(); ++i)
    dict.places.emplace(key_of(r, dict.entries[i].first), i);
}

Value pop_member(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  Dict& dict = dict_of(c.self);
  const auto found = dict.places.find(key_of(r, c[0]));
  if (found == dict.places.end()) return c[1].given() ? c[1] : r.fail("'pop' finds no such member");
  const Value out = dict.entries[found->second].second;
  dict.entries.erase(dict.entries.begin() + static_cast<std::ptrdiff_t>(found->second));
  rebuild(r, dict);
  return out;
}

Value popitem(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  Dict& dict = dict_of(c.self);
  if (dict.entries.empty()) return r.fail("'popitem' finds no member");
  const auto [key, value] = dict.entries.back();
  dict.entries.pop_back();
  dict.places.erase(key_of(r, key));
  return pair(r, key, value);
}

Value clear_dict(Rendering& r, Call& c) {
  if (!changeable(r, c.self)) return {};
  dict_of(c.self).entries.clear();
  dict_of(c.self).places.clear();
  return Value::none();
}

const Method kListMethods[] = {
    {"append", "item!", append}, {"extend", "items!", extend}, {"insert", "index! item!", insert},
    {"pop", "index", pop},       {"remove", "item!", remove},  {"clear", "", clear},
    {"copy", "", copy},          {"reverse", "", reverse},     {"sort", "reverse", sort_list},
    {"index", "item!", index},   {"count", "item!", count},
};

const Method kDictMethods[] = {
    {"get", "key! default", get},
    {"keys", "", keys},
    {"values", "", values},
    {"items", "", items},
    {"copy", "", copy_dict},
    {"update", "other **", update},
    {"pop", "key! default", pop_member},
    {"popitem", "", popitem},
    {"clear", "", clear_dict},
    {"setdefault", "key! default", setdefault},
};

}  // namespace

Methods list_methods() { return kListMethods; }
Methods dict_methods() { return kDictMethods; }

}  // namespace countersign::core::jinja
