#include "bot/core/approval.h"

#include <algorithm>
#include <array>

#include "bot/core/table.h"

namespace countersign::core {
namespace {

constexpr std::array kStateNames{"pending",   "approved", "denied",  "expired",
                                 "cancelled", "void",     "consumed"};
constexpr std::array kVerdictNames{
    "counted",   "already_decided", "old_plan",   "not_posted",    "other_message",
    "expired",   "not_eligible",    "requester",  "already_voted", "nothing_to_retract",
    "not_human", "same_team",       "needs_code", "not_known"};

// Every pair of state and event is answered; `none` means that the event comes too late and changes
// nothing.
constexpr int kStates = 7;
constexpr int kEvents = 8;
using S = ApprovalState;
using Cell = std::optional<S>;
constexpr Cell none = std::nullopt;
constexpr std::array<std::array<Cell, kEvents>, kStates> kNext{{
    //  quorum       deny       expire      cancel        replace    start        unused  glass
    {S::approved, S::denied, S::expired, S::cancelled, S::voided, none, none,
     S::approved},                                                               // pending
    {none, none, none, S::cancelled, S::voided, S::consumed, S::expired, none},  // approved
    {none, none, none, none, none, none, none, none},                            // denied
    {none, none, none, none, none, none, none, none},                            // expired
    {none, none, none, none, none, none, none, none},                            // cancelled
    {none, none, none, none, none, none, none, none},                            // void
    {none, none, none, none, none, none, none, none},                            // consumed
}};
static_assert(kStateNames.size() == kStates && static_cast<int>(S::consumed) == kStates - 1);
static_assert(static_cast<int>(ApprovalEvent::glass) == kEvents - 1);

bool among(const std::string& one, const std::vector<std::string>& all) {
  return std::ranges::find(all, one) != all.end();
}

// Everybody whose team matters: who asked, who changed it, who agreed.
std::vector<std::string> concerned(const Approval& approval) {
  std::vector<std::string> out = approval.approvers;
  for (const std::string& person : approval.editors) {
    if (!among(person, out)) out.push_back(person);
  }
  if (!approval.requester.empty() && !among(approval.requester, out))
    out.push_back(approval.requester);
  return out;
}

// The first reason for which a vote cannot count.
VoteVerdict judge(const Approval& approval, const Vote& vote, const Electorate& electorate,
                  Instant now) {
  using V = VoteVerdict;
  const bool yes = vote.choice == VoteChoice::approve;
  const bool has = among(vote.voter, approval.approvers);
  const Count counting = count(approval, electorate, now);
  const bool asker = vote.voter == approval.requester || among(vote.voter, approval.editors);
  // Whoever asked for it may say no, if only that.
  const bool may = counting.may(vote.voter) || (!yes && asker);
  auto together = concerned(approval);
  if (!among(vote.voter, together)) together.push_back(vote.voter);
  const struct {
    bool refused;
    VoteVerdict why;
  } rules[] = {
      {!vote.human, V::not_human},
      {approval.state != S::pending, V::already_decided},
      {now >= approval.expires_at, V::expired},
      {approval.message_refs.empty() && !vote.shown, V::not_posted},
      {!vote.message_ref.empty() && !among(vote.message_ref, approval.message_refs),
       V::other_message},
      {vote.plan_hash != approval.plan_hash, V::old_plan},
      {yes && approval.demand.four_eyes && asker, V::requester},
      {!may && vote.choice != VoteChoice::retract,
       electorate.silent.empty() ? V::not_eligible : V::not_known},
      {yes && has, V::already_voted},
      {vote.choice == VoteChoice::retract && !has, V::nothing_to_retract},
      {yes && approval.demand.separate_teams && !counting.teams_apart(together),
       electorate.silent.empty() ? V::same_team : V::not_known},
      {yes && approval.demand.step_up && !vote.stepped_up, V::needs_code},
  };
  for (const auto& rule : rules) {
    if (rule.refused) return rule.why;
  }
  return V::counted;
}

}  // namespace

std::string_view name(ApprovalState state) {
  return kStateNames.at(static_cast<std::size_t>(state));
}
std::string_view name(VoteVerdict verdict) {
  return kVerdictNames.at(static_cast<std::size_t>(verdict));
}
std::string message_ref(const std::string& chat, const std::string& channel,
                        const std::string& message) {
  return chat + ":" + channel + ":" + message;
}
std::string_view name(VoteChoice choice) {
  constexpr std::array names{"approve", "deny", "retract"};
  return names.at(static_cast<std::size_t>(choice));
}
std::optional<ApprovalState> parse_approval_state(std::string_view text) {
  return parse_name<ApprovalState>(kStateNames, text);
}

std::optional<ApprovalState> next(ApprovalState from, ApprovalEvent event) {
  return kNext[static_cast<std::size_t>(from)][static_cast<std::size_t>(event)];
}

std::optional<Approval> step(const Approval& approval, ApprovalEvent event, const std::string& by,
                             Instant now) {
  const auto to = next(approval.state, event);
  if (!to) return std::nullopt;
  Approval after = approval;
  after.state = *to;
  after.decided_by = by;
  after.decided_at = now;
  return after;
}

Count count(const Approval& approval, const Electorate& electorate, Instant now) {
  Count out{approval.demand, electorate, {}, now - approval.asked_at, now};
  if (approval.demand.four_eyes) {
    out.excluded = approval.editors;
    out.excluded.push_back(approval.requester);
  }
  return out;
}

bool suffices(const Approval& approval, const Electorate& electorate, Instant now) {
  const Count counting = count(approval, electorate, now);
  return counting.gaps(approval.approvers).empty() &&
         (!approval.demand.separate_teams || counting.teams_apart(concerned(approval)));
}

VoteResult step(const Approval& approval, const Vote& vote, const Electorate& electorate,
                Instant now) {
  const VoteVerdict verdict = judge(approval, vote, electorate, now);
  if (verdict != VoteVerdict::counted) return {verdict, approval};
  Approval after = approval;
  if (vote.choice == VoteChoice::retract) {
    std::erase(after.approvers, vote.voter);
    return {verdict, after};
  }
  if (vote.choice == VoteChoice::deny)
    return {verdict, *step(approval, ApprovalEvent::deny, vote.voter, now)};
  after.approvers.push_back(vote.voter);
  if (!suffices(after, electorate, now)) return {verdict, after};
  after = *step(after, ApprovalEvent::quorum, vote.voter, now);
  after.usable_until = now + after.demand.cooldown + after.demand.use_within;
  return {verdict, after};
}

}  // namespace countersign::core
