#include "bot/store/runs.h"

#include "bot/store/ids_param.h"
#include "bot/store/run_rows.h"

namespace countersign::store {
namespace {

// What the database holds is a name that one of our enums has.
template <class T>
T known(const std::optional<T>& parsed, const std::string& text) {
  if (!parsed) throw StoreError(ErrorKind::internal, "unknown word in the database: " + text);
  return *parsed;
}

int int_of(const Row& r, std::string_view column) { return static_cast<int>(r.number(column)); }

core::Run run_of(const Row& r) {
  core::Run run;
  run.id = {r.number("run_id")};
  run.key = r.text("run_key");
  run.rule = r.text("rule");
  run.rule_hash = r.text("rule_hash");
  run.event = {r.number("event_id")};
  run.correlation = correlation_of(r);
  run.action = r.text("action");
  run.parameters = r.json("parameters");
  run.effect = known(core::parse_effect(r.text("effect")), r.text("effect"));
  run.tier = known(core::parse_tier(r.text("tier")), r.text("tier"));
  run.target_key = r.text_or("target_key", "");
  run.state = known(core::parse_run_state(r.text("state")), r.text("state"));
  run.purpose = known(core::parse_purpose(r.text("purpose")), r.text("purpose"));
  run.parent = id_of<core::RunId>(r, "parent_id");
  run.environment = r.text("environment");
  run.standing = id_of<core::StandingId>(r, "standing_id");
  run.simulated = r.flag("simulated");
  if (!r.is_null("plan")) run.plan = r.json("plan").get<core::Plan>();
  run.plan_hash = r.text_or("plan_hash", "");
  run.plan_no = int_of(r, "plan_no");
  run.approval = id_of<core::ApprovalId>(r, "approval_id");
  run.needs_approval = r.flag("needs_approval");
  run.requester = r.text("requester");
  run.requester_name = r.text("requester_name");
  run.editors = r.json("editors").get<std::vector<core::Person>>();
  run.place = {r.text("chat"), r.text("channel"), r.text("thread")};
  run.plan_message = r.text("plan_message");
  run.mirrors = r.json("mirrors").get<std::vector<core::PlanPost>>();
  run.fence = r.number("fence");
  run.lease_owner = r.text_or("lease_owner", "");
  run.lease_until = r.maybe_instant("lease_until");
  run.attempt = int_of(r, "attempt");
  run.retry = r.json("retry").get<core::Retry>();
  run.next_at = r.instant("next_at");
  run.breaker = r.text("breaker");
  if (!r.is_null("stop")) run.stop = r.json("stop").get<core::StopOrder>();
  run.starts = int_of(r, "starts");
  run.granted = int_of(r, "granted");
  run.first_started_at = r.maybe_instant("first_started_at");
  run.key_valid_for = core::Duration(r.number("key_valid_us"));
  if (!r.is_null("outcome")) run.outcome = r.json("outcome");
  run.created_at = r.instant("created_at");
  run.updated_at = r.instant("updated_at");
  return run;
}

std::optional<core::Run> one_run(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return run_of(rows[0]);
}

std::vector<core::RunId> ids_of(const Rows& rows) {
  std::vector<core::RunId> ids;
  for (const Row r : rows) ids.push_back({r.number("run_id")});
  return ids;
}

// The rows just claimed, as the claim left them: a statement does not see its own changes through a
// view.
std::vector<core::Run> claimed_runs(Tx& tx, const Rows& claimed) {
  if (claimed.empty()) return {};
  std::vector<std::string> ids;
  for (const core::RunId id : ids_of(claimed)) ids.push_back(id.text());
  return runs_of(tx.exec(stmt::runs_by_id, {text_array(ids)}));
}

Param plan_param(const core::Run& run) {
  return run.plan ? Param(Json(*run.plan)) : Param(std::nullopt);
}
Param json_or_null(const Json& json) { return json.is_null() ? Param(std::nullopt) : Param(json); }

}  // namespace

std::vector<core::Run> runs_of(const Rows& rows) {
  std::vector<core::Run> runs;
  for (const Row r : rows) runs.push_back(run_of(r));
  return runs;
}

std::pair<core::RunId, bool> create_run(Tx& tx, const core::Run& run) {
  const Rows created = tx.exec(stmt::create_run, {run.key,
                                                  run.rule,
                                                  run.rule_hash,
                                                  run.event.value,
                                                  uuid_param(run.correlation),
                                                  run.action,
                                                  run.parameters,
                                                  core::name(run.effect),
                                                  core::name(run.tier),
                                                  text_or_null(run.target_key),
                                                  core::name(run.state),
                                                  run.simulated,
                                                  plan_param(run),
                                                  text_or_null(run.plan_hash),
                                                  run.plan_no,
                                                  run.needs_approval,
                                                  run.requester,
                                                  run.requester_name,
                                                  run.place.chat,
                                                  run.place.channel,
                                                  run.place.thread,
                                                  run.plan_message,
                                                  run.attempt,
                                                  Json(run.retry),
                                                  run.starts,
                                                  run.granted,
                                                  run.key_valid_for,
                                                  Json(run.mirrors),
                                                  core::name(run.purpose),
                                                  id_param(run.parent),
                                                  run.breaker,
                                                  run.environment});
  if (!created.empty()) return {core::RunId{created[0].number("run_id")}, true};
  return {core::RunId{tx.exec(stmt::run_of_key, {run.key})[0].number("run_id")}, false};
}

std::optional<core::Run> find_run(Tx& tx, core::RunId run) {
  return one_run(tx.exec(stmt::find_run, {run.value}));
}

std::optional<core::Run> lock_run(Tx& tx, core::RunId run) {
  const Rows rows = tx.exec(stmt::lock_run, {run.value});
  const auto locked = one_run(rows);
  // Planned anew while we waited. This takes the locks in the wrong order; should that ever be a
  // deadlock, PostgreSQL ends one of the two and it is repeated.
  if (locked && locked->approval &&
      locked->approval != id_of<core::ApprovalId>(rows[0], "locked_approval")) {
    tx.exec(stmt::lock_approval, {locked->approval.value});
  }
  return locked;
}

std::vector<core::Run> claim_planned(Tx& tx, const std::string& replica, int n,
                                     core::Duration lease) {
  return claimed_runs(tx, tx.exec(stmt::claim_planned, {replica, n, lease}));
}

std::vector<core::Run> claim_ready(Tx& tx, const std::string& replica, int n, core::Duration lease,
                                   const ActionLimits& limits) {
  std::vector<std::string> actions, thresholds;
  for (const auto& [action, threshold] : limits) {
    actions.push_back(action);
    thresholds.push_back(std::to_string(threshold));
  }
  // With limits one at a time, because each has to count those before it.
  if (!limits.empty()) tx.exec(stmt::lock_limited_claims);
  const int step = limits.empty() ? n : 1;
  std::vector<core::Run> claimed;
  for (int i = 0; i < n; i += step) {
    const auto more = claimed_runs(
        tx, tx.exec(stmt::claim_ready,
                    {replica, step, lease, text_array(actions), text_array(thresholds)}));
    if (more.empty()) break;
    claimed.insert(claimed.end(), more.begin(), more.end());
  }
  return claimed;
}

Renewal renew_lease(Tx& tx, core::RunId run, std::int64_t fence, const std::string& replica,
                    core::Duration lease) {
  const Rows renewed = tx.exec(stmt::renew_lease, {run.value, fence, replica, lease});
  return {!renewed.empty(), !renewed.empty() && renewed[0].flag("stop")};
}

bool save_run(Tx& tx, const core::Run& run, core::RunState from, std::int64_t fence) {
  const Rows saved =
      tx.exec(stmt::save_run, {run.id.value,
                               core::name(from),
                               fence,
                               core::name(run.state),
                               plan_param(run),
                               text_or_null(run.plan_hash),
                               run.plan_no,
                               id_param(run.approval),
                               run.needs_approval,
                               core::name(run.tier),
                               text_or_null(run.target_key),
                               run.place.chat,
                               run.place.channel,
                               run.place.thread,
                               run.plan_message,
                               run.fence,
                               text_or_null(run.lease_owner),
                               run.lease_until,
                               run.attempt,
                               run.starts,
                               run.granted,
                               run.first_started_at,
                               json_or_null(run.outcome),
                               core::name(run.effect),
                               run.key_valid_for,
                               run.requester,
                               run.requester_name,
                               run.parameters,
                               Json(run.editors),
                               Json(run.mirrors),
                               Json(run.retry),
                               run.breaker,
                               run.stop ? Param(Json(*run.stop)) : Param(std::nullopt),
                               id_param(run.standing)});
  return saved.affected() == 1;
}

bool target_busy(Tx& tx, const core::Run& run) {
  return tx.exec(stmt::target_busy, {run.id.value})[0].flag("busy");
}

void postpone_run(Tx& tx, core::RunId run, core::Duration delay) {
  tx.exec(stmt::postpone_run, {run.value, delay});
}

void add_attempt(Tx& tx, core::RunId run, const Attempt& a) {
  tx.exec(stmt::add_attempt, {run.value, a.attempt, a.fence, a.phase, a.nonce,
                              text_or_null(a.outcome), json_or_null(a.detail), a.replica});
}

std::vector<Attempt> attempts_of(Tx& tx, core::RunId run) {
  std::vector<Attempt> attempts;
  for (const Row r : tx.exec(stmt::attempts_of, {run.value})) {
    attempts.push_back({int_of(r, "attempt"), r.number("fence"), r.text("phase"), r.text("nonce"),
                        r.text_or("outcome", ""), r.json("detail"), r.text("replica"),
                        r.instant("at")});
  }
  return attempts;
}

std::vector<core::Run> lock_abandoned(Tx& tx, int n) {
  return runs_of(tx.exec(stmt::lock_abandoned, {n}));
}

std::vector<core::Run> runs_of_event(Tx& tx, core::EventId event) {
  return runs_of(tx.exec(stmt::runs_of_event, {event.value}));
}

std::vector<core::Run> follow_ups_of(Tx& tx, core::RunId run) {
  return runs_of(tx.exec(stmt::follow_ups_of, {run.value}));
}

std::vector<core::Run> runs_by_correlation(Tx& tx, const core::CorrelationId& id) {
  return runs_of(tx.exec(stmt::runs_by_correlation, {uuid_param(id)}));
}

std::vector<core::Run> runs_in_thread(Tx& tx, const core::ChatPlace& place) {
  return runs_of(tx.exec(stmt::runs_in_thread, {place.chat, place.channel, place.thread}));
}

std::vector<core::Run> runs_in_states(Tx& tx, const std::vector<core::RunState>& states, int n) {
  std::vector<std::string> names;
  for (const core::RunState state : states) names.emplace_back(core::name(state));
  return runs_of(tx.exec(stmt::runs_in_states, {text_array(names), n}));
}

std::vector<core::Run> waiting_runs_of_series(Tx& tx, const std::string& source,
                                              const std::string& series) {
  return runs_of(tx.exec(stmt::waiting_runs_of_series, {source, series}));
}

std::map<std::string, std::int64_t> count_runs_by_state(Tx& tx) {
  std::map<std::string, std::int64_t> counts;
  for (const Row r : tx.exec(stmt::count_runs_by_state))
    counts.emplace(r.text("state"), r.number("n"));
  return counts;
}

}  // namespace countersign::store
