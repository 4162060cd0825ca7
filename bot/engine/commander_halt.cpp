// !halt and !resume: nothing that changes something starts any more, in any replica, until somebody
// lifts it.
#include <algorithm>

#include "bot/engine/ask.h"
#include "bot/engine/commander.h"
#include "bot/engine/narrate.h"
#include "bot/store/audit.h"
#include "bot/store/halts.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

constexpr int kBroughtUpToDate = 200;  // plans that wait to start

Commander::Reply refusal(std::string words) {
  return {note(core::Tone::bad, std::move(words)), true, {}};
}

}  // namespace

Commander::Reply Commander::halt(store::Tx& tx, const Call& call) {
  const std::string why = join(call.command.words, " ");
  if (!may_switch(call)) return refusal("Only somebody who holds a role can do that.");
  if (!store::begin_halt(tx, call.who, why)) {
    const auto before = store::halt_in_force(tx);
    return refusal("It is halted already, by " + (before ? before->by.name : "somebody") + ".");
  }
  switched(tx, call, "halt.begun", why,
           note(core::Tone::warning,
                call.who.name + " has halted everything that changes something" +
                    (why.empty() ? "" : ": " + core::make_visible(why, 300)),
                {{core::plain("What is under way goes on; Stop below its plan ends it. Read-only "
                              "actions run. "),
                  core::code(call.now.settings.command_prefix + "resume"),
                  core::plain(" lifts the halt.")}}));
  return {note(core::Tone::warning, "Halted."), false, {}};
}

Commander::Reply Commander::resume(store::Tx& tx, const Call& call) {
  const std::string why = join(call.command.words, " ");
  if (!may_switch(call)) return refusal("Only somebody who holds a role can do that.");
  if (!store::lift_halt(tx, call.who)) return refusal("Nothing is halted.");
  switched(tx, call, "halt.lifted", why,
           note(core::Tone::good,
                call.who.name + " has lifted the halt" +
                    (why.empty() ? "" : ": " + core::make_visible(why, 300)),
                {{core::plain("What was approved and is not too old starts now.")}}));
  return {note(core::Tone::good, "Lifted."), false, {}};
}

bool Commander::may_switch(const Call& call) {
  return std::ranges::find(call.holders, call.who.key, &core::Person::key) != call.holders.end();
}

void Commander::switched(store::Tx& tx, const Call& call, const char* kind, const std::string& why,
                         const core::Message& message) const {
  store::add_audit(tx, {call.who.key,
                        kind,
                        "event:" + call.event.id.text(),
                        call.event.correlation,
                        {{"why", why}, {"name", call.who.name}},
                        {}});
  for (const auto& place : places_for(call.now, nullptr))
    announcer_.reply(tx, place, call.event, message);
  for (const core::Run& run :
       store::runs_in_states(tx, {core::RunState::ready}, kBroughtUpToDate)) {
    if (run.effect != core::EffectClass::read) announcer_.refresh_plan(tx, run, {});
  }
}

}  // namespace countersign::engine
