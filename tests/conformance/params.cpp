// params*.json: parameters rendered and cast over action, configuration, datastore and trigger.
#include "bot/core/parameter_rendering.h"
#include "tests/conformance/kinds.h"

namespace countersign::conformance {
namespace {

// As the original hands them out: the part of the datastore that belongs to the user.
Json contexts_of(const Json& c) {
  const Json& store = c.at("datastore");
  const std::string user = c.at("action_context").value("user", "");
  const Json users = store.value("user", Json::object());
  return {{"action_context", c.at("action_context")},
          {"config_context", c.at("config_context")},
          {"st2kv",
           {{"system", store.value("system", Json::object())},
            {"user", users.value(user, Json::object())}}}};
}

Json outcome(const Json& c) {
  const core::ParameterSchemas schemas{c.at("action_parameters"), c.at("runner_parameters")};
  const Json contexts = contexts_of(c);
  Json with_trigger = contexts;
  with_trigger.update(c.at("extra_contexts"));
  const Result<Json> live = core::render_live(schemas, c.at("params"), with_trigger);
  if (!live) return {{"error", true}};
  Json out = {{"live", *live}};
  const auto all = core::render_final(schemas, *live, contexts);
  if (!all) {
    out["error"] = true;
    return out;
  }
  out["runner"] = all->runner;
  out["action"] = all->action;
  return out;
}

Json expectation(const Json& c) {
  Json out = Json::object();
  if (c.contains("error")) out["error"] = true;
  for (const char* part : {"live", "runner", "action"})
    if (const std::string key = std::string("expected_") + part; c.contains(key))
      out[part] = c.at(key);
  return out;
}

}  // namespace

Tally run_params(const Json& file) {
  Tally tally;
  for (const Json& c : file.at("cases")) tally.check(c, expectation(c), outcome(c));
  return tally;
}

}  // namespace countersign::conformance
