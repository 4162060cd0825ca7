// {% macro %} and {% call %}.
#include <fmt/format.h>

#include <algorithm>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/control.h"

namespace countersign::core::jinja {
namespace {

// What does not belong to a parameter: for varargs and kwargs.
struct Rest {
  std::vector<Value> positional;
  std::vector<std::pair<Value, Value>> named;
};

Value taken(std::vector<std::pair<std::string, Value>>& named, const std::string& name) {
  const auto found = std::ranges::find(named, name, &std::pair<std::string, Value>::first);
  if (found == named.end()) return Value::absent();
  const Value out = found->second;
  named.erase(found);
  return out;
}

bool uses(const Expression& e, std::string_view name) {
  return (e.kind == Expression::Kind::name && e.text == name) ||
         std::ranges::any_of(e.children, [&](const Expression& c) { return uses(c, name); });
}

bool uses(const Body& body, std::string_view name) {
  return std::ranges::any_of(body, [&](const Statement& s) {
    return std::ranges::any_of(s.expressions, [&](const Expression& e) { return uses(e, name); }) ||
           std::ranges::any_of(s.bodies, [&](const Body& b) { return uses(b, name); });
  });
}

// Python's rule: more than the macro takes is an error, unless it looks at the rest.
void check_rest(Rendering& r, const Statement& macro, const Rest& rest) {
  const Body& body = macro.bodies[0];
  const bool is_block = macro.kind == Statement::Kind::call;
  if (!rest.positional.empty() && !uses(body, "varargs"))
    r.fail(fmt::format("the macro '{}' takes {} arguments", is_block ? "caller" : macro.text,
                       macro.targets.size()));
  if (!rest.named.empty() && !uses(body, "kwargs"))
    r.fail(fmt::format("the macro '{}' takes no argument '{}'", is_block ? "caller" : macro.text,
                       text_of(rest.named.front().first)));
}

}  // namespace

Value make_macro(Rendering& r, const Statement& macro) {
  auto* const out = r.make<Callable>();
  if (r.frame == nullptr) r.frame = r.make<Frame>(nullptr);
  out->macro = &macro;
  out->home = r.frame;
  return Value::of(Kind::callable, out);
}

Value call_macro(Rendering& r, const Callable& callable, Given given) {
  const Statement& macro = *callable.macro;
  const Scope scope(r, callable.home);
  const Value caller = taken(given.named, "caller");
  if (caller.given()) {
    if (!uses(macro.bodies[0], "caller")) return r.fail("the macro has no use for a caller");
    set_name(r, "caller", caller);
  }
  for (std::size_t i = 0; i < macro.targets.size(); ++i) {
    const std::string& name = macro.targets[i].name;
    Value value = taken(given.named, name);
    if (i < given.positional.size()) {
      if (value.given()) return r.fail(fmt::format("the macro gets '{}' twice", name));
      value = given.positional[i];
    }
    const Expression& otherwise = macro.expressions[i];
    if (!value.given())
      value = otherwise.kind == Expression::Kind::absent
                  ? r.undefined(fmt::format("parameter '{}' was not given", name))
                  : evaluate(r, otherwise);
    set_name(r, name, value);
  }
  Rest rest;
  for (std::size_t i = macro.targets.size(); i < given.positional.size(); ++i)
    rest.positional.push_back(given.positional[i]);
  for (const auto& [name, value] : given.named) rest.named.emplace_back(r.text(name), value);
  check_rest(r, macro, rest);
  set_name(r, "varargs", r.sequence(Kind::tuple, std::move(rest.positional)));
  set_name(r, "kwargs", make_dict(r, rest.named));
  std::string out;
  render(r, macro.bodies[0], out);
  return r.text(std::move(out));
}

Value macro_attribute(Rendering& r, const Value& value, const std::string& name) {
  const Callable& callable = callable_of(value);
  if (callable.macro == nullptr) return Value::absent();
  if (name == "name")
    return callable.macro->kind == Statement::Kind::macro ? Value::of(callable.macro->text)
                                                          : r.text("caller");
  if (name != "arguments") return Value::absent();
  std::vector<Value> names;
  for (const Target& target : callable.macro->targets) names.push_back(Value::of(target.name));
  return r.sequence(Kind::tuple, std::move(names));
}

}  // namespace countersign::core::jinja
