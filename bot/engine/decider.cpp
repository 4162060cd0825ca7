#include "bot/engine/decider.h"

#include <algorithm>

#include "bot/core/text_template.h"
#include "bot/engine/ask.h"
#include "bot/engine/dead_letter_words.h"
#include "bot/engine/faults.h"
#include "bot/engine/narrate.h"
#include "bot/engine/promotions.h"
#include "bot/engine/refs.h"
#include "bot/obs/log.h"
#include "bot/store/audit.h"
#include "bot/store/outbox.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr core::Duration kLease = std::chrono::seconds(30);

std::int64_t new_keys_of(const Snapshot& now, const std::string& source) {
  const auto found = std::ranges::find(now.settings.sources, source, &config::Source::name);
  return found == now.settings.sources.end() ? config::Source::kNewKeysPerMinute
                                             : found->new_keys_per_minute;
}

std::string flood_words(const std::string& source, std::int64_t limit) {
  return "source " + source + " has had its " + std::to_string(limit) +
         " new alerts and window keys of this minute";
}

}  // namespace

bool Decider::run_once(const std::stop_token& stop) {
  deps_.signals.door.give_way(stop);
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
      decisions_.clear();
      const auto finished = store::finish_events(tx, claimed);
      const core::Instant at = tx.now();
      for (const auto& one : claimed) {
        if (finished.contains(one.event.id)) decide_by_rules(tx, *now, at, one);
      }
      write_decisions(tx);
      crash_point("decide.before_commit");
    });
  }
  crash_point("decide.after_commit");
  if (asked_.to_plan > 0) deps_.signals.planned.ring();
  for (int i = 0; i < asked_.to_start; ++i) deps_.signals.ready.ring();
  deps_.signals.outbox.ring();
}

void Decider::write_decisions(store::Tx& tx) {
  store::add_decisions(tx, decisions_);
  decisions_.clear();
}

void Decider::decide_by_rules(store::Tx& tx, const Snapshot& now, core::Instant at,
                              const store::ClaimedEvent& claimed) {
  const core::Event& event = claimed.event;
  const auto record = [&](store::Decision d) {
    d.event = event.id;
    decisions_.push_back({event.received_at, std::move(d)});
  };
  if (claimed.replay)
    return record({.rule = "-",
                   .verdict = "replay",
                   .detail = {{"why", "the same body came before under another delivery id"}}});
  Case c{tx, now, at, event, {}, new_keys_of(now, event.source)};
  c.episode = store::observe_series(tx, event, c.new_keys);
  tell_of_flood(c, c.episode.new_keys);
  if (c.episode.turn == core::Turn::refused)
    return record({.rule = "-",
                   .verdict = "rate_limited",
                   .detail = {{"why", flood_words(event.source, c.new_keys)}}});
  if (c.episode.turn == core::Turn::ended) cancel_waiting(c);
  auto decisions = ask_rules(c);
  if (decisions.empty()) decisions.push_back(no_rule(event.trigger));
  std::ranges::for_each(decisions, record);
  if (c.held || (c.episode.changed() && !c.episode.held_by_rules.empty()))
    flapping_.tell(tx, event);
}

std::vector<store::Decision> Decider::ask_rules(Case& c) {
  const core::Matching matching(c.event, c.now.settings.environments, c.at);
  std::vector<store::Decision> decisions;
  for (const Judgement& judgement : judge(*c.now.rules(), matching))
    decisions.push_back(judgement.verdict.matched() ? apply(c, judgement)
                                                    : recorded(judgement, "no_match"));
  return decisions;
}

store::Decision Decider::apply(Case& c, const Judgement& judgement) {
  const core::Rule& rule = *judgement.rule;
  store::Decision decision = recorded(judgement, "rule_error");
  const core::Action* action = c.now.catalog->action(rule.action);
  const auto parameters = core::rule_parameters(rule, c.event);
  if (!action || !parameters) {
    decision.detail["why"] = action ? parameters.error().message : "unknown action " + rule.action;
    return decision;
  }
  // What makes two events ask for the same run: the rule's own key in its window, the alert's
  // episode, or nothing at all.
  std::optional<std::string> identity = "event:" + c.event.id.text();
  if (c.episode.turn != core::Turn::none) {
    decision.detail["episode"] = {{"turn", core::name(c.episode.turn)},
                                  {"began_by", c.episode.began_by.value}};
    if (const char* why = core::why_inert(c.episode.turn)) {
      decision.verdict = c.episode.turn == core::Turn::late ? "duplicate" : "no_match";
      decision.detail["why"] = why;
      return decision;
    }
    identity = "series:" + c.event.source + ":" + c.event.series + ":" + c.event.status + ":" +
               std::to_string(c.episode.number);
  }
  if (rule.dedup) identity = pass_window(c, rule, decision);
  if (identity) ask(c, rule, *action, *parameters, *identity, decision);
  return decision;
}

