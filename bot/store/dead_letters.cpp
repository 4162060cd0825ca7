#include "bot/store/dead_letters.h"

#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

DeadLetter letter_of(const Row& r) {
  DeadLetter letter;
  letter.id = {r.number("dead_id")};
  letter.kind = r.text("kind");
  letter.ref = r.text("ref");
  letter.reason = r.text("reason");
  letter.at = r.instant("at");
  letter.fence = r.number("fence");
  letter.correlation = correlation_of(r);
  letter.about = r.text_or("about", "");
  letter.resolved_as = r.text_or("resolved_as", "");
  letter.resolved_by = r.text_or("resolved_by", "");
  letter.resolved_name = r.text_or("resolved_name", "");
  letter.resolved_why = r.text_or("resolved_why", "");
  letter.resolved_at = r.maybe_instant("resolved_at");
  return letter;
}

}  // namespace

core::DeadLetterId add_dead_letter(Tx& tx, const DeadLetter& letter) {
  const Rows added =
      tx.exec(stmt::add_dead_letter, {letter.kind, letter.ref, letter.reason, letter.fence});
  return {added[0].number("dead_id")};
}

std::vector<DeadLetter> dead_letters(Tx& tx, int n) {
  std::vector<DeadLetter> letters;
  for (const Row r : tx.exec(stmt::open_dead_letters, {n})) letters.push_back(letter_of(r));
  return letters;
}

std::int64_t count_dead_letters(Tx& tx) { return tx.exec(stmt::count_dead_letters)[0].number("n"); }

std::optional<DeadLetter> lock_dead_letter(Tx& tx, core::DeadLetterId id) {
  const Rows found = tx.exec(stmt::lock_dead_letter, {id.value});
  if (found.empty()) return std::nullopt;
  return letter_of(found[0]);
}

bool resolve_dead_letter(Tx& tx, const DeadLetter& letter) {
  return tx.exec(stmt::resolve_dead_letter,
                 {letter.id.value, letter.resolved_by, letter.resolved_name, letter.resolved_as,
                  letter.resolved_why})
             .affected() == 1;
}

bool requeue_event(Tx& tx, core::EventId event, std::int64_t fence) {
  return tx.exec(stmt::requeue_event, {event.value, fence}).affected() == 1;
}

Requeued requeue_message(Tx& tx, core::OutboxId message) {
  const Rows requeued = tx.exec(stmt::requeue_message, {message.value});
  if (requeued.empty()) return {};
  return {true, requeued[0].flag("shows_plan")};
}

}  // namespace countersign::store
