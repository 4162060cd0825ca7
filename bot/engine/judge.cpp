#include "bot/engine/judge.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace countersign::engine {
namespace {

constexpr std::ptrdiff_t kWhileTheSenderWaits = 64;  // rules

// All but the body, which is large and is lent.
core::Event event_of(const core::Incoming& in) {
  core::Event event;
  event.source = in.source;
  event.trigger = in.trigger;
  event.body_note = in.body_note;
  event.status = in.status;
  return event;
}

bool can_be_foregone(const Snapshot& now, const core::Incoming& in) {
  if (!in.series.empty() || core::reserved_trigger(in.trigger)) return false;
  const auto concerned = [&](const core::Rule& rule) { return rule.trigger == in.trigger; };
  const auto& rules = now.catalog->rules;
  return std::ranges::count_if(rules, concerned) <= kWhileTheSenderWaits &&
         std::ranges::none_of(rules, [&](const core::Rule& rule) {
           return concerned(rule) && core::asks_clock(rule);
         });
}

}  // namespace

std::vector<Judgement> judge(const Snapshot& now, const core::Matching& matching) {
  std::vector<Judgement> judgements;
  for (const core::Rule& rule : now.catalog->rules) {
    core::Verdict verdict = matching.ask(rule);
    if (verdict.why != core::Why::other_trigger) judgements.push_back({&rule, std::move(verdict)});
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
  if (!can_be_foregone(now, in)) return {};
  core::Event event = event_of(in);
  event.body = std::move(in.body);
  core::Matching matching(std::move(event), now.settings.environments, core::Instant());
  std::vector<Judgement> judgements;
  bool trouble = false;
  try {
    judgements = judge(now, matching);
  } catch (const std::exception&) {
    trouble = true;  // the decider meets it again, and knows what to do about it
  }
  in.body = std::move(matching).take_body();
  const auto matched = [](const Judgement& one) { return one.verdict.matched(); };
  if (trouble || std::ranges::any_of(judgements, matched)) return {};
  if (judgements.empty()) return {no_rule(in.trigger)};
  std::vector<store::Decision> decisions;
  for (const Judgement& judgement : judgements)
    decisions.push_back(recorded(judgement, "no_match"));
  return decisions;
}

}  // namespace countersign::engine
