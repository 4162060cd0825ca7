// Runs and their attempts. Every change of state names the state and fence it expects; zero rows is a normal answer (false).
#pragma once
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "bot/core/run.h"
#include "bot/store/pg.h"

namespace countersign::store {

// Inserts the run unless its key exists. second: true if it is new; otherwise first is the one that has the key.
std::pair<core::RunId, bool> create_run(Tx& tx, const core::Run& run);

std::optional<core::Run> find_run(Tx& tx, core::RunId run);
// Locks the approval first, then the run (lock order), and reads both.
std::optional<core::Run> lock_run(Tx& tx, core::RunId run);

// Runs waiting for a plan: takes a lease on each (fence + 1) and leaves them in state planned.
std::vector<core::Run> claim_planned(Tx& tx, const std::string& replica, int n, core::Duration lease);
// How many runs of an action may be claimed or executing at once, by action ref.
using ActionLimits = std::map<std::string, int>;
// ready -> claimed, fence + 1, only on an opened timeline; skipping what waits for a busy target, an open breaker, or for others of
// its action.
std::vector<core::Run> claim_ready(Tx& tx, const std::string& replica, int n, core::Duration lease,
                                   const ActionLimits& limits = {});
struct Renewal {
  bool held = false;  // false: the lease has ended, or the run is no longer in that state
  bool stop = false;  // a person wants it ended
};
Renewal renew_lease(Tx& tx, core::RunId run, std::int64_t fence, const std::string& replica, core::Duration lease);

// The row of a locked run as `run` now has it (state, plan and all that planning finds out, approval, fence, lease, counters,
// outcome, place, plan_message, requester), provided state and fence in the row are still `from` and `fence`. The lease is kept in the
// states planned, claimed and executing only. Illegal transitions throw (the trigger).
bool save_run(Tx& tx, const core::Run& run, core::RunState from, std::int64_t fence);
// True when another mutating run is executing or unknown on one of its targets, as they are saved (I14).
bool target_busy(Tx& tx, const core::Run& run);
// Delays a ready run, e.g. because its target is busy.
void postpone_run(Tx& tx, core::RunId run, core::Duration delay);

struct Attempt {
  int attempt = 0;
  std::int64_t fence = 0;
  std::string phase;       // intent, outcome
  std::string nonce;
  std::string outcome;     // OutcomeClass name, for phase outcome
  Json detail;
  std::string replica;
  core::Instant at{};
};
void add_attempt(Tx& tx, core::RunId run, const Attempt& attempt);
std::vector<Attempt> attempts_of(Tx& tx, core::RunId run);

// Runs whose lease has ended: locked, not changed; the caller decides with core::reaped.
std::vector<core::Run> lock_abandoned(Tx& tx, int n);

std::vector<core::Run> runs_of_event(Tx& tx, core::EventId event);
// Its checks and what would take it back, oldest first.
std::vector<core::Run> follow_ups_of(Tx& tx, core::RunId run);
std::vector<core::Run> runs_by_correlation(Tx& tx, const core::CorrelationId& id);
std::vector<core::Run> runs_in_thread(Tx& tx, const core::ChatPlace& place);          // newest first
std::vector<core::Run> runs_in_states(Tx& tx, const std::vector<core::RunState>& states, int n);  // newest first
// Open runs (nothing executed yet) of an alert's series, with those held because it flaps: those a resolve may cancel.
std::vector<core::Run> waiting_runs_of_series(Tx& tx, const std::string& source, const std::string& series);
// How many runs are in each state.
std::map<std::string, std::int64_t> count_runs_by_state(Tx& tx);

// Replicas and timelines (I6, I18).
void register_replica(Tx& tx, const std::string& replica, const std::string& name, const std::string& version);
void heartbeat(Tx& tx, const std::string& replica);
struct ReplicaRow {
  std::string name;     // host and port
  std::string version;
  std::string chats;    // in which it speaks
  core::Instant started_at{};
};
std::vector<ReplicaRow> live_replicas(Tx& tx);
// Ends every lease (runs, events) held under this replica's id: called when its earlier life is known to be over.
void end_leases_of(Tx& tx, const std::string& replica);
struct Epoch {
  bool opened = false;     // by this call
  std::string durability;  // sync, async, single
  int held_runs = 0;
  int in_doubt = 0;        // by this call: executing, and now unknown
  int voided = 0;
};
Epoch open_epoch(Tx& tx, const std::string& replica);
// Something of this moment is missing from the database: holds what is open as a failover does, unless that was done on this
// timeline since.
Epoch hold_after_loss(Tx& tx, const std::string& replica, core::Instant lost);
int timeline(Tx& tx);
bool epoch_is_open(Tx& tx);
// Notes in the open epoch how sure a commit is at this moment, if that is less than before.
void note_durability(Tx& tx);

}  // namespace countersign::store
