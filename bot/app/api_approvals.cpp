#include "bot/app/api_approvals.h"

#include <algorithm>

#include "bot/app/approval_view.h"
#include "bot/engine/narrate.h"

namespace countersign::app {
namespace {

constexpr int kMost = 500;
constexpr std::size_t kHashLength = 64;

std::optional<ApprovalView> find(const ApiRoom& room, const ApiCall& call) {
  return room.deps.db.transact("api approval",
                               [&](store::Tx& tx) { return find_view(tx, call.value("id")); });
}

ApiAnswer no_such_approval() { return refusal(404, "not_found", "There is no such approval."); }

core::VoteChoice choice_of(const std::string& word) {
  using enum core::VoteChoice;
  return word == "approve" ? approve : word == "deny" ? deny : retract;
}

int status_of(core::VoteVerdict verdict) {
  using enum core::VoteVerdict;
  switch (verdict) {
    case counted:
      return 200;
    case not_eligible:
    case requester:
    case not_human:
    case same_team:
    case needs_code:
      return 403;
    case not_known:
      return 503;
    default:
      return 409;
  }
}

ApiAnswer not_counted(int status, const std::string& verdict, const std::string& message) {
  ApiAnswer answer = refusal(status, verdict, message);
  answer.body["counted"] = false;
  answer.body["verdict"] = verdict;
  return answer;
}

ApiAnswer counted(const ApprovalView& view, bool repeated) {
  return {200,
          {{"counted", true},
           {"repeated", repeated},
           {"verdict", "counted"},
           {"approval", approval_json(view)}}};
}

// Whatever the act came to when it was new.
ApiAnswer repeated(const ApprovalView& view, const engine::Ballot& ballot) {
  const auto vote = std::ranges::find(view.votes, ballot.act_id, &store::VoteRow::act_id);
  if (vote == view.votes.end() || vote->choice != ballot.choice ||
      vote->plan_hash != ballot.plan_hash)
    return not_counted(409, "key_used", "This Idempotency-Key was used for another vote.");
  if (vote->counted) return counted(view, true);
  return not_counted(409, vote->why, "This very vote was handled before, and did not count.");
}

// One hash, however its digits are written.
std::string hash_in(const ApiCall& call) {
  std::string hash = call.value("plan_hash");
  std::ranges::transform(hash, hash.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return hash;
}

bool is_hash(const std::string& text) {
  return text.size() == kHashLength &&
         text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

engine::Ballot ballot_of(const ApiRoom& room, const ApiCall& call, const ApprovalView& view) {
  const std::string key = call.value("Idempotency-Key");
  engine::Ballot ballot;
  ballot.run = view.run.id;
  ballot.approval = view.approval.id;
  ballot.voter = call.token.person;
  ballot.choice = choice_of(call.value("choice"));
  ballot.act_id = "http/" + call.token.id.text() + "/" + (key.empty() ? room.deps.ids.uuid() : key);
  ballot.via = "http";
  ballot.plan_hash = hash_in(call).empty() ? view.approval.plan_hash : hash_in(call);
  ballot.reason = core::make_visible(call.value("reason"), 500);
  ballot.code = call.value("code");
  return ballot;
}

}  // namespace

ApiAnswer list_approvals(const ApiRoom& room, const ApiCall&) {
  Json all = Json::array();
  const auto views = room.deps.db.transact("api approvals",
                                           [](store::Tx& tx) { return pending_views(tx, kMost); });
  for (const auto& view : views) all.push_back(approval_json(view));
  return {200, {{"approvals", all}}};
}

ApiAnswer show_approval(const ApiRoom& room, const ApiCall& call) {
  const auto view = find(room, call);
  return view ? ApiAnswer{200, approval_json(*view)} : no_such_approval();
}

ApiAnswer cast_vote(const ApiRoom& room, const ApiCall& call) {
  const std::string hash = hash_in(call);
  if (hash.empty() && call.value("choice") == "approve")
    return refusal(400, "invalid", "plan_hash is missing: an approval names the plan it is for.");
  if (!hash.empty() && !is_hash(hash))
    return refusal(400, "invalid", "plan_hash has to be 64 hexadecimal digits.");
  const auto view = find(room, call);
  if (!view) return no_such_approval();
  const engine::Ballot ballot = ballot_of(room, call, *view);
  const auto answer = room.voting.cast(ballot);
  const bool done = answer.verdict == core::VoteVerdict::counted;
  if (!answer.repeated && !done)
    return not_counted(status_of(answer.verdict), std::string(core::name(answer.verdict)),
                       answer.words);
  const auto now = room.deps.db.transact("api approval", [&](store::Tx& tx) {
    return view_of(tx, *store::find_approval(tx, view->approval.id));
  });
  return answer.repeated ? repeated(now, ballot) : counted(now, false);
}

}  // namespace countersign::app
