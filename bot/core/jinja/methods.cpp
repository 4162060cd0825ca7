#include "bot/core/jinja/methods.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "bot/core/jinja/control.h"
#include "bot/core/jinja/operators.h"
#include "bot/core/jinja/printing.h"

namespace countersign::core::jinja {
namespace {

const Method* find(Methods methods, std::string_view name) {
  const auto found = std::ranges::find(methods, name, &Method::name);
  return found == methods.end() ? nullptr : &*found;
}

// One parameter of a method's list.
struct Parameter {
  std::string_view name;
  bool required;
};

std::vector<Parameter> parameters_of(const Method& method) {
  std::vector<Parameter> out;
  std::string_view rest = method.parameters;
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    std::string_view name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const bool required = name.ends_with('!');
    if (required) name.remove_suffix(1);
    if (!name.starts_with('*')) out.push_back({name, required});
  }
  return out;
}

void place_named(Rendering& r, const Method& method, const std::vector<Parameter>& parameters,
                 Given& given, Call& call) {
  for (auto& [name, value] : given.named) {
    const auto found = std::ranges::find(parameters, name, &Parameter::name);
    if (found != parameters.end()) {
      Value& place = call.arguments[static_cast<std::size_t>(found - parameters.begin())];
      if (place.given()) r.fail(fmt::format("'{}' is given '{}' twice", method.name, name));
      place = value;
    } else if (method.parameters.ends_with("**")) {
      call.more_named.emplace_back(std::move(name), value);
    } else {
      r.fail(fmt::format("'{}' takes no argument '{}'", method.name, name));
    }
  }
}

Call placed(Rendering& r, const Method& method, const Value& self, Given& given) {
  const std::vector<Parameter> parameters = parameters_of(method);
  Call call{self, std::vector<Value>(parameters.size(), Value::absent()), {}, {}};
  for (std::size_t i = 0; i < given.positional.size(); ++i) {
    if (i < parameters.size()) {
      call.arguments[i] = given.positional[i];
    } else if (method.parameters.find('*') != std::string_view::npos) {
      call.more.push_back(given.positional[i]);
    } else {
      r.fail(fmt::format("'{}' takes {} arguments, not {}", method.name, parameters.size(),
                         given.positional.size()));
    }
  }
  place_named(r, method, parameters, given, call);
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (parameters[i].required && !call.arguments[i].given())
      r.fail(fmt::format("'{}' needs the argument '{}'", method.name, parameters[i].name));
  return call;
}

}  // namespace

const Method* find_filter(std::string_view name) {
  static const std::array kFamilies{text_filters(),   html_filters(),   list_filters(),
                                    choice_filters(), number_filters(), data_filters(),
                                    regex_filters(),  version_filters()};
  for (const Methods family : kFamilies)
    if (const Method* const found = find(family, name)) return found;
  return nullptr;
}

const Method* find_method(const Value& receiver, std::string_view name) {
  if (name.starts_with('_')) return nullptr;
  if (receiver.is_text()) {
    const Method* const found = find(text_methods(), name);
    return found != nullptr ? found : find(letter_methods(), name);
  }
  if (receiver.is(Kind::dict)) return find(dict_methods(), name);
  if (receiver.is(Kind::loop)) return find(loop_methods(), name);
  if (receiver.is(Kind::cycler)) return find(cycler_methods(), name);
  if (receiver.is(Kind::list)) return find(list_methods(), name);
  const bool counts = receiver.is(Kind::tuple) || receiver.is(Kind::range);
  if (counts && (name == "count" || name == "index")) return find(list_methods(), name);
  if (receiver.is(Kind::bytes) && name == "decode") return find(text_methods(), name);
  return nullptr;
}

Value bind(Rendering& r, const Method& method, const Value& self) {
  auto* const callable = r.make<Callable>();
  callable->method = &method;
  callable->self = self;
  return Value::of(Kind::callable, callable);
}

Value apply(Rendering& r, const Method& method, const Value& self, Given given) {
  if (!self.defined() && self.is(Kind::undefined) && !method.takes_undefined)
    return r.fail(why_undefined(self));
  Call call = placed(r, method, self, given);
  if (!r.spend()) return {};
  return method.apply(r, call);
}

Value call(Rendering& r, const Value& callee, Given given) {
  const Deeper deeper(r);
  if (!deeper) return {};
  if (callee.is(Kind::loop)) return call_loop(r, callee, given);
  if (callee.is(Kind::cycler) && cycler_of(callee).is_joiner) return call_joiner(r, callee);
  if (!callee.is(Kind::callable))
    return r.fail(callee.defined()
                      ? fmt::format("a value of type {} cannot be called", type_name(callee))
                      : why_undefined(callee));
  const Callable& callable = callable_of(callee);
  if (callable.macro != nullptr) return call_macro(r, callable, std::move(given));
  return apply(r, *callable.method, callable.self, std::move(given));
}

std::int64_t whole(Rendering& r, const Value& value, std::int64_t otherwise) {
  if (!value.given()) return otherwise;
  if (value.is_whole()) return value.whole();
  r.fail(value.defined()
             ? fmt::format("an argument of type {} must be a whole number", type_name(value))
             : why_undefined(value));
  return otherwise;
}

bool flag(Rendering& r, const Value& value, bool otherwise) {
  return value.given() ? truthy(r, value) : otherwise;
}

std::string words(Rendering& r, const Value& value, std::string_view otherwise) {
  return value.given() ? str(r, value) : std::string(otherwise);
}

}  // namespace countersign::core::jinja
