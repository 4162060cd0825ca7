#include "bot/engine/commander.h"

#include <algorithm>

#include "bot/engine/chain.h"
#include "bot/engine/faults.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/outbox.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

// A command that was typed longer ago than this is not obeyed: who typed it has moved on since.
constexpr core::Duration kLate = std::chrono::minutes(15);

core::Message sorry(std::string text) { return note(core::Tone::bad, std::move(text)); }

std::vector<std::string> words_after_id(const core::Command& command) {
  auto words = command.words;
  if (!words.empty() && parse_reference(words.front())) words.erase(words.begin());
  return words;
}

}  // namespace

const std::vector<Commander::Verb>& Commander::verbs() {
  static const std::vector<Verb> all{
      {"remediate", "remediate [ACTION [key=value ...]]",
       "propose what fits this thread's alert, or plan an action", Needs::nothing, true,
       &Commander::remediate},
      {"approve", "approve [ID] [reason]", "vote for this thread's plan, or the one named",
       Needs::target, true, &Commander::approve},
      {"deny", "deny [ID] [reason]", "vote against it; one is enough", Needs::target, true,
       &Commander::deny},
      {"edit", "edit [ID] key=value ...", "change a plan that waits; it becomes a new one",
       Needs::target, true, &Commander::edit},
      {"release", "release ID", "plan a run now that is held because its alert flaps",
       Needs::target, true, &Commander::release},
      {"cancel", "cancel [ID] [reason]", "withdraw a plan, or stop its run", Needs::target, true,
       &Commander::cancel},
      {"why", "why [ID]", "explain this thread, a run (R12), an event (E7) or a trace id",
       Needs::nothing, false, &Commander::why},
      {"why-not", "why-not [RULE] [ID]", "tell which criterion or guardrail stopped it",
       Needs::nothing, false, &Commander::why_not},
      {"rules", "rules [WORD]", "list the rules, and which are live", Needs::nothing, false,
       &Commander::rules},
      {"replay", "replay [EVENT]", "put a past event to today's rules, as a dry run",
       Needs::nothing, false, &Commander::replay},
      {"backtest", "backtest [RULE] [14d]", "tell what would have run", Needs::backtest, false,
       &Commander::backtest},
      {"promote", "promote RULE [14d] [reason]", "ask for a rule to become live, its backtest shown",
       Needs::nothing, true, &Commander::promote},
      {"demote", "demote RULE [reason]", "make a rule a dry run again, at once", Needs::holders,
       true, &Commander::demote},
      {"who-can", "who-can ACTION [key=value ...]", "tell who would have to approve an action",
       Needs::electors, false, &Commander::who_can},
      {"status", "status", "tell what is going on", Needs::nothing, false, &Commander::status},
      {"pending", "pending", "list what waits for whom", Needs::nothing, false,
       &Commander::pending},
      {"dead-letters", "dead-letters", "list what could not be done", Needs::nothing, false,
       &Commander::dead_letters},
      {"retry", "retry ID [reason]", "try a dead letter (D3) again", Needs::holders, true,
       &Commander::retry},
      {"discard", "discard ID [reason]", "put a dead letter away", Needs::holders, true,
       &Commander::discard},
      {"standing", "standing RULE targets=web-* until=18:00 times=5",
       "let a rule's runs start unasked for a while", Needs::nothing, true, &Commander::standing},
      {"revoke", "revoke ID [reason]", "end a standing approval (S3)", Needs::standing, true,
       &Commander::revoke},
      {"break-glass", "break-glass [ID] REASON", "start a plan alone in an emergency", Needs::glass,
       true, &Commander::break_glass},
      {"close", "close ID REMARK", "close the review that follows (B2)", Needs::holders, true,
       &Commander::close},
      {"halt", "halt [reason]", "stop all that changes something, at once", Needs::holders, true,
       &Commander::halt},
      {"resume", "resume [reason]", "lift the halt", Needs::holders, true, &Commander::resume},
      {"freeze", "freeze [for 2h] [environment=production] [rule=ops.*] REASON",
       "let nothing that changes something begin for a while", Needs::holders, true,
       &Commander::freeze},
      {"unfreeze", "unfreeze [ID] [reason]", "end a freeze (F3)", Needs::holders, true,
       &Commander::unfreeze},
      {"breaker", "breaker [close RULE [reason]]", "list stopped rules, or let one go on",
       Needs::holders, true, &Commander::breaker},
      {"enrol", "enrol", "set up one-time codes", Needs::holders, true, &Commander::enrol},
      {"help", "help [COMMAND [TEXT]]", "list this, or explain one command", Needs::nothing, false,
       &Commander::help},
  };
  return all;
}

