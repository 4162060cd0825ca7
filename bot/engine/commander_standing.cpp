// !standing and !revoke, !break-glass and !close: consent given beforehand, and consent given
// afterwards.
#include "bot/engine/ask.h"
#include "bot/engine/commander.h"
#include "bot/engine/narrate.h"
#include "bot/engine/outlook.h"
#include "bot/engine/refs.h"
#include "config/own_actions.h"

namespace countersign::engine {
namespace {

Commander::Reply sorry(std::string words, core::RunId run = {}) {
  return {note(core::Tone::bad, std::move(words)), true, run};
}

std::string rest_of(const core::Command& command, std::size_t from) {
  const auto& words = command.words;
  if (words.size() <= from) return "";
  return join({words.begin() + static_cast<std::ptrdiff_t>(from), words.end()}, " ");
}

}  // namespace

Commander::Reply Commander::standing(store::Tx& tx, const Call& call) {
  const auto& typed = call.command;
  const std::string usage =
      call.now.settings.command_prefix + "standing RULE targets=web-* until=18:00 times=5";
  if (typed.words.size() != 1)
    return sorry("Write which rule, where, until when and how often: " + usage + ".");
  Json parameters = typed.parameters;
  parameters["rule"] = full_rule(*call.now.catalog, typed.words.front());
  const std::string until = parameters.value("until", "");
  const auto moment = parse_until(until, tx.now());
  if (!moment)
    return sorry(
        "until is a time of day in UTC (18:00), a length (4h) or a moment such as "
        "2026-01-31T18:00:00Z, as in: " +
        usage + ".");
  parameters["until"] = core::format_instant(*moment);
  const core::Action& action = *call.now.catalog->action(config::kGrantStanding);
  const auto bound = core::bind_parameters(action, parameters);
  if (!bound) return sorry(bound.error().message + ". Write: " + usage + ".");
  if (const auto refusal =
          guardrails_.refuse(tx, call.now, {action, nullptr, parameters, call.event}))
    return sorry("Not now: " + in_words(*refusal) + ".");
  const auto [run, created] = ask_for_run(tx, call.now,
                                          {action,
                                           nullptr,
                                           call.event,
                                           parameters,
                                           call.who,
                                           {call.place},
                                           "command:" + call.event.id.text(),
                                           false});
  return {std::nullopt, false, run};
}

Commander::Reply Commander::revoke(store::Tx& tx, const Call& call) {
  const auto& words = call.command.words;
  const auto id = words.empty() ? std::nullopt : parse_standing(words.front());
  if (!id) return {which_one(call, "standing approval", "revoke S3 reason"), true, {}};
  const auto done = standings_.revoke(tx, *id, call.who, rest_of(call.command, 1), call.electorate);
  if (!done) return sorry(done.error().message + ".");
  return {note(core::Tone::neutral, show(*id) + " is revoked."), false, {}};
}

Commander::Reply Commander::break_glass(store::Tx& tx, const Call& call) {
  if (!call.target) return {which_one(call, "plan", "break-glass R12 reason"), true, {}};
  const bool named = !call.command.words.empty() && parse_reference(call.command.words.front());
  Glass::Break order;
  order.run = call.target->id;
  order.who = call.who;
  order.why = rest_of(call.command, named ? 1 : 0);
  order.said_at = core::parse_instant(call.event.body.value("at", ""));
  order.act_id = call.event.source + ":command:" + call.event.delivery_id;
  if (call.code_asked)
    return sorry(
        "This needs a one-time code from you: choose Break the glass under More below the "
        "plan, and I ask for it where nobody else can read it.",
        call.target->id);
  const auto done = glass_.start(tx, order, call.electorate);
  if (!done) return sorry(done.error().message + ".", call.target->id);
  return {std::nullopt, false, call.target->id};
}

Commander::Reply Commander::close(store::Tx& tx, const Call& call) {
  const auto& words = call.command.words;
  const auto id = words.empty() ? std::nullopt : parse_review(words.front());
  if (!id) return {which_one(call, "review", "close B2 what you found"), true, {}};
  const auto done = glass_.close(tx, *id, call.who, rest_of(call.command, 1), call.holders);
  if (!done) return sorry(done.error().message + ".");
  return {note(core::Tone::good, show(*id) + " is closed."), false, {}};
}

}  // namespace countersign::engine