std::optional<std::string> Decider::pass_window(Case& c, const core::Rule& rule,
                                                store::Decision& decision) {
  const auto key = core::TextTemplate::parse(rule.dedup->key)->render({{"trigger", c.event.body}});
  if (!key) {
    decision.detail["why"] = "dedup key: " + key.error().message;
    return std::nullopt;
  }
  const auto hit = store::meet_window(c.tx, rule.ref(), *key, *rule.dedup, c.event, c.new_keys);
  tell_of_flood(c, hit.new_keys);
  if (hit.refused) {
    decision.verdict = "rate_limited";
    decision.detail["why"] = flood_words(c.event.source, c.new_keys);
    return std::nullopt;
  }
  decision.detail["window"] = {{"key", *key},
                               {"length", core::format_duration(rule.dedup->window)},
                               {"mode", core::name(rule.dedup->mode)},
                               {"number", hit.number},
                               {"place", hit.place},
                               {"until", core::format_instant(hit.open_until)},
                               {"opened_by", hit.opened_by.value}};
  if (hit.passed) return "window:" + *key + ":" + std::to_string(hit.number);
  decision.verdict = "duplicate";
  write_decisions(c.tx);  // the event that opened the window may be one of these
  const auto decisions = store::decisions_of(c.tx, hit.opened_by);
  const auto first = std::ranges::find(decisions, rule.ref(), &store::Decision::rule);
  if (first != decisions.end()) decision.run = first->run;
  return std::nullopt;
}

void Decider::ask(Case& c, const core::Rule& rule, const core::Action& action,
                  const Json& parameters, const std::string& identity, store::Decision& decision) {
  const Liveness life = liveness(c.tx, c.now, rule);
  const bool simulated = life != Liveness::live;
  if (life == Liveness::unpromoted) decision.detail["why"] = "this content is not promoted";
  const auto flaps = core::flapping(c.episode, rule, c.event.received_at);
  const bool hold = flaps && action.tier != core::Tier::read_only;
  if (flaps)
    decision.detail["flapping"] = {
        {"changes", flaps->changes},
        {"limit", rule.flapping.changes},
        {"within", core::format_duration(rule.flapping.within)},
        {"until", core::format_instant(flaps->last + rule.flapping.within)},
        {"held", hold}};
  const Wanted wanted{action, &rule, parameters, c.event, false, hold};
  if (const auto refusal = simulated ? std::nullopt : guardrails_.refuse(c.tx, c.now, wanted)) {
    decision.verdict = refusal->verdict;
    decision.detail["why"] = in_words(*refusal);
    decision.detail["guardrail"] = refusal->detail;
    return;
  }
  AtOnce at_once{planner_};
  Ask ask{action, &rule, c.event, parameters, {}, places_for(c.now, &rule), identity, simulated};
  ask.hold = hold;
  if (!hold) ask.at_once = &at_once;
  const auto [run, created] = ask_for_run(c.tx, c.now, ask);
  decision.run = run;
  if (!simulated) guardrails_.asked(c.tx, wanted, run, created);
  if (!created) {
    decision.verdict = c.episode.turn == core::Turn::repeat ? "duplicate" : "joined_run";
    return;
  }
  decision.verdict = flaps ? "flapping" : simulated ? "dry_run" : "run_created";
  if (hold) {
    flapping_.hold(c.tx, c.event, rule, *flaps, run);
    c.held = true;
  } else {
    ++(at_once.done ? asked_.to_start : asked_.to_plan);
  }
}

// Never one that executes: its worker has it.
void Decider::cancel_waiting(Case& c) {
  const std::string why = "the alert was resolved by event " + show(c.event.id);
  for (const core::Run& run : store::waiting_runs_of_series(c.tx, c.event.source, c.event.series)) {
    if (core::on_resolve(c.now.catalog->rule(run.rule), run.tier) == core::OnResolve::keep)
      continue;
    if (run.state == core::RunState::held) {
      flapping_.drop(c.tx, run, why);
    } else {
      commander_.cancel_run(c.tx, run.id, "alert:resolved", why);
    }
  }
}

// Only the first one of its minute that was too many is counted beyond the limit.
void Decider::tell_of_flood(Case& c, std::int64_t counted) {
  if (counted <= c.new_keys) return;
  const auto message = note(
      core::Tone::warning, "Source " + c.event.source + " sends too much that is new",
      {{core::plain(flood_words(c.event.source, c.new_keys) +
                    ". For the rest of the minute, what was never heard of before is recorded and "
                    "not acted upon. What is known goes on, and so do other sources.")},
       {core::plain("trace "), core::code(c.event.correlation.text())}});
  for (const auto& place : places_for(c.now, nullptr))
    announcer_.reply(c.tx, place, c.event, message);
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
