#include "bot/core/run.h"

#include <algorithm>
#include <array>

#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kStateNames{"planned",   "awaiting_approval",
                                 "ready",     "claimed",
                                 "executing", "succeeded",
                                 "failed",    "unknown",
                                 "denied",    "expired",
                                 "cancelled", "held",
                                 "dead",      "dry_run"};
static_assert(kStateNames.size() == kRunStates &&
              static_cast<int>(RunState::dry_run) == kRunStates - 1);
constexpr std::array kIntentNames{"go",
                                  "fenced",
                                  "epoch_closed",
                                  "not_approved",
                                  "approval_stale",
                                  "approver_lost_right",
                                  "key_too_old",
                                  "halted",
                                  "breaker_open",
                                  "directory_silent",
                                  "standing_over",
                                  "frozen"};

constexpr std::array kPurposeNames{"remedy", "verify", "rollback"};

using Successors = unsigned;  // one bit for each RunState
template <class... S>
constexpr Successors to(S... states) {
  return (0u | ... | (1u << static_cast<unsigned>(states)));
}

// Row: from. The same list stands in cs.state_transition; a store test compares the two.
using R = RunState;
constexpr std::array<Successors, kRunStates> kAllowed{{
    to(R::awaiting_approval, R::ready, R::failed, R::cancelled, R::held, R::dry_run,
       R::unknown),  // planned
    to(R::ready, R::denied, R::expired, R::cancelled, R::planned, R::held,
       R::unknown),                                                             // awaiting_approval
    to(R::claimed, R::cancelled, R::expired, R::held, R::planned, R::unknown),  // ready
    to(R::executing, R::ready, R::cancelled, R::expired, R::held, R::unknown,
       R::planned),                                                                     // claimed
    to(R::executing, R::succeeded, R::failed, R::ready, R::unknown, R::held, R::dead),  // executing
    to(),                                                                               // succeeded
    to(R::planned),                                                                     // failed
    to(R::succeeded, R::failed, R::planned),                                            // unknown
    to(), to(), to(),                          // denied expired cancelled
    to(R::cancelled, R::planned, R::unknown),  // held
    to(R::planned),                            // dead
    to(),                                      // dry_run
}};
constexpr Successors kFinal =
    to(R::succeeded, R::failed, R::denied, R::expired, R::cancelled, R::dead, R::dry_run);

bool approved_for(const Run& run, const std::optional<Approval>& approval) {
  if (!approval || approval->plan_hash != run.plan_hash) return false;
  // A used-up approval still covers another try of the same start: an executing run comes back to
  // ready only under the same key or when it is proven that nothing was done (settle, reaped), and
  // a rerun has a new approval.
  return approval->state == ApprovalState::approved || approval->state == ApprovalState::consumed;
}

}  // namespace

void to_json(Json& j, const PlanPost& p) { j = {{"place", p.place}, {"message", p.message}}; }
void from_json(const Json& j, PlanPost& p) {
  j.at("place").get_to(p.place);
  j.at("message").get_to(p.message);
}

void to_json(Json& j, const StopOrder& s) { j = {{"by", s.by}, {"why", s.why}}; }
void from_json(const Json& j, StopOrder& s) {
  j.at("by").get_to(s.by);
  j.at("why").get_to(s.why);
}

std::string_view name(Purpose purpose) {
  return kPurposeNames.at(static_cast<std::size_t>(purpose));
}
std::optional<Purpose> parse_purpose(std::string_view text) {
  return parse_name<Purpose>(kPurposeNames, text);
}
std::string_view name(RunState state) { return kStateNames.at(static_cast<std::size_t>(state)); }
std::optional<RunState> parse_run_state(std::string_view text) {
  return parse_name<RunState>(kStateNames, text);
}
std::string_view name(IntentVerdict verdict) {
  return kIntentNames.at(static_cast<std::size_t>(verdict));
}

bool allowed(RunState from, RunState next) {
  return (kAllowed[static_cast<std::size_t>(from)] & to(next)) != 0;
}
bool is_final(RunState state) { return (kFinal & to(state)) != 0; }

void drop_lease(Run& run) {
  run.lease_owner.clear();
  run.lease_until.reset();
}

IntentVerdict may_start(const Run& run, const std::optional<Approval>& approval,
                        const IntentFacts& facts) {
  using V = IntentVerdict;
  const bool mine = run.state == RunState::claimed && run.fence == facts.fence &&
                    run.lease_owner == facts.replica && run.lease_until &&
                    facts.now < *run.lease_until;
  if (!mine) return V::fenced;
  if (!facts.epoch_open) return V::epoch_closed;
  if (facts.halted && run.effect != EffectClass::read) return V::halted;
  if (facts.frozen && run.effect != EffectClass::read) return V::frozen;
  if (run.needs_approval && run.standing) {
    if (!facts.standing_admits)
      return facts.directory_silent ? V::directory_silent : V::standing_over;
  } else if (run.needs_approval) {
    if (!approved_for(run, approval)) return V::not_approved;
    if (approval->state == ApprovalState::approved) {
      if (approval->usable_until && facts.now >= *approval->usable_until) return V::approval_stale;
      if (!facts.approvers_suffice)
        return facts.directory_silent ? V::directory_silent : V::approver_lost_right;
    }
  }
  const bool key_expired = run.effect == EffectClass::idempotent && run.first_started_at &&
                           facts.now >= *run.first_started_at + run.key_valid_for;
  if (key_expired) return V::key_too_old;
  return facts.breaker_admits ? V::go : V::breaker_open;
}

Settlement settle(const Run& run, OutcomeClass outcome) {
  if (outcome == OutcomeClass::ok) return {RunState::succeeded, {}};
  const Retry& retry = run.retry;
  const bool wanted = std::ranges::find(retry.on, outcome) != retry.on.end();
  if (!run.stop && retry.attempts > 1 && wanted && repeatable(run.effect, outcome)) {
    if (run.attempt >= retry.attempts) return {RunState::dead, {}};
    return {RunState::ready, backoff(run.attempt, retry.base, retry.cap)};
  }
  const bool known = outcome != OutcomeClass::ambiguous || run.effect == EffectClass::read;
  return {known ? RunState::failed : RunState::unknown, {}};
}

RunState reaped(const Run& run) {
  return run.state == RunState::claimed ? RunState::ready
                                        : settle(run, OutcomeClass::ambiguous).state;
}

}  // namespace countersign::core
