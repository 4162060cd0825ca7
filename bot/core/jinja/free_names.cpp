#include "bot/core/jinja/free_names.h"

#include <algorithm>

namespace countersign::core::jinja {
namespace {

class Walk {
 public:
  void body(const Body& all) {
    for (const Statement& s : all) {
      if (s.kind == Statement::Kind::macro) bound_.insert(s.text);
      if (s.kind == Statement::Kind::loop) bound_.insert("loop");
      if (s.kind == Statement::Kind::macro || s.kind == Statement::Kind::call)
        bound_.insert({"varargs", "kwargs", "caller"});
      for (const Target& t : s.targets) target(t);
      for (const Expression& e : s.expressions) expression(e);
      for (const Body& inner : s.bodies) body(inner);
    }
  }

  std::set<std::string> free() const {
    std::set<std::string> out;
    std::ranges::set_difference(read_, bound_, std::inserter(out, out.end()));
    std::erase_if(out, [](const std::string& name) { return find_global(name) != nullptr; });
    return out;
  }

 private:
  void target(const Target& t) {
    if (t.kind == Target::Kind::name) bound_.insert(t.name);
    for (const Target& part : t.parts) target(part);
  }
  void expression(const Expression& e) {
    if (e.kind == Expression::Kind::name) read_.insert(e.text);
    for (const Expression& child : e.children) expression(child);
  }

  std::set<std::string> read_, bound_;
};

}  // namespace

std::set<std::string> free_names(const Body& body) {
  Walk walk;
  walk.body(body);
  return walk.free();
}

}  // namespace countersign::core::jinja
