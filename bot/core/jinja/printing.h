// Values as text, and as JSON.
#pragma once
#include <string>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

// As Python's str() and repr(): True, None, ['a', 1], {'k': 'v'}.
std::string str(Rendering& r, const Value& value);
std::string repr(Rendering& r, const Value& value);

// As Python's json.dumps().
struct JsonStyle {
  std::string item_separator = ", ";
  std::string key_separator = ": ";
  std::string indent;  // of one level; used if `lines`
  bool lines = false;
  bool sort_keys = false;
};
std::string dump_json(Rendering& r, const Value& value, const JsonStyle& style = {});

// A copy outside of the rendering. Tuples become lists; fails for what JSON does not have.
Json to_json(Rendering& r, const Value& value);
// A copy on the heap of the rendering, with the order of keys kept; absent if it is no JSON.
Value parse_json(Rendering& r, const std::string& text);

}  // namespace countersign::core::jinja
