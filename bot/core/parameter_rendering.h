// Parameters of an action as StackStorm renders and casts them: templates over other parameters,
// the configuration, the datastore and the trigger. Its rules are laxer than bind_parameters()
// (core/action.h), which the product applies to what comes out: a cast here checks no more than
// the original does. Facts: protocols/stackstorm.md, section 4, "Template and cast rules".
#pragma once
#include <map>
#include <string>

#include "bot/core/json.h"
#include "bot/core/result.h"

namespace countersign::core {

struct ParameterSchemas {
  Json action = Json::object();  // name to {type, default, immutable}
  Json runner = Json::object();
};

// What is given and the defaults that are templates, rendered and cast. `contexts` holds the names
// templates may use besides the parameters: {"action_context", "config_context", "st2kv",
// "trigger"}. The Error names the parameter: a name that is missing, a cycle, a template that
// fails, a value that cannot be cast.
Result<Json> render_live(const ParameterSchemas& schemas, const Json& given, const Json& contexts);

// What the runner and the action receive: the live parameters and all defaults.
struct FinalParameters {
  Json runner, action;
};
Result<FinalParameters> render_final(const ParameterSchemas& schemas, const Json& live,
                                     const Json& contexts);

}  // namespace countersign::core
