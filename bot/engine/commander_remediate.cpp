// !remediate: a person asks for an action, or for what the rules know about this thread's alert.
#include <algorithm>

#include "bot/core/match.h"
#include "bot/engine/ask.h"
#include "bot/engine/commander.h"
#include "bot/engine/narrate.h"
#include "bot/engine/outlook.h"
#include "bot/engine/refs.h"
#include "bot/store/outbox.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

core::Message sorry(std::string text) { return note(core::Tone::bad, std::move(text)); }

// "break-glass" at the end: the plan is for breaking the glass, so that no freeze is in its way.
struct Wishes {
  std::vector<std::string> words;
  bool despite_freeze = false;
};
Wishes wishes_of(std::vector<std::string> words) {
  const bool despite = !words.empty() && words.back() == "break-glass";
  if (despite) words.pop_back();
  return {std::move(words), despite};
}

}  // namespace

Commander::Reply Commander::remediate(store::Tx& tx, const Call& call) {
  const Wishes wishes = wishes_of(call.command.words);
  if (wishes.words.empty()) return remediate_event(tx, call);
  const auto& catalog = *call.now.catalog;
  const std::string& prefix = call.now.settings.command_prefix;
  const core::Action* action = find_action(catalog, wishes.words.front());
  if (!action || !action->enabled) {
    return {sorry((action ? "Action " + action->ref + " is disabled."
                          : unknown_action(catalog, wishes.words.front())) +
                  " " + prefix + "help remediate lists them."),
            true,
            {}};
  }
  if (wishes.words.size() > 1)
    return {sorry("I did not understand " + core::make_visible(wishes.words[1], 80) +
                  ". Parameters are written key=value."),
            true,
            {}};
  if (const auto bound = core::bind_parameters(*action, call.command.parameters); !bound)
    return {sorry(action->ref + ": " + bound.error().message + "."), true, {}};
  const Wanted wanted{*action, nullptr, call.command.parameters, call.event,
                      true,    false,   wishes.despite_freeze};
  if (const auto refusal = guardrails_.refuse(tx, call.now, wanted))
    return {sorry("Not now: " + in_words(*refusal) + "."), true, {}};
  const auto [run, created] = ask_for_run(tx, call.now,
                                          {*action,
                                           nullptr,
                                           call.event,
                                           call.command.parameters,
                                           call.who,
                                           {call.place},
                                           "command:" + call.event.id.text(),
                                           false});
  return {std::nullopt, false, run};
}

Commander::Reply Commander::remediate_event(store::Tx& tx, const Call& call) {
  const std::string& prefix = call.now.settings.command_prefix;
  const auto link = store::thread_link(tx, call.place);
  const auto event = link ? store::find_event(tx, link->event) : std::nullopt;
  if (!event)
    return {sorry("In the thread of an alert or plan of mine I propose what its rules say. "
                  "Elsewhere name the action: " +
                  prefix + "remediate ACTION key=value."),
            true,
            {}};
  const bool despite_freeze = wishes_of(call.command.words).despite_freeze;
  core::RunId last;
  std::string why_not;
  for (const core::Rule& rule : call.now.catalog->rules) {
    const auto verdict =
        core::match(rule, *event, call.now.settings.environments, event->received_at);
    if (!verdict.matched()) continue;
    const core::Action* action = call.now.catalog->action(rule.action);
    const auto parameters = core::rule_parameters(rule, *event);
    if (!action || !parameters) continue;
    const auto runs = store::runs_of_event(tx, event->id);
    const auto open = std::ranges::find_if(
        runs, [&](const core::Run& r) { return r.rule == rule.ref() && !core::is_final(r.state); });
    if (open != runs.end()) {
      why_not =
          show(open->id) + " for this is already " + std::string(state_words(open->state)) + ".";
      continue;
    }
    const Wanted wanted{*action, &rule, *parameters, *event, true, false, despite_freeze};
    if (const auto refusal = guardrails_.refuse(tx, call.now, wanted)) {
      why_not = "Not now: " + in_words(*refusal) + ".";
      continue;
    }
    last = ask_for_run(tx, call.now,
                       {*action,
                        &rule,
                        *event,
                        *parameters,
                        call.who,
                        {call.place},
                        "remediate:" + call.event.id.text(),
                        false})
               .first;
  }
  if (last) return {std::nullopt, false, last};
  return {sorry(why_not.empty() ? "No rule fits event " + show(event->id) + ". Ask " + prefix +
                                      "why-not for the reasons, or name an action."
                                : why_not),
          true,
          {}};
}

}  // namespace countersign::engine