void Commander::obey(const Snapshot& now, const store::ClaimedEvent& claimed) {
  const core::Event& event = claimed.event;
  Call call{now,
            event,
            core::parse_command(event.body.value("text", ""), now.settings.command_prefix),
            core::person_of(event),
            {},
            core::place_of(event),
            {},
            {},
            {},
            false,
            {}};
  const auto verb = std::ranges::find(verbs(), call.command.verb, &Verb::name);
  const auto person = deps_.directory.identify(call.person);
  if (person) call.who = *person;
  const Needs needs = verb == verbs().end() ? Needs::nothing : verb->needs;
  look_up(needs, call);
  deps_.db.transact("command", [&](store::Tx& tx) {
    if (!store::finish_event(tx, event.id, claimed.fence)) return;
    const Reply reply =
        person ? handle(tx, call) : Reply{sorry(person.error().message + "."), true, {}};
    store::add_decision(tx, {.event = event.id,
                             .rule = "command:" + call.command.verb,
                             .verdict = "command",
                             .run = reply.run});
    crash_point("decide.before_commit");
    if (!reply.message) return;
    core::ChatPlace where = call.place;
    if (where.thread.empty()) where.thread = event.body.value("message", "");
    if (reply.privately) {
      announcer_.tell(tx, where, call.person.key, *reply.message);
    } else {
      announcer_.reply(tx, where, event, *reply.message);
    }
  });
  deps_.signals.ready.ring();
  if (verb != verbs().end() && verb->handle == &Commander::cancel) deps_.signals.stops.ring();
}

void Commander::look_up(Needs needs, Call& call) {
  if (needs == Needs::holders) call.holders = DeadLetters::holders(deps_);
  if (needs == Needs::backtest) call.report = test_back(call);
  if (needs == Needs::electors) call.electorate = electors_for(call);
  if (needs == Needs::standing) {
    const auto& words = call.command.words;
    const auto id = words.empty() ? std::nullopt : parse_standing(words.front());
    if (id) call.electorate = standings_.electorate_of(*id);
  }
  if (needs != Needs::target && needs != Needs::glass) return;
  call.target =
      deps_.db.transact("find target", [&](store::Tx& tx) { return find_target(tx, call); });
  if (!call.target) return;
  const bool alone = needs == Needs::glass;
  call.electorate = alone ? glass_.electorate() : voting_.electorate_of(call.target->id);
  call.code_asked = alone && glass_.asks_for_code(call.target->id);
}

Commander::Reply Commander::handle(store::Tx& tx, const Call& call) {
  const auto verb = std::ranges::find(verbs(), call.command.verb, &Verb::name);
  if (verb != verbs().end() && verb->acts) {
    if (const auto late = too_late(tx, call)) return {sorry(*late), true, {}};
  }
  if (verb != verbs().end()) return (this->*verb->handle)(tx, call);
  const std::string& prefix = call.now.settings.command_prefix;
  std::vector<std::string> known;
  for (const auto& v : verbs()) known.emplace_back(v.name);
  const std::string near = config::nearest(call.command.verb, known);
  const std::string asked = core::make_visible(call.command.verb, 60);
  return {sorry((asked.empty() ? "I am listening." : "I do not know " + prefix + asked + ".") +
                (near.empty() ? "" : " Did you mean " + prefix + near + "?") + " " + prefix +
                "help lists what I can do."),
          true,
          {}};
}

// The platform may bring a command long after it was typed; only its own time tells.
std::optional<std::string> Commander::too_late(store::Tx& tx, const Call& call) const {
  const auto at = core::parse_instant(call.event.body.value("at", ""));
  if (!at || tx.now() - *at <= kLate) return std::nullopt;
  const auto ago = std::chrono::duration_cast<std::chrono::milliseconds>(tx.now() - *at);
  return "You wrote this " + length_words(ago) +
         " ago, and it reached me only now, so I did not do it. Say it again if it still holds.";
}

core::Message Commander::which_one(const Call& call, const std::string& what,
                                   const std::string& example) {
  return sorry("Which " + what + "? Say it in its thread, or name it: " +
               call.now.settings.command_prefix + example + ".");
}

