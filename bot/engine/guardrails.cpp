#include "bot/engine/guardrails.h"

#include <algorithm>

#include "bot/core/match.h"
#include "bot/core/token_bucket.h"
#include "bot/engine/freezes.h"
#include "bot/engine/narrate.h"
#include "bot/engine/plan_maker.h"

namespace countersign::engine {
namespace {

// The run as it would be planned. Without targets if they cannot be told from what is given; the
// plan will say why.
core::Run imagine(const Snapshot& now, const Wanted& wanted) {
  core::Run run;
  run.action = wanted.action.ref;
  run.rule = wanted.rule ? wanted.rule->ref() : "";
  run.environment = core::Environments::of(wanted.event);
  core::Plan& plan = run.plan.emplace();
  plan.parameters = wanted.parameters;
  if (const auto bound = core::bind_parameters(wanted.action, wanted.parameters)) {
    plan.parameters = *bound;
    if (auto targets = core::render_targets(wanted.action, *bound)) plan.targets = *targets;
  }
  plan.tier = core::raise_by_targets(wanted.action.tier, plan.targets.size(),
                                     now.settings.blast_radius_targets);
  return run;
}

core::Wish wish_of(const Snapshot& now, const Wanted& wanted) {
  core::Wish wish = wish_for(now, imagine(now, wanted));
  wish.any_target |= wish.targets.empty() && !wanted.action.targets.empty();
  return wish;
}

bool is_for(const core::Rule& rule, const std::string& environment,
            const core::Environments& known) {
  if (rule.environments.empty()) return !known.is_production(environment);
  return std::ranges::find(rule.environments, environment) != rule.environments.end();
}

// The event's own environment has been matched; what the rule hands to its action may name another.
std::optional<Refusal> by_environment(const Snapshot& now, const Wanted& wanted,
                                      const core::Wish& wish) {
  if (!wanted.rule || wanted.by_person) return std::nullopt;
  for (const std::string& name : wish.environments) {
    if (is_for(*wanted.rule, name, now.settings.environments)) continue;
    return Refusal{"other_environment",
                   "rule " + wanted.rule->ref() + " is not for the environment " +
                       core::make_visible(name, 80) + " that its parameters name",
                   "Name it under environments in the rule to allow that",
                   {{"kind", "environment"}, {"environment", name}}};
  }
  return std::nullopt;
}

std::optional<Refusal> by_breaker(store::Tx& tx, const Snapshot& now, const RuleBreakers& breakers,
                                  const Wanted& wanted) {
  if (!wanted.rule || wanted.by_person) return std::nullopt;
  const auto breaker = breakers.in_the_way(tx, *wanted.rule, !wanted.held);
  if (!breaker) return std::nullopt;
  const auto text = [](const auto& at) { return at ? core::format_instant(*at) : std::string(); };
  return Refusal{
      "breaker_open",
      "the rule's breaker is open since " + text(breaker->since) + " because " + breaker->why +
          ", " + until_words(*breaker),
      now.settings.command_prefix + "breaker close " + breaker->rule + " lets it go on at once",
      {{"kind", "breaker"},
       {"state", core::name(breaker->state)},
       {"since", text(breaker->since)},
       {"until", text(breaker->open_until)}}};
}

std::optional<Refusal> by_freeze(store::Tx& tx, const Snapshot& now, const Wanted& wanted,
                                 const core::Wish& wish) {
  const bool glass = !now.settings.break_glass.roles.empty();
  if (wanted.despite_freeze && glass) return std::nullopt;
  const auto freeze = frozen_by(tx, now, wish);
  if (!freeze) return std::nullopt;
  Refusal refusal{"frozen",
                  freeze_words(*freeze),
                  lift_words(*freeze, now.settings.command_prefix),
                  {{"kind", "freeze"},
                   {"name", freeze->name},
                   {"until", freeze->until ? Json(core::format_instant(*freeze->until)) : Json()}}};
  if (wanted.by_person && glass)
    refusal.lift +=
        ". In an emergency, write break-glass at the end of the command: that makes a "
        "plan which starts only by breaking the glass";
  return refusal;
}

// A limit with its bucket, and whose it is in words.
struct Limit {
  store::Bucket bucket;
  std::string whose;
};

std::vector<Limit> limits_on(const Wanted& wanted, const std::vector<std::string>& targets) {
  std::vector<Limit> out;
  const auto add = [&](const std::string& kind, const std::string& ref, const auto& owner) {
    const std::string name = kind + ":" + ref, whose = kind + " " + ref;
    if (owner.rate_limit) out.push_back({{name, *owner.rate_limit}, whose});
    if (!owner.target_limit) return;
    for (const std::string& target : targets)
      out.push_back({{name + "|target:" + target, *owner.target_limit},
                     whose + " for target " + core::make_visible(target, 80)});
  };
  if (wanted.rule) add("rule", wanted.rule->ref(), *wanted.rule);
  add("action", wanted.action.ref, wanted.action);
  return out;
}

std::vector<store::Bucket> buckets_of(const std::vector<Limit>& limits) {
  std::vector<store::Bucket> out;
  for (const Limit& limit : limits) out.push_back(limit.bucket);
  return out;
}

std::optional<Refusal> by_rate(store::Tx& tx, const Wanted& wanted,
                               const std::vector<std::string>& targets) {
  const auto limits = limits_on(wanted, targets);
  const auto empty = store::take_tokens(tx, buckets_of(limits));
  if (!empty) return std::nullopt;
  const Limit& limit = limits.at(empty->which);
  const core::RateLimit& rate = limit.bucket.limit;
  const int left = core::tokens_left(rate, empty->full_at, empty->now);
  const auto next = core::format_instant(core::next_token_at(rate, empty->full_at, empty->now));
  return Refusal{"rate_limited",
                 "the rate limit of " + limit.whose + ", " + std::to_string(rate.limit) + " in " +
                     core::format_duration(rate.per) + ", is reached: " + std::to_string(left) +
                     " of " + std::to_string(rate.limit) + " left",
                 "The next one passes at " + next + ", all of them are back at " +
                     core::format_instant(empty->full_at),
                 {{"kind", "rate_limit"},
                  {"limit", limit.bucket.name},
                  {"left", left},
                  {"of", rate.limit},
                  {"per", core::format_duration(rate.per)},
                  {"next", next},
                  {"full", core::format_instant(empty->full_at)}}};
}

}  // namespace

std::optional<Refusal> Guardrails::refuse(store::Tx& tx, const Snapshot& now,
                                          const Wanted& wanted) const {
  const core::Wish wish = wish_of(now, wanted);
  if (auto refusal = by_environment(now, wanted, wish)) return refusal;
  if (auto refusal = by_breaker(tx, now, breakers_, wanted)) return refusal;
  if (auto refusal = by_freeze(tx, now, wanted, wish)) return refusal;
  if (wanted.held) return std::nullopt;  // it is not going to run as yet
  return by_rate(tx, wanted, wish.targets);
}

std::vector<Refusal> Guardrails::in_the_way(store::Tx& tx, const Snapshot& now,
                                            const Wanted& wanted) const {
  const core::Wish wish = wish_of(now, wanted);
  Wanted look = wanted;
  look.held = true;  // so that a breaker gives no probe away
  std::vector<Refusal> out;
  for (auto refusal : {by_environment(now, look, wish), by_breaker(tx, now, breakers_, look),
                       by_freeze(tx, now, look, wish), by_rate(tx, look, wish.targets)}) {
    if (refusal) out.push_back(std::move(*refusal));
  }
  const bool took = std::ranges::none_of(out, [](const Refusal& one) {
    return std::string_view(one.verdict) == "rate_limited";
  });
  if (took) store::give_tokens_back(tx, buckets_of(limits_on(look, wish.targets)));
  return out;
}

void Guardrails::asked(store::Tx& tx, const Wanted& wanted, core::RunId run, bool created) const {
  if (wanted.held) return;
  if (!created) {
    const auto now = deps_.current.get();
    const auto limits = limits_on(wanted, imagine(*now, wanted).plan->targets);
    return store::give_tokens_back(tx, buckets_of(limits));
  }
  if (wanted.rule && !wanted.by_person) breakers_.fired(tx, *wanted.rule, run, wanted.event);
}

std::string in_words(const Refusal& refusal) { return refusal.why + ". " + refusal.lift; }

}  // namespace countersign::engine
