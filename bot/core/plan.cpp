#include "bot/core/plan.h"

#include "bot/core/digest.h"

namespace countersign::core {
namespace {

void compare(const std::string& where, const Json& before, const Json& after,
             std::vector<std::string>& out) {
  if (before == after) return;
  if (before.is_object() && after.is_object()) {
    Json keys = before;
    keys.update(after);
    for (const auto& [key, ignored] : keys.items()) {
      compare(where.empty() ? key : where + "." + key, before.value(key, Json()),
              after.value(key, Json()), out);
    }
    return;
  }
  const auto show = [](const Json& j) { return j.is_string() ? j.get<std::string>() : j.dump(); };
  out.push_back(where + ": " + show(before) + " -> " + show(after));
}

}  // namespace

void to_json(Json& j, const Plan& p) {
  j = Json{{"action", p.action},
           {"action_hash", p.action_hash},
           {"rule", p.rule},
           {"rule_hash", p.rule_hash},
           {"tier", name(p.tier)},
           {"effect", name(p.effect)},
           {"targets", p.targets},
           {"parameters", p.parameters},
           {"call", p.call},
           {"call_hash", p.call_hash},
           {"dry_run", p.dry_run == Plan::DryRunState::done ? "done" : "none_declared"},
           {"dry_run_output", p.dry_run_output}};
}

void from_json(const Json& j, Plan& p) {
  j.at("action").get_to(p.action);
  j.at("action_hash").get_to(p.action_hash);
  j.at("rule").get_to(p.rule);
  j.at("rule_hash").get_to(p.rule_hash);
  p.tier = parse_tier(j.at("tier").get<std::string>()).value_or(Tier::high_impact);
  p.effect = parse_effect(j.at("effect").get<std::string>()).value_or(EffectClass::once);
  j.at("targets").get_to(p.targets);
  p.parameters = j.at("parameters");
  p.call = j.at("call");
  j.at("call_hash").get_to(p.call_hash);
  p.dry_run =
      j.at("dry_run") == "done" ? Plan::DryRunState::done : Plan::DryRunState::none_declared;
  j.at("dry_run_output").get_to(p.dry_run_output);
}

std::string plan_hash(const Plan& plan) { return sha256_hex(Json(plan).dump()); }

std::vector<std::string> differences(const Plan& before, const Plan& after) {
  std::vector<std::string> out;
  compare("", Json(before), Json(after), out);
  return out;
}

}  // namespace countersign::core
