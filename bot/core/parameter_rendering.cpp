#include "bot/core/parameter_rendering.h"

#include <fmt/format.h>
#include <re2/re2.h>

#include <algorithm>
#include <set>

#include "bot/core/parameter_cast.h"
#include "bot/core/text_template.h"

namespace countersign::core {
namespace {

constexpr int kDepth = 64;  // of lists and objects in each other

bool has_braces(const std::string& text) {
  return text.find("{{") != std::string::npos || text.find("{%") != std::string::npos;
}

bool is_template(const Json& value) {
  if (value.is_string()) return has_braces(value.get_ref<const std::string&>());
  if (!value.is_structured()) return false;
  if (value.is_object())
    for (const auto& item : value.items())
      if (has_braces(item.key())) return true;
  return std::ranges::any_of(value, is_template);
}

// "{{name}}" without blanks keeps the value's type inside a list or object; empty otherwise.
std::string bare_name(const std::string& text) {
  static const re2::RE2 kBare("\\{\\{([A-Za-z0-9_-]+)\\}\\}");
  std::string name;
  re2::RE2::FullMatch(text, kBare, &name);
  return name;
}

// A string inside of a list or object: the original renders it as part of a JSON text. What would
// change the JSON around it is an error; there it is one only by luck.
Result<std::string> render_inner(const std::string& text, const Json& context) {
  const std::string quoted = Json(text).dump(-1, ' ', true, Json::error_handler_t::replace);
  const auto parsed = TextTemplate::parse(std::string_view(quoted).substr(1, quoted.size() - 2));
  if (!parsed) return parsed.error();
  const Result<std::string> rendered = parsed->render(context);
  if (!rendered) return rendered;
  const Json read = Json::parse("\"" + *rendered + "\"", nullptr, false);
  if (!read.is_string()) return invalid("a rendered value contains what JSON text must escape");
  return read.get<std::string>();
}

Result<Json> render_structure(const Json& value, const Json& context, int depth) {
  if (depth > kDepth) return invalid("lists and objects are nested too deeply");
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    if (const std::string name = bare_name(text); !name.empty() && context.contains(name))
      return context.at(name);
    Result<std::string> rendered = render_inner(text, context);
    if (!rendered) return rendered.error();
    return Json(std::move(*rendered));
  }
  if (!value.is_structured()) return value;
  Json out = value.is_array() ? Json::array() : Json::object();
  for (const auto& item : value.items()) {
    Result<Json> inner = render_structure(item.value(), context, depth + 1);
    if (!inner) return inner;
    if (value.is_array()) {
      out.push_back(std::move(*inner));
      continue;
    }
    const Result<std::string> key = render_inner(item.key(), context);
    if (!key) return key.error();
    out[*key] = std::move(*inner);
  }
  return out;
}

void collect_names(const Json& value, std::set<std::string>& names) {
  if (value.is_string()) {
    const auto parsed = TextTemplate::parse(value.get_ref<const std::string&>());
    if (parsed) names.merge(parsed->free_names());
  }
  if (!value.is_structured()) return;
  for (const auto& item : value.items()) {
    collect_names(item.value(), names);
    if (value.is_object()) collect_names(Json(item.key()), names);
  }
}

// Values by name and the templates still to be rendered, in the order of what they depend on.
class Renderer {
 public:
  explicit Renderer(const Json& contexts) : known_(contexts) {}

  void add(const std::string& name, const Json& value) {
    known_.erase(name);
    open_.erase(name);
    const bool text_only =
        value.is_string() && !TextTemplate::parse(value.get_ref<const std::string&>());
    if (is_template(value) && !text_only) {
      open_[name] = value;
    } else {
      known_[name] = value;
    }
  }

  bool has(const std::string& name) const {
    return open_.contains(name) || (known_.contains(name) && !known_.at(name).is_null());
  }

