#include "bot/app/approval_view.h"

#include <algorithm>
#include <span>

#include "bot/core/message.h"
#include "bot/engine/narrate.h"
#include "bot/engine/refs.h"
#include "bot/store/runs.h"

namespace countersign::app {
namespace {

constexpr std::size_t kShown = 2000;     // characters of one line
constexpr std::size_t kVotesTold = 200;  // the last ones

Json person_json(const std::string& key, const std::string& name) {
  return {{"key", key}, {"name", name.empty() ? key : name}};
}

std::string name_of(const ApprovalView& view, const std::string& key) {
  const auto vote = std::ranges::find(view.votes, key, &store::VoteRow::voter);
  return vote == view.votes.end() ? key : vote->voter_name;
}

Json vote_json(const store::VoteRow& vote) {
  return {{"voter", person_json(vote.voter, vote.voter_name)},
          {"choice", core::name(vote.choice)},
          {"via", vote.via},
          {"counted", vote.counted},
          {"why", vote.why},
          {"reason", vote.reason},
          {"plan_hash", vote.plan_hash},
          {"at", core::format_instant(vote.at)}};
}

Json must_approve(const core::Demand& demand) {
  Json all = Json::array();
  for (const auto& clause : demand.clauses) {
    Json groups = Json::array();
    for (const auto& group : clause.groups)
      groups.push_back({{"count", group.count}, {"roles", group.roles}});
    all.push_back({{"source", clause.source}, {"groups", groups}});
  }
  return all;
}

// A newer plan of the same run has a question of its own.
bool shows_plan(const ApprovalView& view) {
  return view.run.plan && view.run.plan_hash == view.approval.plan_hash;
}

std::string visible(const std::string& text) { return core::make_visible(text, kShown); }

std::string demand_words(const core::Demand& demand) {
  std::string out;
  for (const auto& clause : demand.clauses)
    out += (out.empty() ? "" : "; ") + core::words(clause) + " (" + clause.source + ")";
  if (out.empty()) out = "nobody";
  if (demand.four_eyes) out += "; not whoever asked for it or changed it";
  if (demand.separate_teams) out += "; no two of one team";
  if (demand.step_up) out += "; with a one-time code";
  return out;
}

std::string votes_words(const ApprovalView& view) {
  std::string out;
  for (const auto& key : view.approval.approvers)
    out += (out.empty() ? "" : ", ") + visible(name_of(view, key));
  return out.empty() ? "nobody" : out;
}

std::string indented(const std::string& text) {
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out += "    " + visible(text.substr(at, end - at)) + "\n";
    at = end + 1;
  }
  return out;
}

}  // namespace

ApprovalView view_of(store::Tx& tx, const core::Approval& approval) {
  return {approval, *store::find_run(tx, approval.run), store::votes_of(tx, approval.id)};
}

std::optional<ApprovalView> find_view(store::Tx& tx, core::RunId id) {
  const auto run = store::find_run(tx, id);
  if (!run || !run->approval) return std::nullopt;
  const auto approval = store::find_approval(tx, run->approval);
  return approval ? std::optional(view_of(tx, *approval)) : std::nullopt;
}

std::optional<ApprovalView> find_view(store::Tx& tx, const std::string& id) {
  const auto reference = engine::parse_reference(id);
  if (!reference || !reference->run) return std::nullopt;
  if (std::isdigit(static_cast<unsigned char>(id.front())) == 0)
    return find_view(tx, reference->run);
  const auto approval = store::find_approval(tx, core::ApprovalId{reference->run.value});
  return approval ? std::optional(view_of(tx, *approval)) : std::nullopt;
}

std::vector<ApprovalView> pending_views(store::Tx& tx, int n) {
  std::vector<ApprovalView> out;
  for (const auto& approval : store::pending_approvals(tx, n)) out.push_back(view_of(tx, approval));
  return out;
}

Json run_json(const core::Run& run) {
  Json editors = Json::array();
  for (const auto& editor : run.editors) editors.push_back(person_json(editor.key, editor.name));
  return {{"id", run.id.value},
          {"ref", engine::show(run.id)},
          {"state", core::name(run.state)},
          {"action", run.action},
          {"tier", core::name(run.tier)},
          {"rule", run.rule},
          {"requester",
           run.requester.empty() ? Json() : person_json(run.requester, run.requester_name)},
          {"editors", editors},
          {"correlation_id", run.correlation.text()},
          {"links", {{"cancel", "/api/v1/runs/" + run.id.text() + "/cancel"}}}};
}

Json approval_json(const ApprovalView& view) {
  const core::Approval& a = view.approval;
  const std::string self = "/api/v1/approvals/" + a.id.text();
  Json approvers = Json::array(), votes = Json::array();
  for (const auto& key : a.approvers) approvers.push_back(person_json(key, name_of(view, key)));
  const auto left_out = view.votes.size() - std::min(view.votes.size(), kVotesTold);
  for (const auto& vote : std::span(view.votes).subspan(left_out)) votes.push_back(vote_json(vote));
  return {{"id", a.id.value},
          {"state", core::name(a.state)},
          {"plan_no", a.plan_no},
          {"plan_hash", a.plan_hash},
          {"run", run_json(view.run)},
          {"plan", shows_plan(view) ? Json(*view.run.plan) : Json()},
          {"must_approve", must_approve(a.demand)},
          {"four_eyes", a.demand.four_eyes},
          {"separate_teams", a.demand.separate_teams},
          {"step_up", a.demand.step_up},
          {"approvers", approvers},
          {"votes", votes},
          {"expires_at", core::format_instant(a.expires_at)},
          {"usable_until", a.usable_until ? Json(core::format_instant(*a.usable_until)) : Json()},
          {"decided_by", a.decided_by},
          {"links", {{"self", self}, {"votes", self + "/votes"}}}};
}

std::string approval_line(const ApprovalView& view) {
  const core::Run& run = view.run;
  std::string out = engine::show(run.id) + "  " + visible(run.action);
  if (run.plan && !run.plan->targets.empty())
    out += " on " + visible(engine::join(run.plan->targets, ", "));
  return out + "  " + std::string(core::name(view.approval.state)) + ", approved by " +
         votes_words(view) + ", until " + core::format_instant(view.approval.expires_at);
}

std::string approval_text(const ApprovalView& view) {
  const core::Approval& a = view.approval;
  const core::Run& run = view.run;
  std::string out = approval_line(view) + "\n";
  const auto add = [&out](const std::string& label, const std::string& text) {
    if (!text.empty()) out += "  " + label + ": " + text + "\n";
  };
  add("tier", std::string(core::name(run.tier)));
  add("rule", visible(run.rule));
  add("asked for by", visible(run.requester_name));
  for (const auto& editor : run.editors) add("changed by", visible(editor.name));
  add("must approve", visible(demand_words(a.demand)));
  add("plan", a.plan_hash);
  if (!shows_plan(view)) return out + "  A newer plan has taken its place.\n";
  add("parameters", visible(engine::parameters_words(run.plan->parameters)));
  add("call", visible(run.plan->call.dump()));
  if (run.plan->dry_run == core::Plan::DryRunState::none_declared)
    return out + "  dry run: this action has none\n";
  return out + "  dry run:\n" + indented(run.plan->dry_run_output);
}

}  // namespace countersign::app
