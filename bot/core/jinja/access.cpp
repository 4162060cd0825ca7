#include "bot/core/jinja/access.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "bot/core/jinja/control.h"
#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"
#include "bot/core/python_value.h"
#include "bot/core/unicode.h"

namespace countersign::core::jinja {
namespace {

Value missing(Rendering& r, const Value& base, std::string_view name) {
  if (!base.defined()) return r.fail(why_undefined(base));
  return r.undefined(fmt::format("'{}' is undefined", name));
}

Value below(Rendering& r, const Lookup& lookup, const std::string& name) {
  std::string key = lookup.key.empty() ? name : lookup.key + "." + name;
  return Value::of(Kind::lookup, r.make<Lookup>(*lookup.scope, std::move(key)));
}

// Attributes that are values; absent if there is none of this name.
Value own_attribute(Rendering& r, const Value& base, const std::string& name) {
  if (base.is(Kind::loop)) return loop_attribute(r, base, name);
  if (base.is(Kind::callable)) return macro_attribute(r, base, name);
  if (base.is(Kind::lookup)) return below(r, lookup_of(base), name);
  if (base.is(Kind::cycler) && name == "current" && !cycler_of(base).is_joiner)
    return cycler_of(base).items[cycler_of(base).position];
  if (base.is(Kind::names)) {
    for (const auto& [known, value] : names_of(base).names)
      if (known == name) return value;
  }
  if (base.is(Kind::tuple) && sequence_of(base).is_group) {
    if (name == "grouper") return sequence_of(base).items[0];
    if (name == "list") return sequence_of(base).items[1];
  }
  return Value::absent();
}

Value at(Rendering& r, const Value& base, std::int64_t index) {
  const auto size = base.is_text() ? 0 : size_of(r, base);
  if (base.is_text()) {
    const std::u32string letters = to_code_points(*base.text);
    const auto length = static_cast<std::int64_t>(letters.size());
    const std::int64_t place = index < 0 ? index + length : index;
    r.spend(letters.size() / 64);
    if (place < 0 || place >= length)
      return r.undefined(fmt::format("element {} is undefined", index));
    return r.text(to_utf8({&letters[static_cast<std::size_t>(place)], 1}));
  }
  const std::int64_t place = index < 0 ? index + size : index;
  if (place < 0 || place >= size) return r.undefined(fmt::format("element {} is undefined", index));
  const auto position = static_cast<std::size_t>(place);
  if (base.borrowed) return Value::of(r, (*base.json)[position]);
  return sequence_of(base).items[position];
}

// The positions a slice takes of a sequence, by Python's rules.
std::vector<std::size_t> positions(Rendering& r, const Slice& slice, std::int64_t size) {
  const auto bound = [&](const Value& v, std::int64_t otherwise) {
    if (v.is(Kind::none)) return otherwise;
    if (v.is_whole()) return v.whole();
    r.fail("the bounds of a slice must be whole numbers");
    return otherwise;
  };
  const std::int64_t step = bound(slice.step, 1);
  if (step == 0) r.fail("the step of a slice must not be 0");
  if (r.failed()) return {};
  const std::int64_t low = step > 0 ? 0 : -1;
  const std::int64_t high = step > 0 ? size : size - 1;
  const auto clamp = [&](std::int64_t n) { return std::clamp(n < 0 ? n + size : n, low, high); };
  const std::int64_t from =
      slice.from.is(Kind::none) ? (step > 0 ? low : high) : clamp(bound(slice.from, 0));
  const std::int64_t to =
      slice.to.is(Kind::none) ? (step > 0 ? high : low) : clamp(bound(slice.to, 0));
  std::vector<std::size_t> out;
  for (std::int64_t i = from; step > 0 ? i < to : i > to;) {
    out.push_back(static_cast<std::size_t>(i));
    if (__builtin_add_overflow(i, step, &i)) break;
  }
  r.spend(out.size());
  return out;
}

// A part of a range is a range: from its first element, by its step, to behind its last.
void set_bounds(const Sequence& whole, const Slice& slice, Sequence& part) {
  const std::int64_t times = slice.step.is_whole() ? slice.step.whole() : 1;
  if (__builtin_mul_overflow(whole.step, times, &part.step)) part.step = whole.step;
  part.from = part.to = whole.to;
  if (part.items.empty()) return;
  part.from = part.items.front().integer;
  std::int64_t behind = 0;
  const std::int64_t last = part.items.back().integer;
  const bool beyond = __builtin_add_overflow(last, part.step, &behind);
  const bool clipped = part.step > 0 && whole.step > 0 && behind > whole.to;
  part.to = beyond || clipped ? whole.to : behind;
}

}  // namespace

std::string_view text_of(const Value& text) { return *text.text; }

Value attribute(Rendering& r, const Value& base, const std::string& name, bool called) {
  if (base.is(Kind::dict)) {
    const Method* const method = called ? find_method(base, name) : nullptr;
    if (method != nullptr) return bind(r, *method, base);
    if (const Value found = member(r, base, name); found.given()) return found;
  }
  if (const Value own = own_attribute(r, base, name); own.given()) return own;
  if (const Method* const method = find_method(base, name)) return bind(r, *method, base);
  return missing(r, base, name);
}

Value item(Rendering& r, const Value& base, const Value& key) {
  if (!key.defined()) return r.fail(why_undefined(key));
  if (base.is(Kind::dict)) {
    if (const Value found = member(r, base, key); found.given()) return found;
  }
  const bool indexed =
      base.is_text() || base.is(Kind::list) || base.is(Kind::tuple) || base.is(Kind::range);
  if (indexed && key.is_whole()) return at(r, base, key.whole());
  if (!key.is_text()) return missing(r, base, repr(r, key));
  const std::string& name = *key.text;
  if (const Value own = own_attribute(r, base, name); own.given()) return own;
  if (const Method* const method = find_method(base, name)) return bind(r, *method, base);
  return missing(r, base, name);
}

Value attribute_path(Rendering& r, const Value& base, std::string_view path) {
  Value at_hand = base;
  while (!r.failed()) {
    const std::size_t dot = path.find('.');
    const std::string part(path.substr(0, dot));
    const auto index = python::parse_int(part);
    const bool digits = !part.empty() && part.find_first_not_of("0123456789") == part.npos;
    at_hand = item(r, at_hand, digits && index ? Value::of(*index) : r.text(part));
    if (dot == std::string_view::npos) break;
    path.remove_prefix(dot + 1);
  }
  return at_hand;
}

Value slice(Rendering& r, const Value& base, const Slice& slice) {
  if (!base.defined()) return r.fail(why_undefined(base));
  if (base.is_text()) {
    const std::u32string letters = to_code_points(*base.text);
    std::u32string out;
    for (const std::size_t i : positions(r, slice, static_cast<std::int64_t>(letters.size())))
      out += letters[i];
    return r.text(to_utf8(out));
  }
  if (!base.is(Kind::list) && !base.is(Kind::tuple) && !base.is(Kind::range))
    return r.undefined("a slice of what is neither text nor a list is undefined");
  const std::vector<Value> all = elements(r, base);
  std::vector<Value> out;
  for (const std::size_t i : positions(r, slice, static_cast<std::int64_t>(all.size())))
    out.push_back(all[i]);
  const Value part = r.sequence(base.kind, std::move(out));
  if (part.is(Kind::range)) set_bounds(sequence_of(base), slice, sequence_of(part));
  return part;
}

bool has_size(const Value& v) {
  return v.is_text() || v.is(Kind::bytes) || v.is(Kind::dict) || v.is(Kind::loop) ||
         v.is(Kind::nothing) || (v.is_sequence() && !v.is(Kind::iterator));
}

std::int64_t size_of(Rendering& r, const Value& v) {
  if (v.is(Kind::undefined)) r.fail(why_undefined(v));
  if (!has_size(v)) r.fail(fmt::format("a value of type {} has no length", type_name(v)));
  if (r.failed() || v.is(Kind::nothing)) return 0;
  if (v.borrowed) return static_cast<std::int64_t>(v.json->size());
  if (v.is_text()) {
    r.spend(v.text->size() / 64);
    return static_cast<std::int64_t>(to_code_points(*v.text).size());
  }
  if (v.is(Kind::bytes)) return static_cast<std::int64_t>(v.text->size());
  if (v.is(Kind::dict)) return static_cast<std::int64_t>(dict_of(v).entries.size());
  if (v.is(Kind::loop)) return loop_attribute(r, v, "length").whole();
  return static_cast<std::int64_t>(sequence_of(v).items.size());
}

bool can_walk(const Value& v) {
  return v.is_text() || v.is_sequence() || v.is(Kind::dict) || v.is(Kind::nothing) ||
         v.is(Kind::bytes) || v.is(Kind::undefined);
}

std::vector<Value> elements(Rendering& r, const Value& v) {
  std::vector<Value> out;
  if (v.is(Kind::undefined)) r.fail(why_undefined(v));
  if (!can_walk(v)) r.fail(fmt::format("a value of type {} cannot be walked over", type_name(v)));
  if (r.failed() || v.is(Kind::nothing)) return out;
  if (v.is(Kind::dict)) {
    for (const auto& [key, value] : entries(r, v)) out.push_back(key);
  } else if (v.borrowed) {
    for (const Json& child : *v.json) out.push_back(Value::of(r, child));
  } else if (v.is_text()) {
    for (const char32_t c : to_code_points(*v.text)) {
      if (r.failed()) return {};
      out.push_back(r.text(to_utf8({&c, 1})));
    }
  } else if (v.is(Kind::bytes)) {
    for (const char c : *v.text)
      out.push_back(Value::of(std::int64_t{static_cast<unsigned char>(c)}));
  } else {
    Sequence& all = sequence_of(v);
    out.assign(all.items.begin() + static_cast<std::ptrdiff_t>(all.next), all.items.end());
    if (v.is(Kind::iterator)) all.next = all.items.size();
  }
  if (!r.spend(out.size())) out.clear();
  return out;
}

Value member(Rendering& r, const Value& dict, std::string_view key) {
  if (dict.borrowed) {
    const auto found = dict.json->find(key);
    return found == dict.json->end() ? Value::absent() : Value::of(r, *found);
  }
  const auto found = dict_of(dict).places.find("s" + std::string(key));
  if (found == dict_of(dict).places.end()) return Value::absent();
  return dict_of(dict).entries[found->second].second;
}

Value member(Rendering& r, const Value& dict, const Value& key) {
  if (key.is_text()) return member(r, dict, text_of(key));
  const std::string known = key_of(r, key);
  if (dict.borrowed || r.failed()) return Value::absent();
  const auto found = dict_of(dict).places.find(known);
  if (found == dict_of(dict).places.end()) return Value::absent();
  return dict_of(dict).entries[found->second].second;
}

std::vector<std::pair<Value, Value>> entries(Rendering& r, const Value& dict) {
  r.spend(static_cast<std::size_t>(size_of(r, dict)));
  if (!dict.borrowed) return dict_of(dict).entries;
  std::vector<std::pair<Value, Value>> out;
  for (auto it = dict.json->begin(); it != dict.json->end(); ++it)
    out.emplace_back(Value::of(it.key()), Value::of(r, it.value()));
  return out;
}

std::string key_of(Rendering& r, const Value& key) {
  const Deeper deeper(r);
  if (!deeper) return {};
  if (key.is_text()) return "s" + *key.text;
  if (key.is(Kind::none)) return "none";
  if (key.is(Kind::real) && std::abs(key.real) < 9e18 && key.real == std::trunc(key.real))
    return fmt::format("n{}", static_cast<std::int64_t>(key.real));
  if (key.is_number()) return "n" + (key.is_whole() ? std::to_string(key.whole()) : str(r, key));
  if (key.is(Kind::bytes)) return "b" + *key.text;
  if (key.is(Kind::undefined)) r.fail(why_undefined(key));
  if (!key.is(Kind::tuple)) {
    r.fail(fmt::format("a value of type {} cannot be a key", type_name(key)));
    return {};
  }
  std::string out = "t";
  for (const Value& part : sequence_of(key).items) {
    const std::string inner = key_of(r, part);
    out += fmt::format("{}:{}", inner.size(), inner);
    if (!r.spend() || out.size() > Rendering::kTextLimit) break;
  }
  return out;
}

void put(Rendering& r, Dict& dict, const Value& key, const Value& value) {
  std::string known = key_of(r, key);
  if (!r.spend(1 + known.size() / 64)) return;
  const auto [place, fresh] = dict.places.emplace(std::move(known), dict.entries.size());
  if (fresh) {
    dict.entries.emplace_back(key, value);
  } else {
    dict.entries[place->second].second = value;
  }
}

Value make_dict(Rendering& r, const std::vector<std::pair<Value, Value>>& entries) {
  auto* const dict = r.make<Dict>();
  for (const auto& [key, value] : entries) put(r, *dict, key, value);
  return Value::of(Kind::dict, dict);
}

}  // namespace countersign::core::jinja
