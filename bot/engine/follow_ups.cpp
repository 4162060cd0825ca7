#include "bot/engine/follow_ups.h"

#include "bot/core/follow_up.h"
#include "bot/engine/ask.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

// A check speaks in the thread of what it checks; what is offered to people is put before
// everybody.
std::vector<core::ChatPlace> places_of(const core::Run& of, core::Purpose purpose) {
  const bool aside = purpose == core::Purpose::verify;
  std::vector<core::ChatPlace> places{
      {of.place.chat, of.place.channel, aside ? of.place.thread : ""}};
  if (aside) return places;
  for (const core::PlanPost& mirror : of.mirrors)
    places.push_back({mirror.place.chat, mirror.place.channel, ""});
  return places;
}

}  // namespace

bool FollowUps::ended(store::Tx& tx, const core::Run& run) const {
  const bool check = run.purpose == core::Purpose::verify;
  const auto of = check ? store::find_run(tx, run.parent) : run;
  const auto* action = of ? deps_.current.get()->catalog->action(of->action) : nullptr;
  if (!action) return false;
  if (check) announcer_.refresh_plan(tx, *of, {});
  const auto purpose = core::follow_up_of(run, *action);
  return purpose && begin(tx, run, *of, *purpose);
}

bool FollowUps::begin(store::Tx& tx, const core::Run& run, const core::Run& of,
                      core::Purpose purpose) const {
  const auto now = deps_.current.get();
  const core::Action& action = *now->catalog->action(of.action);
  const core::FollowUp& follow_up =
      purpose == core::Purpose::verify ? *action.verify : *action.rollback;
  const auto* next = now->catalog->action(follow_up.action);
  if (!next) return cannot(tx, of, "there is no action " + follow_up.action);
  const auto bound = core::bind_parameters(action, of.parameters);
  const auto parameters =
      bound ? core::follow_up_parameters(follow_up, *bound, *next) : Result<Json>(bound.error());
  if (!parameters) return cannot(tx, of, follow_up.action + ": " + parameters.error().message);
  const auto event = store::find_event(tx, of.event);
  if (!event) return cannot(tx, of, "event " + show(of.event) + " is kept no longer");
  const auto [id, created] = ask_for_run(
      tx, *now,
      {*next,
       of.rule.empty() ? nullptr : now->catalog->rule(of.rule),
       *event,
       *parameters,
       {of.requester, of.requester_name},
       places_of(of, purpose),
       std::string(core::name(purpose)) + ":" + run.id.text() + ":" + std::to_string(run.plan_no),
       false,
       purpose,
       run.id});
  if (!created) return false;
  if (follow_up.after > core::Duration{}) store::postpone_run(tx, id, follow_up.after);
  if (purpose == core::Purpose::rollback)
    announcer_.say_in_thread(
        tx, of,
        note(core::Tone::warning, show(id) + " would take " + show(of.id) + " back with " +
                                      next->ref + ". Its plan follows."));
  return true;
}

bool FollowUps::cannot(store::Tx& tx, const core::Run& run, const std::string& why) const {
  announcer_.say_in_thread(tx, run,
                           note(core::Tone::warning, "What should follow " + show(run.id) +
                                                         " cannot be done: " + why + "."));
  return false;
}

}  // namespace countersign::engine