  Result<Json> all() {
    std::map<std::string, std::set<std::string>> needs;
    for (const auto& [name, value] : open_) {
      collect_names(value, needs[name]);
      for (const std::string& need : needs[name])
        if (!known_.contains(need) && !open_.contains(need))
          return invalid(
              fmt::format("parameter '{}' needs '{}', which does not exist", name, need));
    }
    while (!open_.empty()) {
      const auto next = std::ranges::find_if(open_, [&](const auto& entry) {
        return std::ranges::all_of(needs[entry.first],
                                   [this](const auto& need) { return known_.contains(need); });
      });
      if (next == open_.end())
        return invalid(fmt::format("parameter '{}' depends on itself", open_.begin()->first));
      Result<Json> rendered = render(next->second);
      if (!rendered)
        return invalid(fmt::format("parameter '{}': {}", next->first, rendered.error().message));
      known_[next->first] = std::move(*rendered);
      open_.erase(next);
    }
    return known_;
  }

 private:
  Result<Json> render(const Json& value) const {
    if (!value.is_string()) return render_structure(value, known_, 0);
    const Result<std::string> text =
        TextTemplate::parse(value.get_ref<const std::string&>())->render(known_);
    if (!text) return text.error();
    return Json(*text);
  }

  Json known_;
  std::map<std::string, Json> open_;
};

void add_defaults(const Json& schema, Renderer& renderer) {
  for (const auto& item : schema.items())
    if (!renderer.has(item.key()) || item.value().value("immutable", false))
      renderer.add(item.key(), item.value().value("default", Json()));
}

Json schema_of(const ParameterSchemas& schemas, const std::string& name) {
  if (schemas.runner.contains(name)) return schemas.runner.at(name);
  return schemas.action.value(name, Json::object());
}

Result<Json> cast_one(const std::string& name, const Json& value, const Json& schema) {
  Result<Json> cast = cast_parameter(value, schema.value("type", Json()));
  if (cast) return cast;
  return invalid(fmt::format("parameter '{}': {}", name, cast.error().message));
}

// Those of a schema, out of everything that is known.
Result<Json> cast_all(const Json& schema, const Json& known) {
  Json out = Json::object();
  for (const auto& item : schema.items()) {
    Result<Json> cast = cast_one(item.key(), known.value(item.key(), Json()), item.value());
    if (!cast) return cast;
    out[item.key()] = std::move(*cast);
  }
  return out;
}

}  // namespace

Result<Json> render_live(const ParameterSchemas& schemas, const Json& given, const Json& contexts) {
  Renderer renderer(contexts);
  for (const auto& item : given.items()) renderer.add(item.key(), item.value());
  add_defaults(schemas.action, renderer);
  add_defaults(schemas.runner, renderer);
  const Result<Json> known = renderer.all();
  if (!known) return known.error();
  std::set<std::string> live;
  for (const auto& item : given.items()) live.insert(item.key());
  for (const Json* const schema : {&schemas.action, &schemas.runner})
    for (const auto& item : schema->items())
      if (!item.value().value("immutable", false) &&
          is_template(item.value().value("default", Json())))
        live.insert(item.key());
  Json out = Json::object();
  for (const std::string& name : live) {
    Result<Json> cast = cast_one(name, known->value(name, Json()), schema_of(schemas, name));
    if (!cast) return cast;
    out[name] = std::move(*cast);
  }
  return out;
}

Result<FinalParameters> render_final(const ParameterSchemas& schemas, const Json& live,
                                     const Json& contexts) {
  Json known = contexts;
  known.update(live);
  Renderer renderer(known);
  add_defaults(schemas.action, renderer);
  add_defaults(schemas.runner, renderer);
  const Result<Json> all = renderer.all();
  if (!all) return all.error();
  Result<Json> runner = cast_all(schemas.runner, *all);
  if (!runner) return runner.error();
  Result<Json> action = cast_all(schemas.action, *all);
  if (!action) return action.error();
  return FinalParameters{std::move(*runner), std::move(*action)};
}

}  // namespace countersign::core
