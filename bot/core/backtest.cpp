#include "bot/core/backtest.h"

#include <algorithm>

#include "bot/core/token_bucket.h"

namespace countersign::core {
namespace {

constexpr std::array<std::string_view, kFates> kNames{"run",     "again", "held",
                                                      "limited", "inert", "error"};
constexpr Duration kDay = std::chrono::hours(24);

struct Limit {
  std::string bucket;
  RateLimit rate;
};

// As the engine's guardrails name them.
std::vector<Limit> limits_on(const Rule& rule, const Action& action,
                             const std::vector<std::string>& targets) {
  std::vector<Limit> out;
  const auto add = [&](const std::string& name, const auto& owner) {
    if (owner.rate_limit) out.push_back({name, *owner.rate_limit});
    for (const std::string& target : targets) {
      if (owner.target_limit) out.push_back({name + "|target:" + target, *owner.target_limit});
    }
  };
  add("rule:" + rule.ref(), rule);
  add("action:" + action.ref, action);
  return out;
}

Json ids_of(const std::vector<EventId>& events) {
  Json out = Json::array();
  for (const EventId event : events) out.push_back("E" + event.text());
  return out;
}

Json happenings_of(const RuleReport& rule) {
  Json out = Json::array();
  for (const Happening& h : rule.happenings) {
    out.push_back({{"event", "E" + h.event.text()},
                   {"at", format_instant(h.at)},
                   {"what", name(h.fate)},
                   {"parameters", h.parameters},
                   {"targets", h.targets}});
    if (!h.error.empty()) out.back()["error"] = h.error;
  }
  return out;
}

}  // namespace

std::string_view name(Fate fate) { return kNames.at(static_cast<std::size_t>(fate)); }

void to_json(Json& j, const BacktestReport& report) {
  j = Json{{"from", format_instant(report.from)},
           {"until", format_instant(report.until)},
           {"events", report.events},
           {"gone", report.gone},
           {"rules", Json::array()}};
  for (const RuleReport& rule : report.rules) {
    Json fates = Json::object();
    for (int i = 0; i < kFates; ++i)
      fates[std::string(kNames.at(static_cast<std::size_t>(i)))] = rule.of(static_cast<Fate>(i));
    j["rules"].push_back({{"rule", rule.rule},
                          {"hash", rule.rule_hash},
                          {"action", rule.action},
                          {"mode", name(rule.mode)},
                          {"matched", rule.matched},
                          {"fates", fates},
                          {"per_day", rule.per_day},
                          {"happenings", happenings_of(rule)},
                          {"only_now", {{"count", rule.only_now_count}, {"events", ids_of(rule.only_now)}}},
                          {"only_then", {{"count", rule.only_then_count}, {"events", ids_of(rule.only_then)}}}});
  }
}

Backtest::Backtest(std::vector<Subject> rules, Instant from, Instant until)
    : subjects_(std::move(rules)) {
  report_.from = from;
  report_.until = until;
  const auto days = static_cast<std::size_t>(std::max<std::int64_t>(
      1, (until - from + kDay - Duration(1)) / kDay));
  for (const Subject& subject : subjects_) {
    RuleReport rule;
    rule.rule = subject.rule->ref();
    rule.rule_hash = subject.rule->content_hash;
    rule.action = subject.rule->action;
    rule.mode = subject.rule->mode;
    rule.per_day.resize(days);
    report_.rules.push_back(std::move(rule));
  }
}

void Backtest::meet(const PastEvent& past) {
  ++report_.events;
  const Episode episode = episodes_.observe(past.event, past.starts);
  for (const Fit& fit : past.fits) {
    const Subject& subject = subjects_.at(fit.rule);
    RuleReport& rule = report_.rules.at(fit.rule);
    const Instant at = past.event.received_at;
    const Fate fate = fate_of(subject, fit, past, episode);
    ++rule.matched;
    ++rule.fates.at(static_cast<std::size_t>(fate));
    if (fate == Fate::run)
      ++rule.per_day.at(std::min(rule.per_day.size() - 1,
                                 static_cast<std::size_t>((at - report_.from) / kDay)));
    const bool listed = fate == Fate::run || fate == Fate::held || fate == Fate::error;
    if (listed && rule.happenings.size() < kListed)
      rule.happenings.push_back(
          {past.event.id, at, fate, fit.parameters, fit.targets, fit.error});
  }
  compare(past);
}

Fate Backtest::fate_of(const Subject& subject, const Fit& fit, const PastEvent& past,
                       const Episode& episode) {
  if (!fit.error.empty() || !subject.action) return Fate::error;
  if (why_inert(episode.turn)) return Fate::inert;
  const Event& event = past.event;
  const Instant at = event.received_at;
  if (subject.rule->dedup &&
      !windows_.passes(subject.rule->ref(), fit.window_key, *subject.rule->dedup, at))
    return Fate::again;
  const bool held = subject.action->tier != Tier::read_only &&
                    flapping(episode, *subject.rule, at).has_value();
  if (!new_identity(subject, fit, event, episode)) return Fate::again;
  if (held) return Fate::held;
  return limited(subject, fit, at) ? Fate::limited : Fate::run;
}

// One token from each bucket, or none from any.
bool Backtest::limited(const Subject& subject, const Fit& fit, Instant at) {
  const auto limits = limits_on(*subject.rule, *subject.action, fit.targets);
  const auto full_at = [&](const Limit& limit) {
    const auto known = buckets_.find(limit.bucket);
    return known == buckets_.end() ? at : std::max(at, known->second);
  };
  const auto is_empty = [&](const Limit& limit) {
    return tokens_left(limit.rate, full_at(limit), at) == 0;
  };
  if (std::ranges::any_of(limits, is_empty)) return true;
  for (const Limit& limit : limits)
    buckets_[limit.bucket] = full_at(limit) + token_step(limit.rate);
  return false;
}

// One run for each state of each episode; a window that was passed is an identity of its own.
bool Backtest::new_identity(const Subject& subject, const Fit& fit, const Event& event,
                            const Episode& episode) {
  if (subject.rule->dedup || episode.turn == Turn::none) return true;
  const std::string identity = std::to_string(fit.rule) + " " + event.source + " " + event.series +
                               " " + event.status + " " + std::to_string(episode.number);
  return asked_.insert(identity).second;
}

void Backtest::compare(const PastEvent& past) {
  std::set<std::string> now;
  for (const Fit& fit : past.fits) {
    RuleReport& rule = report_.rules.at(fit.rule);
    now.insert(rule.rule);
    if (past.then.contains(rule.rule)) continue;
    if (++rule.only_now_count <= static_cast<std::int64_t>(kListed))
      rule.only_now.push_back(past.event.id);
  }
  for (const auto& [ref, verdict] : past.then) {
    if (now.contains(ref)) continue;
    const auto known = std::ranges::find(report_.rules, ref, &RuleReport::rule);
    if (known == report_.rules.end()) {
      ++report_.gone[ref];
    } else if (++known->only_then_count <= static_cast<std::int64_t>(kListed)) {
      known->only_then.push_back(past.event.id);
    }
  }
}

}  // namespace countersign::core
