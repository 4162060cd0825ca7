#include "bot/engine/judge.h"

#include <exception>
#include <utility>

namespace countersign::engine {
namespace {

constexpr std::size_t kWhileTheSenderWaits = 64;  // rules

// All but the body, which is large and is lent.
core::Event event_of(const core::Incoming& in) {
  core::Event event;
  event.source = in.source;
  event.trigger = in.trigger;
  event.body_note = in.body_note;
  event.status = in.status;
  return event;
}

bool can_be_foregone(const core::RuleIndex& rules, const core::Incoming& in) {
  if (!in.series.empty() || core::reserved_trigger(in.trigger)) return false;
  return rules.of_trigger(in.trigger).size() <= kWhileTheSenderWaits &&
         !rules.asks_clock(in.trigger);
}

}  // namespace

std::vector<Judgement> judge(const core::RuleIndex& rules, const core::Matching& matching) {
  std::vector<Judgement> judgements;
  for (const core::CompiledRule& rule : rules.of_trigger(matching.trigger())) {
    core::Verdict verdict = matching.ask(rule);
    if (verdict.why != core::Why::other_trigger)
      judgements.push_back({rule.rule, std::move(verdict)});
  }
  return judgements;
}

store::Decision recorded(const Judgement& judgement, std::string what) {
  const auto& [rule, verdict] = judgement;
  return {.rule = rule->ref(),
          .rule_hash = rule->content_hash,
          .verdict = std::move(what),
          .detail = {{"why", core::name(verdict.why)},
                     {"criteria", verdict.criteria},
                     {"detail", verdict.detail}}};
}

store::Decision no_rule(const std::string& trigger) {
  return {
      .rule = "-", .verdict = "no_match", .detail = {{"why", "no rule is for trigger " + trigger}}};
}

std::vector<store::Decision> foregone(const Snapshot& now, core::Incoming& in) {
  const auto rules = now.rules();
  if (!can_be_foregone(*rules, in)) return {};
  core::Event event = event_of(in);
  event.body = std::move(in.body);
  core::Matching matching(std::move(event), now.settings.environments, core::Instant());
  std::vector<Judgement> judgements;
  bool undecided = true;
  try {
    undecided = !rules->matching(matching).empty();
    if (!undecided) judgements = judge(*rules, matching);
  } catch (const std::exception&) {
    undecided = true;  // the decider meets it again, and knows what to do about it
  }
  in.body = std::move(matching).take_body();
  if (undecided) return {};
  if (judgements.empty()) return {no_rule(in.trigger)};
  std::vector<store::Decision> decisions;
  for (const Judgement& judgement : judgements)
    decisions.push_back(recorded(judgement, "no_match"));
  return decisions;
}

}  // namespace countersign::engine
