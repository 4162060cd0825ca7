#include "bot/engine/decider.h"

#include <algorithm>

#include "bot/core/text_template.h"
#include "bot/engine/ask.h"
#include "bot/engine/dead_letter_words.h"
#include "bot/engine/faults.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/audit.h"
#include "bot/store/outbox.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr core::Duration kLease = std::chrono::seconds(30);

Json detail_of(const core::Verdict& verdict) {
  return {
      {"why", core::name(verdict.why)}, {"criteria", verdict.criteria}, {"detail", verdict.detail}};
}

}  // namespace

bool Decider::run_once(const std::stop_token& stop) {
  const auto claimed = deps_.db.transact_relaxed("claim events", [&](store::Tx& tx) {
    return store::claim_events(tx, deps_.replica, 8, kLease);
  });
  if (!claimed.empty()) crash_point("decide.claimed");
  if (together(claimed)) return true;
  for (std::size_t i = 0; i < claimed.size() && !stop.stop_requested(); ++i) {
    const auto& event = claimed[i];
    try {
      decide(std::span(&event, 1));
    } catch (const store::StoreError& e) {
      if (e.kind() == ErrorKind::unavailable || e.kind() == ErrorKind::in_doubt)
        throw;  // the lease brings the event back
      failed(event, e.what());
    } catch (const std::exception& e) {
      failed(event, e.what());
    }
  }
  return !claimed.empty();
}

// Several events in one transaction, which costs less than one for each. False: each has to go
// alone, because it is a command or because one of them cannot be decided.
bool Decider::together(const std::vector<store::ClaimedEvent>& claimed) {
  const auto is_command = [](const auto& one) { return one.event.trigger == core::kChatCommand; };
  if (claimed.size() < 2 || std::ranges::any_of(claimed, is_command)) return false;
  try {
    decide(claimed);
    return true;
  } catch (const store::StoreError& e) {
    if (e.kind() == ErrorKind::unavailable || e.kind() == ErrorKind::in_doubt) throw;
  } catch (const std::exception&) {
  }
  return false;
}

void Decider::decide(std::span<const store::ClaimedEvent> claimed) {
  const auto now = deps_.current.get();
  asked_ = {};
  if (claimed.front().event.trigger == core::kChatCommand) {
    commander_.obey(*now, claimed.front());
    asked_.to_plan = 1;
  } else {
    deps_.db.transact_relaxed("decide", [&](store::Tx& tx) {
      asked_ = {};
      for (const auto& one : claimed) {
        if (store::finish_event(tx, one.event.id, one.fence)) decide_by_rules(tx, *now, one);
      }
      crash_point("decide.before_commit");
    });
  }
  crash_point("decide.after_commit");
  if (asked_.to_plan > 0) deps_.signals.planned.ring();
  for (int i = 0; i < asked_.to_start; ++i) deps_.signals.ready.ring();
  deps_.signals.outbox.ring();
}

void Decider::decide_by_rules(store::Tx& tx, const Snapshot& now,
                              const store::ClaimedEvent& claimed) {
  const core::Event& event = claimed.event;
  const auto record = [&](store::Decision d) {
    d.event = event.id;
    store::add_decision(tx, d);
  };
  if (claimed.replay)
    return record({.rule = "-",
                   .verdict = "replay",
                   .detail = {{"why", "the same body came before under another delivery id"}}});
  const auto episode = store::observe_series(tx, event);
  if (event.status == "resolved") cancel_waiting(tx, event);
  bool any = false;
  const core::Instant at = tx.now();
  for (const core::Rule& rule : now.catalog->rules) {
    const auto verdict = core::match(rule, event, now.settings.environments, at);
    if (verdict.why == core::Why::other_trigger) continue;
    any = true;
    if (verdict.matched()) {
      record(apply(tx, now, event, rule, verdict, episode));
    } else {
      record({.rule = rule.ref(),
              .rule_hash = rule.content_hash,
              .verdict = "no_match",
              .detail = detail_of(verdict)});
    }
  }
  if (!any)
    record({.rule = "-",
            .verdict = "no_match",
            .detail = {{"why", "no rule is for trigger " + event.trigger}}});
}

