// !enrol: a second factor for whoever may decide something. The key is told to that person alone,
// and a code is entered in a window, never in a channel.
#include "bot/engine/commander.h"
#include "bot/engine/narrate.h"
#include "bot/engine/step_up.h"

namespace countersign::engine {

Commander::Reply Commander::enrol(store::Tx& tx, const Call& call) {
  const auto sorry = [](std::string text) {
    return Reply{note(core::Tone::bad, std::move(text)), true, {}};
  };
  if (!call.command.words.empty())
    return sorry("Nothing belongs behind " + call.now.settings.command_prefix +
                 "enrol: a code is entered in a window, never in a channel.");
  if (!may_switch(call)) return sorry("Only somebody who holds a role needs a second factor.");
  const auto message = StepUp(deps_).offer(tx, call.who, call.person, call.event.correlation);
  if (!message) return sorry(message.error().message + ".");
  return {*message, true, {}};
}

}  // namespace countersign::engine
