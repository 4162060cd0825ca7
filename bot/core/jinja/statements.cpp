// Statements and names.
#include <fmt/format.h>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/control.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"

namespace countersign::core::jinja {
namespace {

void print(Rendering& r, std::string_view text, std::string& out) {
  if (!r.spend(1 + text.size() / 64)) return;
  out += text;
  if (out.size() > Rendering::kTextLimit) r.fail("the rendered text is longer than 256 KiB");
}

std::string rendered(Rendering& r, const Body& body) {
  std::string out;
  render(r, body, out);
  return out;
}

void choose(Rendering& r, const Statement& s, std::string& out) {
  for (std::size_t i = 0; i < s.bodies.size() && !r.failed(); ++i) {
    const bool otherwise = i == s.expressions.size();
    if (otherwise || truthy(r, evaluate(r, s.expressions[i]))) return render(r, s.bodies[i], out);
  }
}

// {% filter f %} and {% set x | f %}: the innermost input is what the block rendered.
Value filtered(Rendering& r, const Expression& e, const Value& input) {
  if (e.kind == Expression::Kind::absent) return input;
  const Value value = filtered(r, e.children[0], input);
  return apply(r, *e.method, value, arguments(r, e));
}

void run_with(Rendering& r, const Statement& s, std::string& out) {
  std::vector<Value> values;
  for (const Expression& e : s.expressions) values.push_back(evaluate(r, e));
  const Scope scope(r, r.frame);
  for (std::size_t i = 0; i < s.targets.size(); ++i) assign(r, s.targets[i], values[i]);
  render(r, s.bodies[0], out);
}

// {% call m(1) %}...{% endcall %}: the block is the macro `caller` of the one that is called.
void run_call(Rendering& r, const Statement& s, std::string& out) {
  print(r, str(r, evaluate_call(r, s.expressions.back(), make_macro(r, s))), out);
}

void run(Rendering& r, const Statement& s, std::string& out) {
  switch (s.kind) {
    case Statement::Kind::text:
      return print(r, s.text, out);
    case Statement::Kind::output:
      return print(r, str(r, evaluate(r, s.expressions[0])), out);
    case Statement::Kind::choice:
      return choose(r, s, out);
    case Statement::Kind::loop:
      return run_loop(r, s, evaluate(r, s.expressions[0]), 0, out);
    case Statement::Kind::set:
      return assign(r, s.targets[0], evaluate(r, s.expressions[0]));
    case Statement::Kind::set_block:
      return assign(r, s.targets[0],
                    filtered(r, s.expressions[0], r.text(rendered(r, s.bodies[0]))));
    case Statement::Kind::with:
      return run_with(r, s, out);
    case Statement::Kind::macro:
      return set_name(r, s.text, make_macro(r, s));
    case Statement::Kind::call:
      return run_call(r, s, out);
    case Statement::Kind::filter:
      return print(r, str(r, filtered(r, s.expressions[0], r.text(rendered(r, s.bodies[0])))), out);
    case Statement::Kind::block: {
      const Scope scope(r, r.frame);
      return render(r, s.bodies[0], out);
    }
    case Statement::Kind::refused:
      r.fail(s.text);
  }
}

// The datastore: its scopes are looked into lazily, as StackStorm does.
Value datastore(Rendering& r, const Json& scopes) {
  std::vector<std::pair<Value, Value>> out;
  for (auto it = scopes.begin(); it != scopes.end(); ++it)
    if (it->is_object())
      out.emplace_back(Value::of(it.key()),
                       Value::of(Kind::lookup, r.make<Lookup>(*it, std::string())));
  return make_dict(r, out);
}

}  // namespace

void render(Rendering& r, const Body& body, std::string& out) {
  const Deeper deeper(r);
  for (const Statement& statement : body) {
    if (r.failed()) return;
    run(r, statement, out);
  }
}

Value look_up(Rendering& r, const std::string& name) {
  for (const Frame* frame = r.frame; frame != nullptr; frame = frame->parent) {
    for (const auto& [known, value] : frame->names)
      if (known == name) return value;
  }
  if (r.context().is_object()) {
    const auto found = r.context().find(name);
    if (found != r.context().end())
      return name == "st2kv" && found->is_object() ? datastore(r, *found) : Value::of(r, *found);
  }
  if (const Method* const global = find_global(name)) return bind(r, *global, Value::none());
  return r.undefined(fmt::format("'{}' is undefined", name));
}

void set_name(Rendering& r, std::string_view name, const Value& value) {
  if (r.frame == nullptr) r.frame = r.make<Frame>(nullptr);
  for (auto& [known, old] : r.frame->names) {
    if (known != name) continue;
    old = value;
    return;
  }
  r.frame->names.emplace_back(name, value);
}

void assign(Rendering& r, const Target& target, const Value& value) {
  if (r.failed()) return;
  if (target.kind == Target::Kind::name) return set_name(r, target.name, value);
  if (target.kind == Target::Kind::member) {
    const Value space = look_up(r, target.name);
    if (!space.is(Kind::names)) {
      r.fail(fmt::format("'{}' is no namespace(): its members cannot be set", target.name));
      return;
    }
    for (auto& [known, old] : names_of(space).names) {
      if (known != target.attribute) continue;
      old = value;
      return;
    }
    names_of(space).names.emplace_back(target.attribute, value);
    return;
  }
  const std::vector<Value> parts = elements(r, value);
  if (parts.size() != target.parts.size())
    r.fail(
        fmt::format("{} values cannot be assigned to {} names", parts.size(), target.parts.size()));
  for (std::size_t i = 0; i < target.parts.size() && !r.failed(); ++i)
    assign(r, target.parts[i], parts[i]);
}

}  // namespace countersign::core::jinja
