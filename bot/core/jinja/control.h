// What runs a template: expressions, statements, names, loops and macros.
#pragma once
#include <string>

#include "bot/core/jinja/methods.h"
#include "bot/core/jinja/syntax.h"

namespace countersign::core::jinja {

Value evaluate(Rendering& r, const Expression& expression);
// The arguments of a call, filter or test.
Given arguments(Rendering& r, const Expression& e);
Value evaluate_call(Rendering& r, const Expression& e, const Value& caller = Value::absent());
// Appends what the statements print.
void render(Rendering& r, const Body& body, std::string& out);
void assign(Rendering& r, const Target& target, const Value& value);

Value look_up(Rendering& r, const std::string& name);
void set_name(Rendering& r, std::string_view name, const Value& value);

// A new innermost frame while it lives.
class Scope {
 public:
  Scope(Rendering& r, Frame* parent) : r_(r), outer_(r.frame) { r.frame = r.make<Frame>(parent); }
  ~Scope() { r_.frame = outer_; }
  Scope(const Scope&) = delete;
  Scope& operator=(const Scope&) = delete;

 private:
  Rendering& r_;
  Frame* outer_;
};

// A method bound to its receiver, or a macro.
struct Callable : Object {
  const Method* method = nullptr;
  Value self;
  const Statement* macro = nullptr;
  Frame* home = nullptr;  // where the macro was defined
};
inline const Callable& callable_of(const Value& v) { return *static_cast<Callable*>(v.object); }
Value make_macro(Rendering& r, const Statement& macro);
Value call_macro(Rendering& r, const Callable& callable, Given given);
Value macro_attribute(Rendering& r, const Value& macro, const std::string& name);

struct Loop : Object {
  const Statement* statement = nullptr;
  Frame* home = nullptr;
  std::vector<Value> items;
  std::size_t index = 0;
  int depth = 0;
  std::vector<Value> changed;  // the arguments of changed() the last time
  bool has_changed = false;
};
inline Loop& loop_of(const Value& v) { return *static_cast<Loop*>(v.object); }
// Runs a {% for %} over these items.
void run_loop(Rendering& r, const Statement& statement, const Value& over, int depth,
              std::string& out);
Value loop_attribute(Rendering& r, const Value& loop, const std::string& name);
Value call_loop(Rendering& r, const Value& loop, Given& given);
Value call_joiner(Rendering& r, const Value& joiner);
Methods loop_methods();
Methods cycler_methods();

}  // namespace countersign::core::jinja
