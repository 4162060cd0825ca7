#include "bot/store/promotions.h"

#include <algorithm>

#include "bot/store/events.h"
#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

Promotion promotion_of(const Row& r) {
  return {r.number("promotion_id"),
          {r.number("approval_id")},
          r.text("rule"),
          r.text("rule_hash"),
          r.instant("promoted_at")};
}

}  // namespace

void begin_trials(Tx& tx, const std::vector<std::string>& rules) {
  tx.exec(stmt::begin_trials, {text_array(rules)});
}

std::optional<core::Instant> trial_since(Tx& tx, const std::string& rule) {
  const Rows rows = tx.exec(stmt::trial_since, {rule});
  return rows.empty() ? std::nullopt : std::optional(rows[0].instant("since"));
}

bool is_promoted(Tx& tx, const std::string& rule, const std::string& rule_hash) {
  return tx.exec(stmt::is_promoted, {rule, rule_hash})[0].flag("promoted");
}

std::vector<Promotion> promotions_in_force(Tx& tx) {
  std::vector<Promotion> out;
  for (const Row r : tx.exec(stmt::promotions_in_force)) out.push_back(promotion_of(r));
  return out;
}

bool promote(Tx& tx, const Promotion& promotion, const core::Person& by) {
  if (!tx.exec(stmt::promotion_by, {promotion.approval.value}).empty()) return false;
  end_promotion(tx, promotion.rule, by, "promoted anew");
  tx.exec(stmt::promote, {promotion.approval.value, promotion.rule, promotion.rule_hash});
  return true;
}

std::optional<Promotion> end_promotion(Tx& tx, const std::string& rule, const core::Person& by,
                                       const std::string& why) {
  const Rows ended = tx.exec(stmt::end_promotion, {rule, by.key, by.name, why});
  return ended.empty() ? std::nullopt : std::optional(promotion_of(ended[0]));
}

Rows past_events(Tx& tx, const Past& past, core::EventId after, int n) {
  return tx.exec(stmt::past_events,
                 {past.from, past.until, text_array(past.triggers), after.value, n});
}

Matches past_matches(Tx& tx, const Rows& events) {
  Matches out;
  if (events.empty()) return out;
  std::vector<std::string> ids;
  core::Instant first = core::Instant::max(), last = core::Instant::min();
  for (const Row r : events) {
    ids.push_back(std::to_string(r.number("event_id")));
    first = std::min(first, r.instant("received_at"));
    last = std::max(last, r.instant("received_at"));
  }
  for (const Row r : tx.exec(stmt::past_matches, {text_array(ids), first, last}))
    out[core::EventId{r.number("event_id")}].emplace(r.text("rule"), r.text("verdict"));
  return out;
}

bool begin_dry_report(Tx& tx, const std::string& day) {
  return !tx.exec(stmt::begin_dry_report, {day}).empty();
}

std::vector<DryRuns> dry_runs_between(Tx& tx, core::Instant from, core::Instant until) {
  std::vector<DryRuns> out;
  for (const Row r : tx.exec(stmt::dry_runs_between, {from, until}))
    out.push_back({r.text("rule"), r.number("runs"), r.texts("targets")});
  return out;
}

}  // namespace countersign::store