store::Decision Decider::apply(store::Tx& tx, const Snapshot& now, const core::Event& event,
                               const core::Rule& rule, const core::Verdict& verdict,
                               const store::Episode& episode) {
  store::Decision decision{.rule = rule.ref(),
                           .rule_hash = rule.content_hash,
                           .verdict = "rule_error",
                           .detail = detail_of(verdict)};
  const core::Action* action = now.catalog->action(rule.action);
  const auto parameters = core::rule_parameters(rule, event);
  if (!action || !parameters) {
    decision.detail["why"] = action ? parameters.error().message : "unknown action " + rule.action;
    return decision;
  }
  // What makes two events ask for the same run: the rule's own key in its window, the alert's
  // episode, or nothing at all.
  std::string identity = "event:" + event.id.text();
  if (!event.series.empty())
    identity = "series:" + event.source + ":" + event.series + ":" + event.status + ":" +
               std::to_string(episode.number);
  if (rule.dedup) {
    const auto key = core::TextTemplate::parse(rule.dedup->key)->render({{"trigger", event.body}});
    if (!key) {
      decision.detail["why"] = "dedup key: " + key.error().message;
      return decision;
    }
    const auto hit = store::hit_window(tx, rule.ref(), *key, *rule.dedup, event.id);
    decision.detail["window"] = {{"key", *key},
                                 {"length", core::format_duration(rule.dedup->window)},
                                 {"number", hit.number},
                                 {"opened_by", hit.opened_by.value}};
    if (!hit.passed) {
      decision.verdict = "duplicate";
      const auto decisions = store::decisions_of(tx, hit.opened_by);
      const auto first = std::ranges::find(decisions, rule.ref(), &store::Decision::rule);
      if (first != decisions.end()) decision.run = first->run;
      return decision;
    }
    identity = "window:" + *key + ":" + std::to_string(hit.number);
  }
  const bool simulated = rule.mode == core::RuleMode::dry_run;
  if (const auto limit = simulated ? std::nullopt : over_limit(tx, *action, &rule)) {
    decision.verdict = "rate_limited";
    decision.detail["why"] = *limit;
    return decision;
  }
  AtOnce at_once{planner_};
  Ask ask{*action, &rule, event, *parameters, {}, places_for(now, &rule), identity, simulated};
  ask.at_once = &at_once;
  const auto [run, created] = ask_for_run(tx, now, ask);
  if (created) ++(at_once.done ? asked_.to_start : asked_.to_plan);
  decision.run = run;
  decision.verdict = !created ? "joined_run" : simulated ? "dry_run" : "run_created";
  return decision;
}

void Decider::cancel_waiting(store::Tx& tx, const core::Event& event) {
  for (const core::RunId id : store::waiting_runs_of_series(tx, event.source, event.series)) {
    commander_.cancel_run(tx, id, "alert:resolved",
                          "the alert was resolved by event " + show(event.id));
  }
}

void Decider::failed(const store::ClaimedEvent& claimed, const std::string& why) {
  obs::error("an event could not be decided", {{"event", claimed.event.id.text()},
                                               {"attempt", std::to_string(claimed.attempt)},
                                               {"why", why}});
  deps_.db.transact("event failed", [&](store::Tx& tx) {
    if (claimed.attempt < kTries)
      return store::delay_event(tx, claimed.event.id, claimed.fence,
                                core::backoff(claimed.attempt));
    const auto letter = store::bury_event(tx, claimed.event.id, claimed.fence, why);
    if (!letter) return;  // somebody else has it
    const auto now = deps_.current.get();
    const auto message =
        note(core::Tone::bad,
             "Event " + show(claimed.event.id) + " could not be decided and is a dead letter now.",
             {{core::plain(core::make_visible(why, 300))},
              {core::plain(what_next(letter, now->settings.command_prefix))},
              {core::plain("trace "), core::code(claimed.event.correlation.text())}});
    for (const auto& place : places_for(*now, nullptr))
      announcer_.reply(tx, place, claimed.event, message);
  });
}

}  // namespace countersign::engine
