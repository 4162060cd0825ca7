#include "bot/engine/plan_maker.h"

#include <algorithm>

#include "bot/core/breaker.h"
#include "bot/core/digest.h"
#include "config/own_actions.h"

namespace countersign::engine {
namespace {

Result<std::string> dry_run(const Deps& deps, const core::Action& action, const core::Run& run,
                            const Json& parameters, std::stop_token stop) {
  const auto call = core::render_call(action, parameters, true);
  if (!call) return call.error();
  core::RunRequest request;
  request.run = run.id.text();
  request.correlation = run.correlation.text();
  request.fence = run.fence;
  request.dry = true;
  request.call = *call;
  request.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(action.timeout);
  request.output_limit = action.output_limit;
  const core::Outcome outcome = deps.runner(action.runner)->run(request, stop);
  if (outcome.klass == core::OutcomeClass::ok) return outcome.output;
  return refused("the dry run failed: " + outcome.error +
                 (outcome.output.empty() ? "" : "\n" + outcome.output));
}

}  // namespace

Result<Prepared> make_plan(const Deps& deps, const Snapshot& now, const core::Run& run,
                           std::stop_token stop) {
  const core::Action* action = now.catalog->action(run.action);
  if (!action) return not_found("action " + run.action + " does not exist (any more)");
  if (!action->enabled) return refused("action " + run.action + " is disabled");
  if (!deps.runner(action->runner)) return invalid("no runner for " + action->runner);
  const core::Rule* rule = run.rule.empty() ? nullptr : now.catalog->rule(run.rule);
  if (!run.rule.empty() && !rule) return not_found("rule " + run.rule + " does not exist any more");
  const auto parameters = core::bind_parameters(*action, run.parameters);
  if (!parameters) return parameters.error();
  const auto call = core::render_call(*action, *parameters, false);
  if (!call) return call.error();
  const auto targets = core::render_targets(*action, *parameters);
  if (!targets) return targets.error();
  const Json shown = core::redact(*action, *parameters);
  const auto shown_call = core::render_call(*action, shown, false);
  if (!shown_call) return shown_call.error();
  Prepared prepared{{}, *call, action->retry, core::breaker_of(*action, *call)};
  core::Plan& plan = prepared.plan;
  plan.action = action->ref;
  plan.action_hash = action->content_hash;
  plan.rule = run.rule;
  plan.rule_hash = rule ? rule->content_hash : "";
  plan.tier =
      core::raise_by_targets(action->tier, targets->size(), now.settings.blast_radius_targets);
  if (config::frees_a_rule(action->ref))
    plan.tier = std::max(plan.tier, wish_behind(now, *parameters).tier);
  plan.effect = core::effect_of(*action);
  plan.targets = *targets;
  plan.parameters = shown;
  plan.call = *shown_call;
  plan.call_hash = core::sha256_hex(call->dump());
  if (action->plan.kind == core::DryRun::Kind::none) return prepared;
  const auto output = dry_run(deps, *action, run, *parameters, stop);
  if (!output) return output.error();
  plan.dry_run = core::Plan::DryRunState::done;
  plan.dry_run_output = *output;
  return prepared;
}

core::PolicyBook book_of(const Snapshot& now) {
  core::PolicyBook book{now.settings.tiers, now.settings.policies, {}};
  for (const auto& [name, role] : now.settings.roles) book.roles.push_back(name);
  return book;
}

core::Wish wish_behind(const Snapshot& now, const Json& parameters) {
  core::Wish wish;
  wish.rule = parameters.value("rule", "");
  const core::Rule* rule = now.catalog->rule(wish.rule);
  const core::Action* action = rule ? now.catalog->action(rule->action) : nullptr;
  if (!action) return wish;
  wish.tier = action->tier;
  wish.action = action->ref;
  wish.action_roles = action->roles;
  wish.ask = rule->approval;
  wish.any_target = true;
  return wish;
}

core::Wish wish_for(const Snapshot& now, const core::Run& run) {
  // Whoever lets something happen unasked has to be who is asked about it.
  if (config::frees_a_rule(run.action)) {
    auto wish = wish_behind(now, run.parameters);
    wish.tier = std::max(wish.tier, core::Tier::mutating);
    return wish;
  }
  const core::Action* action = now.catalog->action(run.action);
  // What a rule asks for is for what changes something, not for the look at it afterwards.
  const bool check = run.purpose == core::Purpose::verify;
  const core::Rule* rule = run.rule.empty() || check ? nullptr : now.catalog->rule(run.rule);
  core::Wish wish;
  wish.tier = run.plan ? run.plan->tier : run.tier;
  wish.action = run.action;
  if (action) wish.action_roles = action->roles;
  wish.rule = rule ? run.rule : "";
  if (rule) wish.ask = rule->approval;
  if (run.plan) wish.targets = run.plan->targets;
  if (!run.environment.empty()) wish.environments.push_back(run.environment);
  const Json& parameters = run.plan ? run.plan->parameters : run.parameters;
  for (const char* key : {"environment", "env"}) {
    if (parameters.contains(key) && parameters[key].is_string())
      wish.environments.push_back(parameters[key].get<std::string>());
  }
  return wish;
}

core::Demand demand_for(const Snapshot& now, const core::Run& run) {
  return demand_for(now, wish_for(now, run));
}

core::Demand demand_for(const Snapshot& now, const core::Wish& wish) {
  return core::demand(wish, book_of(now));
}

}  // namespace countersign::engine
