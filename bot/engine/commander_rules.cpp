// !rules, !backtest, !promote and !demote, !replay and !why-not: what rules do, would do and would
// have done.
#include <algorithm>

#include "bot/engine/ask.h"
#include "bot/engine/backtest_words.h"
#include "bot/engine/backtester.h"
#include "bot/engine/chain.h"
#include "bot/engine/commander.h"
#include "bot/engine/explain.h"
#include "bot/engine/narrate.h"
#include "bot/engine/outlook.h"
#include "bot/engine/overview.h"
#include "bot/engine/promotions.h"
#include "bot/engine/refs.h"
#include "bot/store/outbox.h"
#include "config/own_actions.h"

namespace countersign::engine {
namespace {

constexpr core::Duration kBack = std::chrono::hours(14 * 24);
constexpr std::size_t kRunsListed = 5;
constexpr std::chrono::seconds kPatience{3};

Commander::Reply sorry(std::string words) {
  return {note(core::Tone::bad, std::move(words)), true, {}};
}

// "[RULE] [3d]": a rule, how far back, or both; an Error names what is neither.
struct Span {
  std::string rule;  // as typed
  core::Duration back = kBack;
};
Result<Span> read_span(const std::vector<std::string>& words) {
  Span span;
  for (const std::string& word : words) {
    if (const auto length = core::parse_duration(word)) {
      span.back = *length;
    } else if (span.rule.empty()) {
      span.rule = word;
    } else {
      return invalid("I did not understand " + core::make_visible(word, 80) +
                     "; a time is written 14d or 12h");
    }
  }
  return span;
}

const core::Rule* rule_named(const config::Catalog& catalog, const std::string& name) {
  return catalog.rule(full_rule(catalog, name));
}

std::string unknown_rule(const config::Catalog& catalog, const std::string& name) {
  std::vector<std::string> known;
  for (const core::Rule& rule : catalog.rules) {
    known.push_back(rule.ref());
    known.push_back(rule.name);
  }
  const std::string near = config::nearest(name, known);
  return "There is no rule " + core::make_visible(name, 80) + "." +
         (near.empty() ? "" : " Did you mean " + near + "?");
}

std::string life_words(Liveness life) {
  return life == Liveness::live  ? "live"
         : life == Liveness::dry ? "dry run"
                                 : "dry run until promoted";
}

}  // namespace

Commander::Reply Commander::rules(store::Tx& tx, const Call& call) {
  const auto& catalog = *call.now.catalog;
  auto m = note(core::Tone::neutral, std::to_string(catalog.rules.size()) +
                                         (catalog.rules.size() == 1 ? " rule" : " rules"));
  const std::string& narrow = call.command.words.empty() ? "" : call.command.words.front();
  std::size_t left_out = 0;
  for (const core::Rule& rule : catalog.rules) {
    if (!narrow.empty() && rule.ref().find(narrow) == std::string::npos) continue;
    if (m.lines.size() >= Overview::kListed) {
      ++left_out;
      continue;
    }
    m.lines.push_back(
        {core::bold(rule.ref()),
         core::plain(" · " + (rule.enabled ? life_words(liveness(tx, call.now, rule)) : "disabled") +
                     " · " + rule.trigger + " → "),
         core::code(rule.action)});
  }
  if (left_out > 0)
    m.lines.push_back({core::plain("… and " + std::to_string(left_out) + " more: "),
                       core::code(call.now.settings.command_prefix + "rules WORD")});
  return {m, false, {}};
}

// Before the transaction: it may take its time, though not for long, because others wait.
Result<core::BacktestReport> Commander::test_back(const Call& call) const {
  const auto span = read_span(call.command.words);
  if (!span) return span.error();
  BacktestOrder order;
  order.until = deps_.db.transact("now", [](store::Tx& tx) { return tx.now(); });
  order.from = order.until - span->back;
  if (!span->rule.empty()) {
    const core::Rule* rule = rule_named(*call.now.catalog, span->rule);
    if (!rule) return not_found(unknown_rule(*call.now.catalog, span->rule));
    order.rules = {rule->ref()};
  }
  const auto begun = std::chrono::steady_clock::now();
  order.stop = [&] { return std::chrono::steady_clock::now() - begun > kPatience; };
  const auto report = engine::backtest(deps_.db, call.now, order);
  if (report) return report;
  return refused("That is too much to read while you wait. Take a shorter time, such as " +
                 call.now.settings.command_prefix +
                 "backtest RULE 1d, or countersign rules backtest on the command line");
}

Commander::Reply Commander::backtest(store::Tx&, const Call& call) {
  const auto& report = *call.report;
  if (!report) return sorry(report.error().message + ".");
  const bool one = !read_span(call.command.words)->rule.empty();
  auto m = note(core::Tone::neutral,
                "What would have run in the last " +
                    core::format_duration(read_span(call.command.words)->back));
  for (const core::RuleReport& rule : report->rules) {
    if ((rule.matched == 0 && !one) || m.lines.size() >= Overview::kListed) continue;
    m.lines.push_back({core::bold(rule.rule),
                       core::plain(": " + fates_words(rule) + "  " + chart(rule.per_day))});
  }
  if (m.lines.empty()) m.lines.push_back({core::plain("Nothing.")});
  if (one) m.block = rule_report_text(*report, report->rules.front(), kRunsListed);
  return {m, false, {}};
}

Commander::Reply Commander::promote(store::Tx& tx, const Call& call) {
  const auto& words = call.command.words;
  if (words.empty())
    return sorry("Write which rule: " + call.now.settings.command_prefix +
                 "promote RULE, and after it how far back it is to be tested if not 14d.");
  const core::Rule* rule = rule_named(*call.now.catalog, words.front());
  if (!rule) return sorry(unknown_rule(*call.now.catalog, words.front()));
  const auto back = words.size() > 1 ? core::parse_duration(words[1]) : std::nullopt;
  const auto parameters = Promotions(deps_).wish(tx, rule->ref(), back.value_or(kBack));
  if (!parameters) return sorry("Not now: " + parameters.error().message + ".");
  const core::Action& action = *call.now.catalog->action(config::kPromoteRule);
  if (const auto refusal =
          guardrails_.refuse(tx, call.now, {action, nullptr, *parameters, call.event}))
    return sorry("Not now: " + in_words(*refusal) + ".");
  const auto [run, created] = ask_for_run(tx, call.now,
                                          {action,
                                           nullptr,
                                           call.event,
                                           *parameters,
                                           call.who,
                                           {call.place},
                                           "command:" + call.event.id.text(),
                                           false});
  return {std::nullopt, false, run};
}

Commander::Reply Commander::demote(store::Tx& tx, const Call& call) {
  const auto& words = call.command.words;
  if (words.empty())
    return sorry("Write which rule: " + call.now.settings.command_prefix + "demote RULE why.");
  if (!may_switch(call)) return sorry("Only somebody who holds a role can do that.");
  const std::string ref = full_rule(*call.now.catalog, words.front());
  const std::string why = join({words.begin() + 1, words.end()}, " ");
  const auto done = Promotions(deps_).demote(tx, ref, call.who, why, call.event);
  if (!done) return sorry("Not done: " + done.error().message + ".");
  return {note(core::Tone::neutral, call.who.name + " has made " + ref + " a dry run again" +
                                        (why.empty() ? "." : ": " + core::make_visible(why, 300))),
          false,
          {}};
}

// The event named, or the one whose thread this is.
std::optional<core::Event> Commander::event_of(store::Tx& tx, const Call& call,
                                               const std::string& named) {
  if (!named.empty()) {
    const auto reference = parse_reference(named);
    if (!reference) return std::nullopt;
    if (reference->event) return store::find_event(tx, reference->event);
    const auto chain = load_chain(tx, *reference);
    return chain ? std::optional(chain->event) : std::nullopt;
  }
  const auto link = store::thread_link(tx, call.place);
  return link ? store::find_event(tx, link->event) : std::nullopt;
}

Commander::Reply Commander::replay(store::Tx& tx, const Call& call) {
  const auto& words = call.command.words;
  const auto event = event_of(tx, call, words.empty() ? "" : words.front());
  if (!event) return {which_one(call, "event", "replay E7"), true, {}};
  auto m = note(core::Tone::neutral, show(event->id) + " through today's rules, as a dry run");
  const Record record{deps_, tx};
  const auto views = explain(&record, call.now, *event);
  for (const RuleView& view : views) {
    if (m.lines.size() >= 2 * Overview::kListed) {
      m.lines.push_back({core::plain("… and more: "), core::code("countersign rules explain")});
      break;
    }
    std::ranges::move(view_lines(view), std::back_inserter(m.lines));
  }
  if (views.empty())
    m.lines.push_back({core::plain("No rule is for events of trigger "), core::code(event->trigger)});
  m.footer = {{core::plain("Nothing was run. trace "), core::code(event->correlation.text())}};
  return {m, false, {}};
}

// What was recorded then, and what is true today.
Commander::Reply Commander::why_not(store::Tx& tx, const Call& call) {
  const auto& words = call.command.words;
  const core::Rule* rule = words.empty() ? nullptr : rule_named(*call.now.catalog, words.front());
  const bool names_rule = !words.empty() && !parse_reference(words.front());
  if (names_rule && !rule) return sorry(unknown_rule(*call.now.catalog, words.front()));
  if (!rule) return why(tx, call);
  const auto event = event_of(tx, call, words.size() > 1 ? words[1] : "");
  if (!event) return {which_one(call, "event", "why-not " + rule->ref() + " E7"), true, {}};
  auto m = note(core::Tone::neutral, "Why not? " + rule->ref() + " and " + show(event->id));
  const auto decisions = store::decisions_of(tx, event->id);
  const auto then = std::ranges::find(decisions, rule->ref(), &store::Decision::rule);
  if (then != decisions.end()) {
    m.lines.push_back({core::plain("Decided "), core::time(then->decided_at), core::plain(":")});
    std::ranges::move(decision_words(*then), std::back_inserter(m.lines));
  } else {
    m.lines.push_back({core::plain("It was not asked then: it was for other events, or not there.")});
  }
  const bool same = then != decisions.end() && then->rule_hash == rule->content_hash;
  m.lines.push_back({core::plain(same ? "Today, with the same content:" : "Today:")});
  const Record record{deps_, tx};
  std::ranges::move(view_lines(explain(&record, call.now, *event, *rule)),
                    std::back_inserter(m.lines));
  m.footer = {{core::plain("trace "), core::code(event->correlation.text())}};
  return {m, false, {}};
}

}  // namespace countersign::engine
