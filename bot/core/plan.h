// The plan: exactly what would run, resolved to the last parameter. People approve its hash,
// nothing else.
#pragma once
#include <string>
#include <vector>

#include "bot/core/action.h"
#include "bot/core/json.h"

namespace countersign::core {

struct Plan {
  std::string action;
  std::string action_hash;  // content of the action at planning time (T31)
  std::string rule;         // empty when a person asked directly
  std::string rule_hash;
  Tier tier = Tier::mutating;  // after raising by blast radius
  EffectClass effect = EffectClass::once;
  std::vector<std::string> targets;
  Json parameters = Json::object();
  Json call = Json::object();  // what would be called, secret values masked: for showing
  std::string call_hash;       // sha256 of the call as it would really be made
  enum class DryRunState { done, none_declared } dry_run = DryRunState::none_declared;
  std::string dry_run_output;  // what the dry run printed
};

void to_json(Json& j, const Plan& p);
void from_json(const Json& j, Plan& p);

// sha256 over the canonical JSON of the plan, 64 hex digits.
std::string plan_hash(const Plan& plan);

// What differs, one line each ("parameters.host: web-3 -> web-4"); empty when the hashes agree.
std::vector<std::string> differences(const Plan& before, const Plan& after);

}  // namespace countersign::core
