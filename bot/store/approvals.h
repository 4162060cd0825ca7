// Approvals and every vote act, counted or not.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "bot/core/approval.h"
#include "bot/core/ports/chat.h"
#include "bot/store/pg.h"

namespace countersign::store {

// Asked now, by the database's clock: from then on its demand's times count.
core::ApprovalId create_approval(Tx& tx, const core::Approval& approval);
std::optional<core::Approval> find_approval(Tx& tx, core::ApprovalId id);
// FOR UPDATE. Read Tx::now() after this, not before (I9).
std::optional<core::Approval> lock_approval(Tx& tx, core::ApprovalId id);
void save_approval(Tx& tx, const core::Approval& approval, core::ApprovalState from);
// Called in the transaction that records the plan's post as sent.
void add_message_ref(Tx& tx, core::ApprovalId id, const std::string& message_ref);
// The approval whose plan is this message, if any.
std::optional<core::ApprovalId> approval_of_message(Tx& tx, const std::string& message_ref);

struct VoteRow {
  std::string voter;
  std::string voter_name;
  core::VoteChoice choice = core::VoteChoice::approve;
  std::string act_id;
  std::string via;  // button, emoji, command, cli
  std::string plan_hash;
  bool counted = false;
  std::string why;     // VoteVerdict name when not counted
  std::string reason;  // what the voter wrote
  core::Instant at{};
};
// False: this act was stored before (a double click, a redelivery) and must not act again.
bool add_vote(Tx& tx, core::ApprovalId id, const VoteRow& vote);
std::vector<VoteRow> votes_of(Tx& tx, core::ApprovalId id);

// Pending ones past their expiry and approved ones past their use-by.
std::vector<core::ApprovalId> due_approvals(Tx& tx, int n);
// Pending ones of which the next notice is due.
std::vector<core::ApprovalId> due_notices(Tx& tx, int n);
// So many notices have been given; the next is due at `next`, if any.
void note_notice(Tx& tx, core::ApprovalId id, std::size_t noticed,
                 const std::optional<core::Instant>& next);
// Of the day, by the database's clock in that time zone.
int minute_of_day(Tx& tx, const std::string& zone);
std::vector<core::Approval> approvals_of_run(Tx& tx, core::RunId run);
std::vector<core::Approval> pending_approvals(Tx& tx, int n);
// The posts of plans in this chat that still take votes.
std::vector<core::OpenQuestion> open_questions(Tx& tx, const std::string& chat);

}  // namespace countersign::store
