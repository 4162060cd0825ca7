#include "bot/engine/promotions.h"

#include <algorithm>
#include <array>

#include "bot/engine/backtest_words.h"
#include "bot/engine/backtester.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr std::size_t kListed = 10;                  // runs that the plan shows
constexpr std::chrono::seconds kPatience{20};  // for a backtest, while other plans wait
constexpr std::array kNames{"live", "dry", "unpromoted"};

core::Outcome failed(const std::string& why) {
  return {core::OutcomeClass::failed, 0, "", false, why, {}};
}

// What people agree to: this content and no other.
std::string promise(const core::Rule& rule) {
  return "Makes " + rule.ref() + " live for its content " + rule.content_hash.substr(0, 16) +
         ": " + rule.action + " is no longer only shown.\n";
}

std::string when(core::Instant at) {
  return core::format_instant(std::chrono::floor<std::chrono::seconds>(at));
}

}  // namespace

std::string_view name(Liveness liveness) {
  return kNames.at(static_cast<std::size_t>(liveness));
}

Liveness liveness(store::Tx& tx, const Snapshot& now, const core::Rule& rule) {
  const bool wants = rule.mode == core::RuleMode::live;
  if (!rule.promotable) return Liveness::dry;
  if (wants && !now.settings.promotion_required) return Liveness::live;
  if (store::is_promoted(tx, rule.ref(), rule.content_hash)) return Liveness::live;
  return wants ? Liveness::unpromoted : Liveness::dry;
}

void Promotions::begin_trials(store::Tx& tx, const Snapshot& now) {
  std::vector<std::string> rules;
  for (const core::Rule& rule : now.catalog->rules) rules.push_back(rule.ref());
  store::begin_trials(tx, rules);
}

Result<const core::Rule*> Promotions::promotable(store::Tx& tx, const Snapshot& now,
                                                 const std::string& ref) const {
  const core::Rule* rule = now.catalog->rule(ref);
  if (!rule) return not_found("there is no rule " + core::make_visible(ref, 80));
  if (!rule->enabled) return refused("rule " + ref + " is disabled");
  if (!rule->promotable)
    return refused("the file of rule " + ref + " says that it is to stay a dry run (" + rule->file +
                   ")");
  if (liveness(tx, now, *rule) == Liveness::live)
    return refused("rule " + ref + " is live already, with this content");
  const auto since = store::trial_since(tx, ref);
  const core::Duration trial = now.settings.min_dry_run;
  if (!since || tx.now() < *since + trial)
    return refused("rule " + ref + " has to be a dry run for " + core::format_duration(trial) +
                   " first" + (since ? ", until " + when(*since + trial) : "") +
                   " (promotion.min_dry_run)");
  return rule;
}

Result<Json> Promotions::wish(store::Tx& tx, const std::string& ref, core::Duration back) const {
  const auto rule = promotable(tx, *deps_.current.get(), ref);
  if (!rule) return rule.error();
  const auto until = std::chrono::floor<std::chrono::milliseconds>(tx.now());
  return Json{{"rule", ref},
              {"since", core::format_instant(until - back)},
              {"until", core::format_instant(until)}};
}

core::Outcome Promotions::carry_out(const core::RunRequest& request) {
  const Json parameters = request.call.value("with", Json::object());
  const auto snapshot = deps_.current.get();
  const auto rule = deps_.db.transact("promotable", [&](store::Tx& tx) {
    return promotable(tx, *snapshot, parameters.value("rule", ""));
  });
  if (!rule) return failed(rule.error().message);
  if (!request.dry) return promote(request, **rule);
  const auto from = core::parse_instant(parameters.value("since", ""));
  const auto until = core::parse_instant(parameters.value("until", ""));
  if (!from || !until || *from >= *until)
    return failed("since and until must be moments such as 2026-01-31T18:00:00Z, in this order");
  BacktestOrder order{*from, *until, {(*rule)->ref()}, 1, {}, {}};
  const auto begun = std::chrono::steady_clock::now();
  order.stop = [&] { return std::chrono::steady_clock::now() - begun > kPatience; };
  const auto report = backtest(deps_.db, *snapshot, order);
  if (!report)
    return failed("the backtest takes too long to be done while others wait; ask for a shorter "
                  "time, as in promote RULE 3d");
  return {core::OutcomeClass::ok,
          0,
          promise(**rule) + rule_report_text(*report, report->rules.front(), kListed),
          false,
          "",
          {}};
}

core::Outcome Promotions::promote(const core::RunRequest& request, const core::Rule& rule) {
  return deps_.db.transact("promote", [&](store::Tx& tx) {
    const auto reference = parse_reference(request.run);
    const auto run = reference ? store::lock_run(tx, reference->run) : std::nullopt;
    if (!run || !run->approval) return failed("nobody has approved it");
    if (run->state != core::RunState::executing || run->fence != request.fence)
      return failed("somebody else has it meanwhile");  // I7
    if (!run->plan || !run->plan->dry_run_output.starts_with(promise(rule)))
      return failed("the rule has changed since it was approved");
    const store::Promotion promotion{0, run->approval, rule.ref(), rule.content_hash, {}};
    if (!store::promote(tx, promotion, {run->requester, run->requester_name}))
      return core::Outcome{core::OutcomeClass::ok, 0, "promoted before", false, "", {}};
    store::add_audit(tx, {"replica:" + deps_.replica,
                          "rule.promoted",
                          "rule:" + rule.ref(),
                          run->correlation,
                          {{"run", run->id.value}, {"hash", rule.content_hash}},
                          {}});
    return core::Outcome{core::OutcomeClass::ok,
                         0,
                         rule.ref() + " is live for its content " +
                             rule.content_hash.substr(0, 16) + ". Another content is a dry run.",
                         false,
                         "",
                         {}};
  });
}

Result<void> Promotions::demote(store::Tx& tx, const std::string& rule, const core::Person& who,
                                const std::string& why, const core::Event& order) const {
  const auto ended = store::end_promotion(tx, rule, who, why);
  if (!ended) return refused("rule " + core::make_visible(rule, 80) + " is not promoted");
  store::add_audit(tx, {who.key,
                        "rule.demoted",
                        "rule:" + rule,
                        order.correlation,
                        {{"why", why}, {"name", who.name}, {"hash", ended->rule_hash}},
                        {}});
  return {};
}

}  // namespace countersign::engine
