// Parts of values: attributes, elements, slices, everything one can walk over.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

// base.name. Of a dict it is the member, and a method only if there is no such member or it is
// about to be called; names that begin with '_' lead to members only. Undefined if there is none.
Value attribute(Rendering& r, const Value& base, const std::string& name, bool called = false);
// base[key].
Value item(Rendering& r, const Value& base, const Value& key);
// "a.0.b", as the filters map, sort and their kind take it.
Value attribute_path(Rendering& r, const Value& base, std::string_view path);

struct Slice {
  Value from, to, step;  // none where not given
};
Value slice(Rendering& r, const Value& base, const Slice& slice);

// len(value); fails if it has none.
std::int64_t size_of(Rendering& r, const Value& value);
bool has_size(const Value& value);
bool can_walk(const Value& value);
// All elements; the keys of a dict, the letters of a text. Uses an iterator up. Fails if the value
// cannot be walked over.
std::vector<Value> elements(Rendering& r, const Value& value);

// The member of a dict; absent if there is none.
Value member(Rendering& r, const Value& dict, std::string_view key);
Value member(Rendering& r, const Value& dict, const Value& key);
// In order.
std::vector<std::pair<Value, Value>> entries(Rendering& r, const Value& dict);

// What two equal keys have in common; fails if the value cannot be one.
std::string key_of(Rendering& r, const Value& key);
void put(Rendering& r, Dict& dict, const Value& key, const Value& value);
Value make_dict(Rendering& r, const std::vector<std::pair<Value, Value>>& entries);

std::string_view text_of(const Value& text);

}  // namespace countersign::core::jinja
