#include "bot/engine/circuit.h"

#include <algorithm>

#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/audit.h"
#include "bot/store/breakers.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

using core::BreakerState;

constexpr int kLookedAt = 200;  // runs that wait; more are in the same few channels
constexpr int kShown = 50;      // whose plans say it; each is a message to change

// Where the plans of a run are, without their threads.
std::vector<core::ChatPlace> channels_of(const core::Run& run) {
  std::vector<core::ChatPlace> out{{run.place.chat, run.place.channel, ""}};
  for (const core::PlanPost& mirror : run.mirrors)
    out.push_back({mirror.place.chat, mirror.place.channel, ""});
  return out;
}

core::BreakerPolicy policy_of(const Snapshot& now, const core::Run& run) {
  const core::Action* action = now.catalog->action(run.action);
  return action && action->breaker ? *action->breaker : core::BreakerPolicy{};
}

}  // namespace

std::optional<core::Breaker> Circuit::in_the_way(store::Tx& tx, const core::Run& run) const {
  if (run.breaker.empty()) return std::nullopt;
  const auto seen = store::find_breaker(tx, run.breaker);
  if (!seen || seen->state == BreakerState::closed) return std::nullopt;
  const auto locked = store::lock_breaker(tx, run.breaker);
  if (locked.state == BreakerState::closed) return std::nullopt;
  return locked;
}

bool Circuit::admits(store::Tx& tx, const core::Breaker& breaker) const {
  const auto probe =
      breaker.state == BreakerState::half_open ? store::find_run(tx, breaker.run) : std::nullopt;
  const bool probing = probe && probe->state == core::RunState::executing;
  return core::admits(breaker, probing, tx.now());
}

void Circuit::probe(store::Tx& tx, const core::Breaker& breaker, const core::Run& run) const {
  const auto after = core::started(breaker, run.id);
  store::save_breaker(tx, after);
  record(tx, "breaker.probed", after, run);
}

void Circuit::ended(store::Tx& tx, const core::Run& run, core::OutcomeClass outcome) const {
  rules_.ended(tx, run);
  if (run.breaker.empty()) return;
  const auto seen = store::find_breaker(tx, run.breaker);
  const bool calm = !seen || (seen->state == BreakerState::closed && seen->failures == 0);
  if (calm && outcome == core::OutcomeClass::ok) return;
  const auto before = store::lock_breaker(tx, run.breaker);
  auto after = core::ended(before, policy_of(*deps_.current.get(), run), run.id, outcome, tx.now());
  if (after.state == before.state && after.failures == before.failures) return;
  if (after.state == BreakerState::open) record(tx, "breaker.opened", after, run);
  if (after.state == BreakerState::closed && before.state != BreakerState::closed) {
    record(tx, "breaker.closed", after, run);
    for (const auto& place : after.told)
      announcer_.reply(tx, place, {}, closed_message(after, run));
    after.told.clear();
  }
  store::save_breaker(tx, after);
  if (after.state == before.state) return;
  for (const core::Run& other : store::lock_others_behind(tx, after, run.id, kShown))
    announcer_.refresh_plan(tx, other, {});
}

bool Circuit::tell() const {
  const auto names =
      deps_.db.transact("breakers", [](store::Tx& tx) { return store::breakers_not_closed(tx); });
  bool any = false;
  for (const std::string& name : names) {
    any |= deps_.db.transact("tell of a breaker", [&](store::Tx& tx) {
      return tell_about(tx, store::lock_breaker(tx, name));
    });
  }
  return any;
}

bool Circuit::tell_about(store::Tx& tx, core::Breaker breaker) const {
  if (breaker.state == BreakerState::closed) return false;
  const auto tripped = store::find_run(tx, breaker.run);
  bool any = false;
  for (const core::Run& run : store::runs_behind(tx, breaker, kLookedAt)) {
    for (const auto& place : channels_of(run)) {
      if (std::ranges::find(breaker.told, place) != breaker.told.end()) continue;
      breaker.told.push_back(place);
      announcer_.reply(tx, place, {}, opened_message(breaker, tripped ? *tripped : run));
      any = true;
    }
  }
  if (any) store::save_breaker(tx, breaker);
  return any;
}

void Circuit::record(store::Tx& tx, const char* kind, const core::Breaker& breaker,
                     const core::Run& run) const {
  store::add_audit(
      tx, {"replica:" + deps_.replica,
           kind,
           "breaker:" + breaker.name,
           run.correlation,
           {{"run", run.id.value},
            {"failures", breaker.failures},
            {"until", breaker.open_until ? core::format_instant(*breaker.open_until) : ""}},
           {}});
}

core::Message opened_message(const core::Breaker& breaker, const core::Run& run) {
  core::Message m = note(core::Tone::warning, "Breaker " + breaker.name + " is open");
  m.lines.push_back({core::plain(
      breaker.failures == 1 ? "The last try failed, so I leave it alone for a while. Runs that "
                              "need it wait."
                            : std::to_string(breaker.failures) +
                                  " tries in a row failed, so I leave it alone for a while. Runs "
                                  "that need it wait.")});
  const std::string error = run.outcome.is_object() ? run.outcome.value("error", "") : "";
  m.lines.push_back({core::plain("The last one was "), core::bold(show(run.id)), core::plain(" "),
                     core::code(run.action),
                     core::plain(error.empty() ? "." : ": " + core::make_visible(error, 200))});
  if (breaker.open_until)
    m.lines.push_back({core::plain("One run is let through to see whether it works again at "),
                       core::time(*breaker.open_until)});
  return m;
}

core::Message closed_message(const core::Breaker& breaker, const core::Run& run) {
  core::Message m = note(core::Tone::good, "Breaker " + breaker.name + " is closed again");
  m.lines.push_back({core::bold(show(run.id)), core::plain(" succeeded. Runs that waited go on.")});
  return m;
}

}  // namespace countersign::engine