std::optional<core::Run> Commander::find_target(store::Tx& tx, const Call& call) const {
  const auto& words = call.command.words;
  if (const auto named = words.empty() ? std::nullopt : parse_reference(words.front());
      named && named->run)
    return store::find_run(tx, named->run);
  if (call.place.thread.empty()) return std::nullopt;
  const auto runs = store::runs_in_thread(tx, call.place);
  const auto waiting =
      std::ranges::find(runs, core::RunState::awaiting_approval, &core::Run::state);
  if (waiting != runs.end()) return *waiting;
  return runs.empty() ? std::nullopt : std::optional(runs.front());
}

Commander::Reply Commander::approve(store::Tx& tx, const Call& call) {
  return vote(tx, call, core::VoteChoice::approve);
}
Commander::Reply Commander::deny(store::Tx& tx, const Call& call) {
  return vote(tx, call, core::VoteChoice::deny);
}

Commander::Reply Commander::vote(store::Tx& tx, const Call& call, core::VoteChoice choice) {
  if (!call.target)
    return {which_one(call, "plan", std::string(core::name(choice)) + " R12"), true, {}};
  Ballot ballot;
  ballot.run = call.target->id;
  ballot.voter = call.who;
  ballot.choice = choice;
  ballot.act_id = call.event.source + ":command:" + call.event.delivery_id;
  ballot.via = "command";
  ballot.reason = join(words_after_id(call.command), " ");
  const auto answer = voting_.cast(tx, ballot, call.electorate);
  if (answer.words.empty()) return {std::nullopt, false, call.target->id};
  return {sorry(answer.words), true, call.target->id};
}

void Commander::cancel_run(store::Tx& tx, core::RunId run, const std::string& by,
                           const std::string& why) {
  (void)voting_.cancel(tx, run, by, why, {});  // too late is a fine answer here
}

Commander::Reply Commander::cancel(store::Tx& tx, const Call& call) {
  if (!call.target) return {which_one(call, "run", "cancel R12"), true, {}};
  const auto done = voting_.withdraw(tx, call.target->id, call.who,
                                     join(words_after_id(call.command), " "), call.electorate);
  if (!done) return {sorry(done.error().message + "."), true, call.target->id};
  flapping_.tell_of_run(tx, call.target->id);
  return {std::nullopt, false, call.target->id};
}

Commander::Reply Commander::release(store::Tx& tx, const Call& call) {
  if (!call.target) return {which_one(call, "run", "release R12"), true, {}};
  const auto done = flapping_.release(tx, call.target->id, call.who, call.electorate);
  if (!done) return {sorry(done.error().message + "."), true, call.target->id};
  deps_.signals.planned.ring();
  return {std::nullopt, false, call.target->id};
}

Commander::Reply Commander::edit(store::Tx& tx, const Call& call) {
  if (!call.target) return {which_one(call, "plan", "edit R12 key=value"), true, {}};
  if (call.command.parameters.empty() || !words_after_id(call.command).empty())
    return {sorry("Write what to change as key=value, for example " +
                  call.now.settings.command_prefix + "edit " + show(call.target->id) + " keep=5."),
            true, call.target->id};
  const auto done = editing_.change(tx, {call.target->id, "", call.command.parameters, call.who},
                                    call.electorate);
  if (!done) return {sorry(done.error().message + "."), true, call.target->id};
  return {std::nullopt, false, call.target->id};
}

Commander::Reply Commander::why(store::Tx& tx, const Call& call) {
  std::optional<Reference> reference;
  if (!call.command.words.empty()) {
    reference = parse_reference(call.command.words.front());
    if (!reference)
      return {
          sorry("I need a run (R12), an event (E7) or a trace id, or nothing in a thread of mine."),
          true,
          {}};
  } else if (const auto link = store::thread_link(tx, call.place)) {
    reference = link->run ? Reference{link->run, {}, {}} : Reference{{}, link->event, {}};
  }
  const auto chain = reference ? load_chain(tx, *reference) : std::nullopt;
  if (!chain)
    return {sorry(reference ? "I have no record of that."
                            : "Nothing of mine is in this thread. Ask in the thread of a plan, or "
                              "name a run, event or trace id."),
            true,
            {}};
  return {why_message(*chain), false, reference->run};
}

}  // namespace countersign::engine
