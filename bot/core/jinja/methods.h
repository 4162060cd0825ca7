// Functions of the language that are ours: filters, tests, methods of values, globals.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bot/core/jinja/rendering.h"

namespace countersign::core::jinja {

// What a call gave, before it is known where it belongs.
struct Given {
  std::vector<Value> positional;
  std::vector<std::pair<std::string, Value>> named;
};

// What a function gets: one value for each of its parameters, absent where none was given, and
// what was left over if it takes more.
struct Call {
  Value self;  // a filter's input, a method's receiver
  std::vector<Value> arguments;
  std::vector<Value> more;
  std::vector<std::pair<std::string, Value>> more_named;
  const Value& operator[](std::size_t i) const { return arguments[i]; }
};

struct Method {
  std::string_view name;
  // Names in order, with blanks between: "old! new! count"; '!' marks what must be given, "*" at
  // the end takes any more by position, "**" any more by name.
  std::string_view parameters;
  Value (*apply)(Rendering& r, Call& call);
  bool takes_undefined = false;
};
using Methods = std::span<const Method>;

// Null if there is none. The tables are sorted out by family in the files of these names.
const Method* find_filter(std::string_view name);
const Method* find_test(std::string_view name);
const Method* find_method(const Value& receiver, std::string_view name);
const Method* find_global(std::string_view name);

Value bind(Rendering& r, const Method& method, const Value& self);
// Puts arguments in their places and applies. Fails for wrong ones, and for an undefined `self`
// unless the method takes it.
Value apply(Rendering& r, const Method& method, const Value& self, Given given);
// Calls what an expression yielded: a bound method, a macro, a loop.
Value call(Rendering& r, const Value& callee, Given given);

// Arguments of an expected type; they fail for another.
std::int64_t whole(Rendering& r, const Value& value, std::int64_t otherwise);
bool flag(Rendering& r, const Value& value, bool otherwise = false);
std::string words(Rendering& r, const Value& value, std::string_view otherwise = {});

Methods text_filters();
Methods html_filters();
Methods list_filters();
Methods choice_filters();
Methods number_filters();
Methods data_filters();
Methods regex_filters();
Methods version_filters();
Methods text_methods();
Methods letter_methods();
Methods list_methods();
Methods dict_methods();

}  // namespace countersign::core::jinja
