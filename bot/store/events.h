// Accepted events, their queue and their decisions. What decides about repeats: series.h.
#pragma once
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "bot/core/event.h"
#include "bot/core/ports/inbox.h"
#include "bot/store/pg.h"

namespace countersign::store {

struct Decision {
  core::EventId event;
  std::string rule;
  std::string rule_hash;
  std::string verdict;  // run_created joined_run dry_run no_match duplicate rate_limited replay
                        // rule_error halted command flapping breaker_open frozen
                        // other_environment
  core::RunId run;      // 0: none
  Json detail = Json::object();
  core::Instant decided_at{};
};

// Takes out of `body` what can be read out of `raw` again: it is not kept a second time. Harmless
// to repeat.
void drop_what_raw_says(core::Incoming& in);

// Stores what is new, answers what is known (same order as given). One statement, one commit for
// all: nothing else belongs into its transaction. `judged`: for each delivery what the rules say of
// it, if all of them say no_match; such an event is stored with these decisions and never waits for
// others. Empty: it has to be decided.
std::vector<core::Accepted> accept_events(Tx& tx, const std::vector<core::Incoming>& deliveries,
                                          const std::vector<std::vector<Decision>>& judged = {});

struct ClaimedEvent {
  core::Event event;
  std::int64_t fence = 0;
  int attempt = 0;
  bool replay = false;  // T3: decided as `replay`, makes no run
};
std::vector<ClaimedEvent> claim_events(Tx& tx, const std::string& replica, int n,
                                       core::Duration lease);
// Takes the event out of the queue if this claim still holds it. False: somebody else has it.
bool finish_event(Tx& tx, core::EventId event, std::int64_t fence);
// Those of them that are out of the queue now; somebody else has the others.
std::set<core::EventId> finish_events(Tx& tx, std::span<const ClaimedEvent> claimed);
void delay_event(Tx& tx, core::EventId event, std::int64_t fence, core::Duration delay);
// Out of the queue and into the dead letters; no id when the fence has moved on.
core::DeadLetterId bury_event(Tx& tx, core::EventId event, std::int64_t fence,
                              const std::string& reason);

std::optional<core::Event> find_event(Tx& tx, core::EventId event);
// Of rows with the columns of cs.event_row.
std::vector<core::Event> events_of(const Rows& rows);
std::optional<core::Event> find_event_by_correlation(Tx& tx, const core::CorrelationId& id);

void add_decision(Tx& tx, const Decision& decision);
// Many in one statement, each about an event of which `received_at` is known.
struct DecisionOf {
  core::Instant received_at{};
  Decision decision;
};
void add_decisions(Tx& tx, const std::vector<DecisionOf>& decisions);
std::vector<Decision> decisions_of(Tx& tx, core::EventId event);

std::int64_t queue_depth(Tx& tx);
std::int64_t queue_depth(Tx& tx, std::int64_t at_most);  // cheap however many wait

}  // namespace countersign::store
