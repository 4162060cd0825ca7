#include "bot/engine/dead_letters.h"

#include "bot/engine/dead_letter_words.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/audit.h"
#include "bot/store/runs.h"

namespace countersign::engine {
namespace {

// The number in "event:3".
std::int64_t number_in(const std::string& ref) { return std::stoll(ref.substr(ref.find(':') + 1)); }

core::RunId run_in(const std::string& about) {
  return about.starts_with("run:") ? core::RunId{number_in(about)} : core::RunId{};
}

// It did start, and the database has forgotten that: to do it again is a new decision.
Error never_again(const store::DeadLetter& letter) {
  return refused("That is " + subject_of(letter) +
                 ": look what became of it, and if it is needed again, ask for it anew");
}

LetterAnswer no_such(core::DeadLetterId id) {
  return {false, note(core::Tone::bad, "There is no dead letter " + show(id) + "."), {}};
}

}  // namespace

std::vector<core::Person> DeadLetters::holders(const Deps& deps) {
  std::vector<std::string> roles;
  for (const auto& [name, role] : deps.current.get()->settings.roles) roles.push_back(name);
  return deps.directory.holders(roles);
}

LetterAnswer DeadLetters::retry(store::Tx& tx, const LetterOrder& order) const {
  const auto letter = store::lock_dead_letter(tx, order.letter);
  if (!letter) return no_such(order.letter);
  if (letter->resolved_at) return {false, already_resolved(*letter), {}};
  const auto done = letter->kind == "event"    ? requeue_event(tx, *letter)
                    : letter->kind == "outbox" ? requeue_message(tx, *letter)
                    : letter->kind == "run"    ? plan_again(tx, *letter, order.who)
                                               : Result<std::string>(never_again(*letter));
  if (!done) return {false, note(core::Tone::bad, done.error().message + "."), {}};
  record(tx, *letter, order, "retried");
  return {true, note(core::Tone::running, show(letter->id) + ": " + *done), run_in(letter->ref)};
}

LetterAnswer DeadLetters::discard(store::Tx& tx, const LetterOrder& order) const {
  const auto letter = store::lock_dead_letter(tx, order.letter);
  if (!letter) return no_such(order.letter);
  if (letter->resolved_at) return {false, already_resolved(*letter), {}};
  record(tx, *letter, order, "discarded");
  return {true,
          note(core::Tone::neutral,
               show(letter->id) + " is put away: " + subject_of(*letter) + " is not tried again."),
          {}};
}

Result<std::string> DeadLetters::requeue_event(store::Tx& tx,
                                               const store::DeadLetter& letter) const {
  const core::EventId event{number_in(letter.ref)};
  if (!store::requeue_event(tx, event, letter.fence))
    return refused("Event " + show(event) + " is kept no longer");
  return "event " + show(event) + " is decided again.";
}

Result<std::string> DeadLetters::requeue_message(store::Tx& tx,
                                                 const store::DeadLetter& letter) const {
  const auto requeued = store::requeue_message(tx, {number_in(letter.ref)});
  if (!requeued.done) return refused("That message is kept no longer");
  // The plan it shows may have moved on: the newest words have to be the last ones.
  const auto run = requeued.shows_plan ? store::find_run(tx, run_in(letter.about)) : std::nullopt;
  if (run) announcer_.refresh_plan(tx, *run, {});
  return subject_of(letter) + " is sent again.";
}

// As an answer to an unknown run does: a new plan, a new approval where the tier asks for one, a
// new idempotency key, and whoever orders it counts as who asked (T33).
Result<std::string> DeadLetters::plan_again(store::Tx& tx, const store::DeadLetter& letter,
                                            const core::Person& who) const {
  auto run = store::lock_run(tx, {number_in(letter.ref)});
  if (!run || run->state != core::RunState::dead)
    return refused(subject_of(letter) + " is not dead any more");
  run->state = core::RunState::planned;
  run->fence += 1;
  run->attempt = 0;
  run->first_started_at.reset();
  run->requester = who.key;
  run->requester_name = who.name;
  store::save_run(tx, *run, core::RunState::dead, run->fence - 1);
  announcer_.retire_plan(tx, *run, {});
  return show(run->id) + " is planned again" +
         (run->needs_approval ? "; the new plan needs a new approval." : ".");
}

void DeadLetters::record(store::Tx& tx, store::DeadLetter letter, const LetterOrder& order,
                         const std::string& as) const {
  letter.resolved_as = as;
  letter.resolved_by = order.who.key;
  letter.resolved_name = order.who.name;
  letter.resolved_why = order.why;
  store::resolve_dead_letter(tx, letter);
  store::add_audit(tx, {order.who.key,
                        "dead_letter." + as,
                        letter.ref,
                        letter.correlation,
                        {{"letter", letter.id.value},
                         {"via", order.via},
                         {"why", order.why},
                         {"name", order.who.name},
                         {"died_of", letter.reason}},
                        {}});
}

}  // namespace countersign::engine
