// !who-can: who would have to approve an action.
#include "bot/engine/commander.h"
#include "bot/engine/narrate.h"
#include "bot/engine/outlook.h"
#include "bot/engine/who_can.h"

namespace countersign::engine {
namespace {

Result<Outlook> asked_about(const Snapshot& now, const core::Command& command) {
  if (command.words.empty())
    return invalid("Which action? For example: " + now.settings.command_prefix +
                   "who-can ops.rotate_logs host=web-3.");
  if (command.words.size() > 1)
    return invalid("I did not understand " + core::make_visible(command.words[1], 80) +
                   ". Parameters are written key=value.");
  return look_ahead(now, {command.words.front(), command.parameters, "", ""});
}

}  // namespace

core::Electorate Commander::electors_for(const Call& call) const {
  const auto outlook = asked_about(call.now, call.command);
  if (!outlook) return {};
  return deps_.directory.electorate(outlook->why.demand.roles());
}

// To the one who asks alone: whether they count is about them, and nobody else is to be called.
Commander::Reply Commander::who_can(store::Tx& tx, const Call& call) {
  const auto outlook = asked_about(call.now, call.command);
  if (!outlook) return {note(core::Tone::bad, outlook.error().message), true, {}};
  return {who_can_message(call.now, *outlook, call.electorate, call.who, tx.now()), true, {}};
}

}  // namespace countersign::engine
