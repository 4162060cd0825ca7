// {% for %}, the variable `loop`, cycler() and joiner().
#include <fmt/format.h>

#include "bot/core/jinja/access.h"
#include "bot/core/jinja/control.h"
#include "bot/core/jinja/operators.h"

namespace countersign::core::jinja {
namespace {

// What is left after {% for x in y if test %}.
std::vector<Value> tested(Rendering& r, const Statement& s, std::vector<Value> items) {
  if (s.expressions[1].kind == Expression::Kind::absent) return items;
  std::vector<Value> out;
  for (const Value& item : items) {
    const Scope scope(r, r.frame);
    assign(r, s.targets[0], item);
    if (r.failed()) break;
    if (truthy(r, evaluate(r, s.expressions[1]))) out.push_back(item);
  }
  return out;
}

Value cycle(Rendering& r, Call& call) {
  if (call.more.empty()) return r.fail("'cycle' needs values");
  return call.more[loop_of(call.self).index % call.more.size()];
}

Value changed(Rendering& r, Call& call) {
  Loop& loop = loop_of(call.self);
  const auto same = [&] {
    if (!loop.has_changed || loop.changed.size() != call.more.size()) return false;
    for (std::size_t i = 0; i < call.more.size(); ++i)
      if (!equal(r, loop.changed[i], call.more[i])) return false;
    return true;
  };
  const bool out = !same();
  loop.has_changed = true;
  loop.changed = call.more;
  return Value::of(out);
}

Value next(Rendering&, Call& call) {
  Cycler& cycler = cycler_of(call.self);
  const Value out = cycler.items[cycler.position];
  cycler.position = (cycler.position + 1) % cycler.items.size();
  return out;
}

Value reset(Rendering&, Call& call) {
  cycler_of(call.self).position = 0;
  return Value::none();
}

const Method kLoopMethods[] = {{"cycle", "*", cycle}, {"changed", "*", changed}};
const Method kCyclerMethods[] = {{"next", "", next}, {"reset", "", reset}};

}  // namespace

Methods loop_methods() { return kLoopMethods; }
Methods cycler_methods() { return kCyclerMethods; }

void run_loop(Rendering& r, const Statement& s, const Value& over, int depth, std::string& out) {
  const Deeper deeper(r);
  auto* const loop = r.make<Loop>();
  loop->statement = &s;
  loop->home = r.frame;
  loop->depth = depth;
  loop->items = tested(r, s, elements(r, over));
  for (; loop->index < loop->items.size() && r.spend(); ++loop->index) {
    const Scope scope(r, loop->home);
    set_name(r, "loop", Value::of(Kind::loop, loop));
    assign(r, s.targets[0], loop->items[loop->index]);
    render(r, s.bodies[0], out);
  }
  if (!loop->items.empty() || r.failed()) return;
  const Scope scope(r, loop->home);
  render(r, s.bodies[1], out);
}

Value loop_attribute(Rendering& r, const Value& value, const std::string& name) {
  const Loop& loop = loop_of(value);
  const auto index = static_cast<std::int64_t>(loop.index);
  const auto length = static_cast<std::int64_t>(loop.items.size());
  const std::pair<std::string_view, std::int64_t> numbers[] = {
      {"index", index + 1},         {"index0", index},
      {"revindex", length - index}, {"revindex0", length - 1 - index},
      {"length", length},           {"depth", loop.depth + 1},
      {"depth0", loop.depth}};
  for (const auto& [known, number] : numbers)
    if (known == name) return Value::of(number);
  if (name == "first") return Value::of(index == 0);
  if (name == "last") return Value::of(index + 1 == length);
  if (name == "previtem")
    return index > 0 ? loop.items[loop.index - 1] : r.undefined("there is no previous item");
  if (name == "nextitem")
    return index + 1 < length ? loop.items[loop.index + 1] : r.undefined("there is no next item");
  return Value::absent();
}

Value call_loop(Rendering& r, const Value& value, Given& given) {
  const Loop& loop = loop_of(value);
  if (!loop.statement->recursive)
    return r.fail("'loop' can be called only in a loop marked 'recursive'");
  if (given.positional.size() != 1) return r.fail("'loop' needs what to walk over");
  Frame* const frame = r.frame;
  r.frame = loop.home;
  std::string out;
  run_loop(r, *loop.statement, given.positional[0], loop.depth + 1, out);
  r.frame = frame;
  return r.text(std::move(out));
}

Value call_joiner(Rendering& r, const Value& value) {
  Cycler& joiner = cycler_of(value);
  const bool first = joiner.position == 0;
  joiner.position = 1;
  return first ? r.text("") : joiner.items[0];
}

}  // namespace countersign::core::jinja
