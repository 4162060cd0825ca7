// One execution of one action for one rule and key. Its life is the table in run.cpp, repeated in
// state_transition.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "bot/core/approval.h"
#include "bot/core/event.h"
#include "bot/core/plan.h"
#include "bot/core/retry.h"

namespace countersign::core {

enum class RunState {
  planned,
  awaiting_approval,
  ready,
  claimed,
  executing,
  succeeded,
  failed,
  unknown,
  denied,
  expired,
  cancelled,
  held,
  dead,
  dry_run,  // a dry-run rule: the plan was shown as "would have run"; final
};
inline constexpr int kRunStates = 14;
std::string_view name(RunState state);
std::optional<RunState> parse_run_state(std::string_view text);
bool allowed(RunState from, RunState to);
bool is_final(RunState state);  // nothing more happens by itself; unknown and held wait for a
                                // person and are not final

// What a run is for: what was asked for, the check whether that worked, or taking it back.
enum class Purpose { remedy, verify, rollback };
std::string_view name(Purpose purpose);
std::optional<Purpose> parse_purpose(std::string_view text);

// A person's order to end a run that is executing.
struct StopOrder {
  Person by;
  std::string why;  // may be empty
};
void to_json(Json& j, const StopOrder& s);
void from_json(const Json& j, StopOrder& s);

// A post of the plan besides the one in the run's own place.
struct PlanPost {
  ChatPlace place;      // no thread: its root is known by `message`
  std::string message;  // client message id; empty until posted
  bool operator==(const PlanPost&) const = default;
};
void to_json(Json& j, const PlanPost& p);
void from_json(const Json& j, PlanPost& p);

struct Run {
  RunId id;
  std::string key;   // hex, unique (I4); also the root of the idempotency key
  std::string rule;  // rule ref; empty when a person asked directly
  std::string rule_hash;
  EventId event;
  CorrelationId correlation;
  std::string action;
  Json parameters = Json::object();  // as asked for, before binding
  EffectClass effect = EffectClass::once;
  Tier tier = Tier::mutating;
  std::string target_key;  // empty: no exclusion by target
  RunState state = RunState::planned;
  Purpose purpose = Purpose::remedy;
  RunId parent;            // what it checks, or whose end made it necessary; 0 for a remedy
  bool simulated = false;  // made by a dry-run rule: ends in dry_run
  std::optional<Plan> plan;
  std::string plan_hash;
  int plan_no = 0;
  ApprovalId approval;
  bool needs_approval = true;
  StandingId standing;    // a standing approval that covers it, instead of one of its own
  std::string requester;  // person key; empty when an event asked
  std::string requester_name;
  std::string environment;        // as its event names it; empty: it does not
  std::vector<Person> editors;    // who changed the parameters since
  ChatPlace place;                // where its plan belongs; thread filled in once posted
  std::string plan_message;       // client message id of the current plan post
  std::vector<PlanPost> mirrors;  // the same plan elsewhere
  std::int64_t fence = 0;
  std::string lease_owner;
  std::optional<Instant> lease_until;
  int attempt = 0;
  Retry retry;                    // as its action said when it was planned
  Instant next_at{};              // planned or ready: not before
  std::string breaker;            // name of the one that watches what it works on; empty: none
  std::optional<StopOrder> stop;  // since it began to execute
  int starts = 0;
  int granted = 0;
  std::optional<Instant> first_started_at;
  Duration key_valid_for{};
  Json outcome = Json::object();  // of the last attempt: {class, exit_code, output, error, ...}
  Instant created_at{};
  Instant updated_at{};
};

// In nobody's hands any more.
void drop_lease(Run& run);

// May this worker act now? The order of checks is the order of answers (I5, I6, I11).
enum class IntentVerdict {
  go,
  fenced,
  epoch_closed,
  not_approved,
  approval_stale,
  approver_lost_right,
  key_too_old,
  halted,
  breaker_open,
  directory_silent,
  standing_over,
  frozen
};
std::string_view name(IntentVerdict verdict);
struct IntentFacts {
  std::int64_t fence = 0;
  std::string replica;
  bool epoch_open = false;
  bool halted = false;
  bool frozen = false;             // a freeze concerns it, and nobody broke the glass for it
  bool approvers_suffice = false;  // those who approved still hold the right, and are enough
  bool directory_silent = false;   // who holds it cannot be told now
  bool standing_admits = false;    // a standing approval covers it, and is not used up
  Instant now{};
  bool breaker_admits = true;
};
IntentVerdict may_start(const Run& run, const std::optional<Approval>& approval,
                        const IntentFacts& facts);

// What an outcome makes of an executing (or unknown) run; the delay applies when it goes back to
// ready. What a person stopped is not tried again.
struct Settlement {
  RunState state = RunState::unknown;
  Duration retry_in{};
};
Settlement settle(const Run& run, OutcomeClass outcome);
// What becomes of a run whose worker is gone (I12).
RunState reaped(const Run& run);

}  // namespace countersign::core
