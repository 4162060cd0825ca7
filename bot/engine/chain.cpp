#include "bot/engine/chain.h"

#include "bot/store/standings.h"

namespace countersign::engine {
namespace {

RunStory load_run(store::Tx& tx, const core::Run& run) {
  RunStory story{run, {}, store::attempts_of(tx, run.id)};
  for (const auto& approval : store::approvals_of_run(tx, run.id))
    story.approvals.push_back({approval, store::votes_of(tx, approval.id)});
  if (run.standing) story.standing = store::find_standing(tx, run.standing);
  if (story.standing) story.standing_by = store::votes_of(tx, story.standing->approval);
  if (run.granted > 0) story.reviews = store::reviews_of_run(tx, run.id);
  return story;
}

Json approval_json(const ApprovalStory& story) {
  const core::Approval& a = story.approval;
  Json votes = Json::array();
  for (const auto& v : story.votes) {
    votes.push_back({{"voter", v.voter},
                     {"name", v.voter_name},
                     {"choice", core::name(v.choice)},
                     {"via", v.via},
                     {"counted", v.counted},
                     {"why", v.why},
                     {"reason", v.reason},
                     {"plan", v.plan_hash},
                     {"at", core::format_instant(v.at)}});
  }
  return {{"id", a.id.value},           {"plan_no", a.plan_no},
          {"plan", a.plan_hash},        {"state", core::name(a.state)},
          {"demand", a.demand},         {"requester", a.requester},
          {"editors", a.editors},       {"broken_glass", a.broken_glass},
          {"approvers", a.approvers},   {"expires_at", core::format_instant(a.expires_at)},
          {"decided_by", a.decided_by}, {"votes", votes}};
}

Json run_json(const RunStory& story) {
  const core::Run& r = story.run;
  Json attempts = Json::array(), approvals = Json::array();
  for (const auto& a : story.attempts) {
    attempts.push_back({{"attempt", a.attempt},
                        {"fence", a.fence},
                        {"phase", a.phase},
                        {"outcome", a.outcome},
                        {"detail", a.detail},
                        {"replica", a.replica},
                        {"at", core::format_instant(a.at)}});
  }
  for (const auto& a : story.approvals) approvals.push_back(approval_json(a));
  return {{"id", r.id.value},
          {"ref", show(r.id)},
          {"rule", r.rule},
          {"purpose", core::name(r.purpose)},
          {"parent", r.parent.value},
          {"stop", r.stop ? Json(*r.stop) : Json()},
          {"action", r.action},
          {"state", core::name(r.state)},
          {"tier", core::name(r.tier)},
          {"effect", core::name(r.effect)},
          {"requester", r.requester},
          {"requester_name", r.requester_name},
          {"plan", r.plan ? Json(*r.plan) : Json()},
          {"plan_hash", r.plan_hash},
          {"plan_no", r.plan_no},
          {"starts", r.starts},
          {"granted", r.granted},
          {"outcome", r.outcome},
          {"approvals", approvals},
          {"attempts", attempts},
          {"created_at", core::format_instant(r.created_at)}};
}

}  // namespace

std::optional<Chain> load_chain(store::Tx& tx, const Reference& reference, bool only) {
  Chain chain;
  std::optional<core::Run> named;
  std::optional<core::Event> event;
  if (reference.run) {
    named = store::find_run(tx, reference.run);
    if (!named) return std::nullopt;
    event = store::find_event(tx, named->event);
  } else {
    event = reference.event ? store::find_event(tx, reference.event)
                            : store::find_event_by_correlation(tx, reference.correlation);
  }
  if (!event) return std::nullopt;
  chain.event = *event;
  chain.decisions = store::decisions_of(tx, event->id);
  chain.audit = store::audit_of_correlation(tx, event->correlation);
  if (named && only) {
    chain.runs.push_back(load_run(tx, *named));
    return chain;
  }
  for (const auto& run : store::runs_of_event(tx, event->id))
    chain.runs.push_back(load_run(tx, run));
  // A duplicate has no run of its own; what it belongs to is part of its story.
  if (chain.runs.empty()) {
    for (const auto& d : chain.decisions) {
      const auto run = d.run ? store::find_run(tx, d.run) : std::nullopt;
      if (run) chain.runs.push_back(load_run(tx, *run));
    }
  }
  return chain;
}

Json chain_json(const Chain& chain) {
  const core::Event& e = chain.event;
  Json decisions = Json::array(), runs = Json::array(), audit = Json::array();
  for (const auto& d : chain.decisions) {
    decisions.push_back({{"rule", d.rule},
                         {"rule_hash", d.rule_hash},
                         {"verdict", d.verdict},
                         {"run", d.run ? Json(d.run.value) : Json()},
                         {"detail", d.detail},
                         {"decided_at", core::format_instant(d.decided_at)}});
  }
  for (const auto& r : chain.runs) runs.push_back(run_json(r));
  for (const auto& a : chain.audit) {
    audit.push_back({{"at", core::format_instant(a.at)},
                     {"actor", a.actor},
                     {"kind", a.kind},
                     {"ref", a.ref},
                     {"body", a.body}});
  }
  return {{"correlation_id", e.correlation.text()},
          {"event",
           {{"id", e.id.value},
            {"source", e.source},
            {"trigger", e.trigger},
            {"delivery_id", e.delivery_id},
            {"body", e.body},
            {"body_note", e.body_note},
            {"status", e.status},
            {"received_at", core::format_instant(e.received_at)}}},
          {"decisions", decisions},
          {"runs", runs},
          {"audit", audit}};
}

std::string chain_text(const Chain& chain) {
  std::string out = core::as_text(why_message(chain));
  out += "\nRecord:\n";
  for (const auto& a : chain.audit) {
    out += "  " + core::format_instant(a.at) + "  " + a.kind + "  " + a.ref + "  by " + a.actor +
           "  " + core::make_visible(a.body.dump(), 300) + "\n";
  }
  return out;
}

}  // namespace countersign::engine
