#include <fmt/format.h>

#include <algorithm>

#include "bot/core/action.h"
#include "bot/core/python_value.h"
#include "bot/core/text_template.h"
#include "bot/core/unicode.h"

namespace countersign::core {
namespace {

using Arguments = std::vector<std::string>;

// The parameters as templates see them: every declared name is there, null if it has no value.
Json template_context(const Action& action, const Json& parameters) {
  Json context = parameters;
  for (const Parameter& parameter : action.parameters)
    if (!context.contains(parameter.name)) context[parameter.name] = nullptr;
  return context;
}

// As StackStorm writes the arguments of scripts.
std::string argument_text(const Json& value) {
  if (value.is_null()) return "";
  if (value.is_boolean()) return value.get<bool>() ? "1" : "0";
  if (value.is_object()) return value.dump();
  if (!value.is_array()) return python::str(value);
  std::vector<std::string> items;
  for (const Json& item : value) items.push_back(argument_text(item));
  return fmt::format("{}", fmt::join(items, ","));
}

// One argument for each template; a lone expression that gives null gives none, a list one for each
// element.
Result<Arguments> arguments_from_templates(const Action& action, const Json& parameters) {
  const Json context = template_context(action, parameters);
  Arguments arguments;
  for (const std::string& text : action.args) {
    const auto parsed = TextTemplate::parse(text);
    if (!parsed) return parsed.error();
    const Result<Json> value = parsed->evaluate(context);
    if (!value) return value.error();
    if (value->is_array()) {
      for (const Json& item : *value) arguments.push_back(python::str(item));
    } else if (!value->is_null()) {
      arguments.push_back(value->is_object() ? value->dump() : python::str(*value));
    }
  }
  return arguments;
}

Arguments positional_and_named(const Action& action, const Json& parameters) {
  std::vector<const Parameter*> positional;
  Arguments named;
  for (const Parameter& parameter : action.parameters) {
    if (parameter.position) {
      positional.push_back(&parameter);
      continue;
    }
    const Json value = parameters.value(parameter.name, Json());
    const bool omitted = value.is_null() || value == Json(false) || value == Json("");
    if (omitted) continue;
    const bool is_switch = value == Json(true);
    named.push_back("--" + parameter.name + (is_switch ? "" : "=" + argument_text(value)));
  }
  std::ranges::stable_sort(positional, {}, [](const Parameter* p) { return *p->position; });
  Arguments arguments;
  for (const Parameter* parameter : positional)
    arguments.push_back(argument_text(parameters.value(parameter->name, Json())));
  arguments.insert(arguments.end(), named.begin(), named.end());
  return arguments;
}

Result<Json> command_call(const Action& action, const Json& parameters, bool dry) {
  const bool other_program = dry && action.plan.kind == DryRun::Kind::entry_point;
  Arguments argv{other_program ? action.plan.value : action.entry_point};
  if (!argv.front().starts_with('/'))
    return invalid(fmt::format("action {} has no absolute entry point", action.ref));
  if (dry && !other_program) argv.push_back(action.plan.value);
  const Result<Arguments> arguments = action.args.empty()
                                          ? positional_and_named(action, parameters)
                                          : arguments_from_templates(action, parameters);
  if (!arguments) return arguments.error();
  argv.insert(argv.end(), arguments->begin(), arguments->end());
  Json call = {{"argv", argv}, {"env", Json::object()}};
  if (!action.folder.empty()) call["cwd"] = action.folder;
  return call;
}

Result<Json> http_call(const Action& action, const Json& parameters, bool) {
  const Json url = parameters.value("url", Json());
  const Json method = parameters.value("method", Json("GET"));
  const Json headers = parameters.value("headers", Json::object());
  if (!url.is_string() || !(url.get_ref<const std::string&>().starts_with("http://") ||
                            url.get_ref<const std::string&>().starts_with("https://")))
    return invalid(
        fmt::format("action {} needs a url that begins with http:// or https://", action.ref));
  if (!method.is_string() || !headers.is_object())
    return invalid(fmt::format("action {}: method must be text and headers an object", action.ref));
  Json texts = Json::object();
  for (const auto& [name, value] : headers.items()) {
    std::string text = argument_text(value);
    if ((name + text).find_first_of(std::string_view("\r\n\0", 3)) != std::string::npos)
      return invalid(fmt::format("action {}: a header must be a single line", action.ref));
    texts[name] = std::move(text);
  }
  return Json{{"method", to_upper(method.get_ref<const std::string&>())},
              {"url", url},
              {"headers", texts},
              {"body", parameters.value("body", Json())}};
}

Result<Json> announcement_call(const Action&, const Json& parameters, bool) {
  return Json{{"route", parameters.value("route", Json(""))},
              {"message", parameters.value("message", Json(""))}};
}

Result<Json> own_call(const Action& action, const Json& parameters, bool) {
  return Json{{"do", action.ref}, {"with", parameters}};
}

Result<Json> noop_call(const Action&, const Json&, bool) { return Json::object(); }

struct RunnerCall {
  std::string_view runner;
  Result<Json> (*render)(const Action&, const Json& parameters, bool dry);
  bool has_dry_run;
};
constexpr RunnerCall kRunners[] = {
    {"command", command_call, true},
    {"http-request", http_call, false},
    {"announcement", announcement_call, false},
    {"noop", noop_call, false},
    {"countersign", own_call, true},
};

}  // namespace

Result<Json> render_call(const Action& action, const Json& parameters, bool dry) {
  const auto* runner = std::ranges::find(kRunners, action.runner, &RunnerCall::runner);
  if (runner == std::end(kRunners))
    return invalid(fmt::format("no runner is called '{}'", action.runner));
  if (!parameters.is_object()) return invalid("parameters must be an object");
  if (dry && (action.plan.kind == DryRun::Kind::none || !runner->has_dry_run))
    return refused(fmt::format("action {} has no dry run", action.ref));
  return runner->render(action, parameters, dry);
}

Result<std::vector<std::string>> render_targets(const Action& action, const Json& parameters) {
  std::vector<std::string> targets;
  if (action.targets.empty()) return targets;
  const auto parsed = TextTemplate::parse(action.targets);
  if (!parsed) return parsed.error();
  const Result<Json> value = parsed->evaluate(template_context(action, parameters));
  if (!value) return value.error();
  const std::string text = argument_text(*value);  // lists become comma text
  for (std::size_t start = 0; start <= text.size();) {
    const std::size_t end = std::min(text.find(',', start), text.size());
    const std::string_view target = trim(std::string_view(text).substr(start, end - start));
    if (!target.empty()) targets.emplace_back(target);
    start = end + 1;
  }
  std::ranges::sort(targets);
  targets.erase(std::unique(targets.begin(), targets.end()), targets.end());
  return targets;
}

}  // namespace countersign::core
