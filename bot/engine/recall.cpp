#include "bot/engine/recall.h"

#include <algorithm>

#include "bot/engine/ask.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/engine/reminders.h"
#include "bot/obs/log.h"
#include "bot/store/approvals.h"
#include "bot/store/audit.h"
#include "bot/store/recalled.h"
#include "bot/store/reviews.h"

namespace countersign::engine {
namespace {

using core::Recollection;
using core::RunState;

constexpr int kToldAfterLoss = 500;  // runs whose plans are brought up to date
constexpr std::size_t kListed = 10;

std::string count_of(auto n, const char* one, const char* many) {
  return std::to_string(n) + " " + (n == 1 ? one : many);
}

}  // namespace

void Recall::everything(store::Tx& tx, const store::Epoch& opened) const {
  Loss loss;
  if (opened.opened) loss = {opened.held_runs, opened.in_doubt, opened.voided, {}, {}};
  compare(tx, deps_.journal.records(), loss);
  if (loss.any()) tell(tx, loss);
}

void Recall::about(const core::Run& run) const {
  if (run.effect == core::EffectClass::read) return;
  const auto records = deps_.journal.records_of(run.key);
  if (records.empty()) return;
  deps_.db.transact("recall", [&](store::Tx& tx) {
    Loss loss;
    compare(tx, records, loss);
    if (loss.any()) tell(tx, loss);
  });
}

void Recall::compare(store::Tx& tx, const std::vector<core::JournalRecord>& records,
                     Loss& loss) const {
  const auto forgotten = store::forgotten_starts(tx, records);
  if (forgotten.empty()) return;
  const auto held = store::hold_after_loss(
      tx, deps_.replica, std::ranges::max(forgotten, {}, &core::JournalRecord::at).at);
  loss.held_runs += held.held_runs;
  loss.in_doubt += held.in_doubt;
  loss.voided += held.voided;
  for (const core::JournalRecord& record : forgotten) take_up(tx, record, loss);
}

void Recall::take_up(store::Tx& tx, const core::JournalRecord& record, Loss& loss) const {
  const auto run = store::lock_run_of_key(tx, record.key);
  const auto verdict = core::recollect(record, run);
  store::note_recalled(tx, record, run ? run->id : core::RunId{}, verdict, deps_.replica);
  store::add_audit(tx, {"replica:" + deps_.replica,
                        "run.recalled",
                        run ? "run:" + run->id.text() : "start:" + record.nonce,
                        run ? run->correlation : core::CorrelationId{},
                        {{"verdict", core::name(verdict)}, {"record", core::as_json(record)}},
                        {}});
  obs::warning("the database has forgotten a start",
               {{"start", start_words(record)}, {"verdict", std::string(core::name(verdict))}});
  if (run && record.alone) review_again(tx, *run, record);
  if (verdict == Recollection::run_lost || verdict == Recollection::over) {
    store::add_dead_letter(tx,
                           {.kind = "start",
                            .ref = "start:" + record.nonce,
                            .reason = start_words(record) + "; the database " +
                                      (run ? "says it is " + std::string(state_words(run->state))
                                           : std::string("does not know the run"))});
    loss.alone.push_back(record);
    return;
  }
  if (verdict == Recollection::asked) return;
  const auto known = core::reminded(*run, record);
  store::save_run(tx, known, run->state, run->fence);
  if (verdict != Recollection::unknown) return;
  if (run->state == RunState::held && loss.held_runs > 0) --loss.held_runs;  // is more than that
  doubt(tx, known, record);
  loss.asked.push_back(known.id);
}

// A start by one person alone is looked at by another one, whatever the database remembers.
void Recall::review_again(store::Tx& tx, const core::Run& run,
                          const core::JournalRecord& record) const {
  const auto known = store::reviews_of_run(tx, run.id);
  if (std::ranges::any_of(known, [&](const auto& r) { return !r.closed_at || r.at >= record.at; }))
    return;
  store::Review review;
  review.run = run.id;
  review.by = *record.alone;
  review.why = "the database has forgotten the reason";
  review.id = store::open_review(tx, review);
  const auto now = deps_.current.get();
  const auto message =
      note(core::Tone::warning,
           show(review.id) + ": " + review.by.name + " started " + show(run.id) +
               " alone, and the database had forgotten it. Another person has to look at it: " +
               now->settings.command_prefix + "close " + show(review.id));
  for (const auto& place : channels_of(*now, now->settings.break_glass.notify))
    announcer_.tell_channel(tx, run, place, message);
}

// Its target is blocked until a person has looked. If another run has that already, this one is
// held: it does not start by itself either.
void Recall::doubt(store::Tx& tx, core::Run run, const core::JournalRecord& record) const {
  const auto from = run.state;
  settle_approval(tx, run);
  run.state = store::target_busy(tx, run) ? RunState::held : RunState::unknown;
  core::drop_lease(run);
  const std::string evidence = "the process that started it has written down that it did so at " +
                               core::format_instant(record.at) + "; the database does not know";
  run.outcome = {{"class", core::name(core::OutcomeClass::ambiguous)}, {"error", evidence}};
  store::save_run(tx, run, from, run.fence);
  announcer_.refresh_plan(tx, run, {});
  if (run.state == RunState::unknown) {
    announcer_.say_in_thread(tx, run,
                             unknown_message(run,
                                             {{record.attempt, record.fence, "intent", record.nonce,
                                               "", nullptr, deps_.replica, record.at}},
                                             deps_.button_key));
  } else {
    announcer_.say_in_thread(
        tx, run,
        note(core::Tone::warning,
             show(run.id) + " is held, and so is its target by another run: " + evidence + "."));
  }
}

// The consent that the forgotten start used up is used up; a question that was still open is void.
void Recall::settle_approval(store::Tx& tx, core::Run& run) const {
  const auto approval = run.approval ? store::lock_approval(tx, run.approval) : std::nullopt;
  if (!approval) return;
  const bool given = approval->state == core::ApprovalState::approved;
  const auto after =
      core::step(*approval, given ? core::ApprovalEvent::start : core::ApprovalEvent::replace,
                 "replica:" + deps_.replica, tx.now());
  if (!after) return;
  store::save_approval(tx, *after, approval->state);
  if (given) run.starts += 1;
}

void Recall::tell(store::Tx& tx, const Loss& loss) const {
  const auto now = deps_.current.get();
  const auto message = loss_message(loss, now->settings.command_prefix);
  for (const auto& place : places_for(*now, nullptr)) announcer_.reply(tx, place, {}, message);
  if (!loss.held_anything()) return;
  for (const auto& run :
       store::runs_in_states(tx, {RunState::held, RunState::unknown}, kToldAfterLoss)) {
    if (std::ranges::find(loss.asked, run.id) != loss.asked.end()) continue;
    announcer_.refresh_plan(tx, run, {});
    if (run.state == RunState::unknown)
      announcer_.say_in_thread(
          tx, run, unknown_message(run, store::attempts_of(tx, run.id), deps_.button_key));
  }
}

std::string start_words(const core::JournalRecord& record) {
  return show(record.run) + " " + record.action +
         (record.targets.empty() ? ""
                                 : " on " + core::make_visible(join(record.targets, ", "), 200)) +
         " was started at " + core::format_instant(record.at);
}

core::Message loss_message(const Loss& loss, const std::string& prefix) {
  core::Message m =
      note(core::Tone::warning,
           "The database has failed over or was restored, and its last moments may be lost");
  if (loss.held_anything())
    m.lines.push_back(
        {core::plain(count_of(loss.held_runs, "run is held", "runs are held") + ", " +
                     count_of(loss.in_doubt, "that was executing is unknown",
                              "that were executing are unknown") +
                     " and " + count_of(loss.voided, "approval is void", "approvals are void") +
                     " until a person looks. " + prefix + "pending lists them.")});
  if (!loss.asked.empty()) {
    core::Line line{core::plain("It has forgotten that I started " +
                                count_of(loss.asked.size(), "run, which is", "runs, which are") +
                                " not repeated until somebody says what happened:")};
    for (std::size_t i = 0; i < std::min(loss.asked.size(), kListed); ++i)
      line.push_back(core::bold(" " + show(loss.asked[i])));
    m.lines.push_back(line);
  }
  if (loss.alone.empty()) return m;
  m.lines.push_back({core::plain("What I did, and it has lost or says otherwise (" +
                                 count_of(loss.alone.size(), "start", "starts") + "; " + prefix +
                                 "dead-letters lists them):")});
  for (std::size_t i = 0; i < std::min(loss.alone.size(), kListed); ++i)
    m.lines.push_back({core::plain(core::make_visible(start_words(loss.alone[i]), 300))});
  return m;
}

}  // namespace countersign::engine
