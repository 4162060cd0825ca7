#include "bot/store/approvals.h"

#include <algorithm>

#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

// One from before demands were kept: so many people of these roles.
core::Demand plain_demand(const Row& r) {
  core::Demand demand;
  demand.clauses = {{"", {{r.texts("roles"), static_cast<int>(r.number("quorum"))}}, {}}};
  demand.four_eyes = r.flag("four_eyes");
  demand.use_within = core::Duration(r.number("use_within_us"));
  return demand;
}

core::Approval approval_of(const Row& r) {
  core::Approval a;
  a.id = {r.number("approval_id")};
  a.run = {r.number("run_id")};
  a.plan_no = static_cast<int>(r.number("plan_no"));
  a.plan_hash = r.text("plan_hash");
  const auto state = core::parse_approval_state(r.text("state"));
  if (!state) throw StoreError(ErrorKind::internal, "unknown approval state " + r.text("state"));
  a.state = *state;
  a.demand = r.is_null("demand") ? plain_demand(r) : r.json("demand").get<core::Demand>();
  a.requester = r.text("requester");
  a.editors = r.texts("editors");
  a.approvers = r.texts("approvers");
  a.message_refs = r.texts("message_refs");
  a.asked_at = r.instant("created_at");
  a.expires_at = r.instant("expires_at");
  a.noticed = static_cast<std::size_t>(r.number("noticed"));
  a.usable_until = r.maybe_instant("usable_until");
  a.decided_by = r.text_or("decided_by", "");
  a.decided_at = r.maybe_instant("decided_at");
  a.broken_glass = r.flag("broken_glass");
  return a;
}

std::vector<core::Approval> approvals_of(const Rows& rows) {
  std::vector<core::Approval> approvals;
  for (const Row r : rows) approvals.push_back(approval_of(r));
  return approvals;
}

std::optional<core::Approval> one_approval(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return approval_of(rows[0]);
}

core::VoteChoice choice_of(const std::string& text) {
  using enum core::VoteChoice;
  for (const core::VoteChoice choice : {approve, deny, retract}) {
    if (core::name(choice) == text) return choice;
  }
  throw StoreError(ErrorKind::internal, "unknown vote " + text);
}

// A vote's plan hash comes from a button that anybody may have forged: what is no digest is stored
// as none.
Param digest_or_null(const std::string& hex) {
  const bool digest = hex.size() == 64 && std::ranges::all_of(hex, [](unsigned char c) {
                        return std::isxdigit(c) != 0;
                      });
  return digest ? Param(hex) : Param(std::nullopt);
}

}  // namespace

core::ApprovalId create_approval(Tx& tx, const core::Approval& a) {
  const core::Demand& demand = a.demand;
  const auto notices = core::notices(demand);
  const Rows created = tx.exec(
      stmt::create_approval,
      {a.run.value, a.plan_no, a.plan_hash, core::name(a.state), demand.people(), demand.four_eyes,
       text_array(demand.roles()), a.requester, text_array(a.editors), text_array(a.approvers),
       text_array(a.message_refs), demand.expires_in, demand.use_within, Json(demand),
       notices.empty() ? Param(std::nullopt) : Param(notices.front().after)});
  return {created[0].number("approval_id")};
}

std::optional<core::Approval> find_approval(Tx& tx, core::ApprovalId id) {
  return one_approval(tx.exec(stmt::find_approval, {id.value}));
}

std::optional<core::Approval> lock_approval(Tx& tx, core::ApprovalId id) {
  return one_approval(tx.exec(stmt::lock_approval, {id.value}));
}

void save_approval(Tx& tx, const core::Approval& a, core::ApprovalState from) {
  const Rows saved =
      tx.exec(stmt::save_approval,
              {a.id.value, core::name(from), core::name(a.state), text_array(a.approvers),
               a.usable_until, text_or_null(a.decided_by), a.decided_at, a.broken_glass});
  if (saved.affected() != 1) {
    throw StoreError(ErrorKind::conflict,
                     "approval " + a.id.text() + " is no longer " + std::string(core::name(from)));
  }
}

void add_message_ref(Tx& tx, core::ApprovalId id, const std::string& message_ref) {
  tx.exec(stmt::add_message_ref, {id.value, message_ref});
}

std::optional<core::ApprovalId> approval_of_message(Tx& tx, const std::string& message_ref) {
  const Rows found = tx.exec(stmt::approval_of_message, {message_ref});
  if (found.empty()) return std::nullopt;
  return core::ApprovalId{found[0].number("approval_id")};
}

bool add_vote(Tx& tx, core::ApprovalId id, const VoteRow& v) {
  const Rows added =
      tx.exec(stmt::add_vote, {id.value, v.voter, v.voter_name, core::name(v.choice), v.act_id,
                               v.via, digest_or_null(v.plan_hash), v.counted, v.why, v.reason});
  return added.affected() == 1;
}

std::vector<VoteRow> votes_of(Tx& tx, core::ApprovalId id) {
  std::vector<VoteRow> votes;
  for (const Row r : tx.exec(stmt::votes_of, {id.value})) {
    votes.push_back({r.text("voter"), r.text("voter_name"), choice_of(r.text("choice")),
                     r.text("act_id"), r.text("via"), r.text_or("plan_hash", ""), r.flag("counted"),
                     r.text("why"), r.text("reason"), r.instant("at")});
  }
  return votes;
}

std::vector<core::ApprovalId> due_approvals(Tx& tx, int n) {
  std::vector<core::ApprovalId> due;
  for (const Row r : tx.exec(stmt::due_approvals, {n})) due.push_back({r.number("approval_id")});
  return due;
}

std::vector<core::ApprovalId> due_notices(Tx& tx, int n) {
  std::vector<core::ApprovalId> due;
  for (const Row r : tx.exec(stmt::due_notices, {n})) due.push_back({r.number("approval_id")});
  return due;
}

void note_notice(Tx& tx, core::ApprovalId id, std::size_t noticed,
                 const std::optional<core::Instant>& next) {
  tx.exec(stmt::note_notice, {id.value, static_cast<int>(noticed), next});
}

int minute_of_day(Tx& tx, const std::string& zone) {
  return static_cast<int>(tx.exec(stmt::minute_of_day, {zone})[0].number("minute"));
}

std::vector<core::Approval> approvals_of_run(Tx& tx, core::RunId run) {
  return approvals_of(tx.exec(stmt::approvals_of_run, {run.value}));
}

std::vector<core::Approval> pending_approvals(Tx& tx, int n) {
  return approvals_of(tx.exec(stmt::pending_approvals, {n}));
}

std::vector<core::OpenQuestion> open_questions(Tx& tx, const std::string& chat) {
  std::vector<core::OpenQuestion> open;
  for (const Row r : tx.exec(stmt::open_questions, {chat}))
    open.push_back({r.text("remote_channel"), r.text("remote_id")});
  return open;
}

}  // namespace countersign::store
