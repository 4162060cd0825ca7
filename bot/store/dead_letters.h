// What could not be done and waits for a person: one letter per kind and ref, open until somebody
// has tried it again or put it away. What is said about it stays in the record.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bot/core/ids.h"
#include "bot/core/instant.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct DeadLetter {
  std::string kind;  // event, outbox, run, start
  std::string ref;   // "event:3", "outbox:12", "run:5", "start:" and the nonce of an attempt
  std::string reason;
  core::Instant at{};
  core::DeadLetterId id;
  std::int64_t fence = 0;           // event: the last one of its queue row
  core::CorrelationId correlation;  // of whom it concerns
  std::string about;                // the ref; of a message what it was about: "run:12", "event:3"
  // Empty while it is open.
  std::string resolved_as;  // retried, discarded
  std::string resolved_by;  // person key
  std::string resolved_name;
  std::string resolved_why;
  std::optional<core::Instant> resolved_at;
};

// Opens the letter, also one that was resolved before: it died again.
core::DeadLetterId add_dead_letter(Tx& tx, const DeadLetter& letter);
std::vector<DeadLetter> dead_letters(Tx& tx, int n);  // open ones, newest first
std::int64_t count_dead_letters(Tx& tx);              // open ones
std::optional<DeadLetter> lock_dead_letter(Tx& tx, core::DeadLetterId id);
// Stores the resolved_ fields but the time; false when it was resolved before.
bool resolve_dead_letter(Tx& tx, const DeadLetter& letter);

// Back into the queue of undecided events, with all its tries before it; false if the event is kept
// no longer, or waits there.
bool requeue_event(Tx& tx, core::EventId event, std::int64_t fence);
struct Requeued {
  bool done = false;
  bool shows_plan = false;  // it posts or changes a plan, which may have moved on since
};
// Back into the outbox, with all its tries before it.
Requeued requeue_message(Tx& tx, core::OutboxId message);

}  // namespace countersign::store
