#include "bot/engine/rule_breakers.h"

#include "bot/engine/ask.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/audit.h"
#include "bot/store/rule_breakers.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::BreakerState;
using core::RunState;

// What an end says about the rule; nothing: it says nothing.
std::optional<bool> succeeded(const core::Run& run) {
  switch (run.state) {
    case RunState::succeeded:
      return true;
    case RunState::failed:
    case RunState::dead:
    case RunState::unknown:
      return false;
    default:
      return std::nullopt;
  }
}

// The probe still is to end. One that is held waits for a person, and the rule should not.
bool probing(store::Tx& tx, const core::RuleBreaker& breaker) {
  if (breaker.state != BreakerState::half_open) return false;
  const auto probe = store::find_run(tx, breaker.run);
  return probe && !core::is_final(probe->state) && probe->state != RunState::held;
}

// Without a lock: most rules' breakers are closed and have nothing to count.
bool calm(store::Tx& tx, const core::Rule& rule) {
  const auto seen = store::find_rule_breaker(tx, rule.ref());
  return !seen || seen->state == BreakerState::closed;
}

const char* kind_of(BreakerState state) {
  if (state == BreakerState::closed) return "rule_breaker.closed";
  return state == BreakerState::open ? "rule_breaker.opened" : "rule_breaker.probed";
}

}  // namespace

std::optional<core::RuleBreaker> RuleBreakers::in_the_way(store::Tx& tx, const core::Rule& rule,
                                                          bool may_probe) const {
  if (!rule.breaker || (rule.breaker->fires == 0 && calm(tx, rule))) return std::nullopt;
  auto breaker = store::lock_rule_breaker(tx, rule.ref());
  if (breaker.state == BreakerState::closed) return std::nullopt;
  if (may_probe && core::admits(breaker, probing(tx, breaker), tx.now())) return std::nullopt;
  return breaker;
}

void RuleBreakers::fired(store::Tx& tx, const core::Rule& rule, core::RunId run,
                         const core::Event& event) const {
  if (!rule.breaker || (rule.breaker->fires == 0 && calm(tx, rule))) return;
  const auto before = store::lock_rule_breaker(tx, rule.ref());
  const auto now = tx.now();
  if (!core::admits(before, probing(tx, before), now)) return;  // it opened meanwhile
  save(tx, rule, before, core::fired(before, *rule.breaker, run, now),
       {"rule:" + rule.ref(), event, ""});
}

void RuleBreakers::ended(store::Tx& tx, const core::Run& run) const {
  const auto good = succeeded(run);
  if (!good || run.rule.empty() || run.purpose != core::Purpose::remedy) return;
  const auto now = deps_.current.get();
  const core::Rule* rule = now->catalog->rule(run.rule);
  if (!rule || !rule->breaker || (*good && calm(tx, *rule))) return;
  const auto before = store::lock_rule_breaker(tx, run.rule);
  Cause cause{"replica:" + deps_.replica, {}, show(run.id) + " succeeded"};
  cause.event.id = run.event;
  cause.event.correlation = run.correlation;
  save(tx, *rule, before, core::ended(before, *rule->breaker, run.id, *good, tx.now()), cause);
}

bool RuleBreakers::close(store::Tx& tx, const core::Rule& rule, const core::Person& who,
                         const std::string& why, const core::Event& event) const {
  if (calm(tx, rule)) return false;
  const auto before = store::lock_rule_breaker(tx, rule.ref());
  if (before.state == BreakerState::closed) return false;
  save(tx, rule, before, core::closed(before),
       {who.key, event, who.name + " closed its breaker" + (why.empty() ? "" : ": " + why)});
  return true;
}

std::vector<core::RuleBreaker> RuleBreakers::open(store::Tx& tx, const Snapshot& now) {
  auto all = store::rule_breakers_not_closed(tx);
  std::erase_if(all, [&](const core::RuleBreaker& breaker) {
    const core::Rule* rule = now.catalog->rule(breaker.rule);
    return !rule || !rule->breaker;
  });
  return all;
}

void RuleBreakers::save(store::Tx& tx, const core::Rule& rule, const core::RuleBreaker& before,
                        const core::RuleBreaker& after, const Cause& cause) const {
  store::save_rule_breaker(tx, after);
  if (after.state == before.state) return;
  store::add_audit(tx,
                   {cause.by,
                    kind_of(after.state),
                    "rule:" + after.rule,
                    cause.event.correlation,
                    {{"run", after.run.value},
                     {"why", after.state == BreakerState::closed ? cause.words : after.why},
                     {"until", after.open_until ? core::format_instant(*after.open_until) : ""}},
                    {}});
  const auto now = deps_.current.get();
  const auto tell = [&](const core::Message& message) {
    for (const auto& place : places_for(*now, &rule))
      announcer_.reply(tx, place, cause.event, message);
  };
  // A probe that fails is seen in its own thread: that the rule is stopped is known.
  if (before.state == BreakerState::closed)
    tell(rule_stopped_message(after, now->settings.command_prefix));
  if (after.state == BreakerState::closed) tell(rule_resumed_message(before, cause.words));
}

std::string until_words(const core::RuleBreaker& breaker) {
  if (breaker.state == BreakerState::half_open)
    return "until its probe, " + show(breaker.run) + ", has succeeded";
  return "until " + core::format_instant(*breaker.open_until) +
         ", then one run is let through to see whether it works again";
}

core::Message rule_stopped_message(const core::RuleBreaker& breaker, const std::string& prefix) {
  core::Message m = note(core::Tone::warning, "Rule " + breaker.rule + " is stopped");
  m.lines.push_back({core::plain("Its breaker is open because " + breaker.why + ", the last one "),
                     core::bold(show(breaker.run)), core::plain(".")});
  m.lines.push_back({core::plain("It makes no run before "), core::time(*breaker.open_until),
                     core::plain("; then one is let through to see whether it works again.")});
  m.lines.push_back({core::code(prefix + "breaker close " + breaker.rule),
                     core::plain(" lets it go on at once. What it has made already goes on.")});
  return m;
}

core::Message rule_resumed_message(const core::RuleBreaker& breaker, const std::string& why) {
  core::Message m = note(core::Tone::good, "Rule " + breaker.rule + " goes on");
  m.lines.push_back({core::plain(core::make_visible(why, 300) + ". It was stopped since "),
                     core::time(*breaker.since), core::plain(" because " + breaker.why + ".")});
  return m;
}

}  // namespace countersign::engine
