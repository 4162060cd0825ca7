#include "bot/store/rule_breakers.h"

#include "bot/store/ids_param.h"

namespace countersign::store {
namespace {

Json moments_json(const std::vector<core::Instant>& moments) {
  Json out = Json::array();
  for (const core::Instant at : moments) out.push_back(at.time_since_epoch().count());
  return out;
}

std::vector<core::Instant> moments_of(const Json& j) {
  std::vector<core::Instant> out;
  for (const Json& at : j) out.emplace_back(core::Duration(at.get<std::int64_t>()));
  return out;
}

core::RuleBreaker breaker_of(const Row& r) {
  const auto state = core::parse_breaker_state(r.text("state"));
  if (!state) throw StoreError(ErrorKind::internal, "unknown state of a rule's breaker");
  return {r.text("rule"),
          *state,
          moments_of(r.json("failures")),
          moments_of(r.json("fires")),
          id_of<core::RunId>(r, "run_id"),
          r.maybe_instant("since"),
          r.maybe_instant("open_until"),
          r.text("why")};
}

}  // namespace

std::optional<core::RuleBreaker> find_rule_breaker(Tx& tx, const std::string& rule) {
  const Rows found = tx.exec(stmt::find_rule_breaker, {rule});
  if (found.empty()) return std::nullopt;
  return breaker_of(found[0]);
}

core::RuleBreaker lock_rule_breaker(Tx& tx, const std::string& rule) {
  Rows locked = tx.exec(stmt::lock_rule_breaker, {rule});
  if (locked.empty()) {
    tx.exec(stmt::make_rule_breaker, {rule});  // waits for another first one, and then does nothing
    locked = tx.exec(stmt::lock_rule_breaker, {rule});
  }
  return breaker_of(locked[0]);
}

void save_rule_breaker(Tx& tx, const core::RuleBreaker& b) {
  tx.exec(stmt::save_rule_breaker,
          {b.rule, core::name(b.state), moments_json(b.failures), moments_json(b.fires),
           id_param(b.run), b.since, b.open_until, b.why});
}

std::vector<core::RuleBreaker> rule_breakers_not_closed(Tx& tx) {
  std::vector<core::RuleBreaker> out;
  for (const Row r : tx.exec(stmt::rule_breakers_not_closed)) out.push_back(breaker_of(r));
  return out;
}

}  // namespace countersign::store
