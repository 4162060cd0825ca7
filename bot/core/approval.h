// One question put to people about one plan. Its life is the table in approval.cpp; the same table
// stands in state_transition in the database, and a test compares the two.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bot/core/demand.h"
#include "bot/core/electorate.h"
#include "bot/core/ids.h"
#include "bot/core/instant.h"

namespace countersign::core {

enum class ApprovalState { pending, approved, denied, expired, cancelled, voided, consumed };
// `glass`: one person starts it in an emergency.
enum class ApprovalEvent { quorum, deny, expire, cancel, replace, start, unused, glass };
std::string_view name(ApprovalState state);  // voided is "void" in the database and for people
std::optional<ApprovalState> parse_approval_state(std::string_view text);
// Where an event leads; nothing: it has no effect in that state (somebody else has won, I10).
std::optional<ApprovalState> next(ApprovalState from, ApprovalEvent event);

enum class VoteChoice { approve, deny, retract };
std::string_view name(VoteChoice choice);

struct Approval {
  ApprovalId id;
  RunId run;
  int plan_no = 1;
  std::string plan_hash;  // hex
  ApprovalState state = ApprovalState::pending;
  Demand demand;
  std::string requester;                  // person key; empty when an event asked
  std::vector<std::string> editors;       // person keys of those who changed what was asked for
  std::vector<std::string> approvers;     // person keys, in the order they voted
  std::vector<std::string> message_refs;  // of the posted plan, in each chat; empty: not posted yet
  Instant asked_at{};
  Instant expires_at{};
  std::size_t noticed = 0;  // so many of the notices() have been given
  std::optional<Instant> usable_until;
  bool broken_glass = false;  // approved by one person alone, in an emergency
  std::string decided_by;
  std::optional<Instant> decided_at;
};

// The name of a message over all chats; the platforms' ids are unique in a channel only.
std::string message_ref(const std::string& chat, const std::string& channel,
                        const std::string& message);

struct Vote {
  std::string voter;  // person key
  VoteChoice choice = VoteChoice::approve;
  std::string plan_hash;    // of the plan the voter saw
  std::string message_ref;  // of the message the voter acted on; empty: a command, which names the
                            // approval itself
  bool human = true;
  bool stepped_up = false;  // proven with a one-time code just now
  bool shown = false;       // the voter has read this plan elsewhere, and names its hash
};

// Why a vote did not count; counted otherwise.
enum class VoteVerdict {
  counted,
  already_decided,
  old_plan,
  not_posted,
  other_message,
  expired,
  not_eligible,
  requester,
  already_voted,
  nothing_to_retract,
  not_human,
  same_team,
  needs_code,
  not_known,  // whether the voter may cannot be told now: a directory does not answer
};
std::string_view name(VoteVerdict verdict);

struct VoteResult {
  VoteVerdict verdict = VoteVerdict::counted;
  Approval after;  // equal to what was given unless counted
};

// The one place where votes are judged. `now` is the database's clock read after the row was locked
// (I9); the electorate was looked up just before.
VoteResult step(const Approval& approval, const Vote& vote, const Electorate& electorate,
                Instant now);

// How those who approved so far count; borrows both.
Count count(const Approval& approval, const Electorate& electorate, Instant now);
// Whether they still suffice, e.g. right before the start (I11).
bool suffices(const Approval& approval, const Electorate& electorate, Instant now);

// Applies an event without a voter (expiry, cancel, replacement, start). Nothing: no effect.
std::optional<Approval> step(const Approval& approval, ApprovalEvent event, const std::string& by,
                             Instant now);

}  // namespace countersign::core
