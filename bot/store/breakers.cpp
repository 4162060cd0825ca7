#include "bot/store/breakers.h"

#include "bot/store/ids_param.h"
#include "bot/store/run_rows.h"

namespace countersign::store {
namespace {

core::Breaker breaker_of(const Row& r) {
  const auto state = core::parse_breaker_state(r.text("state"));
  if (!state) throw StoreError(ErrorKind::internal, "unknown state of a breaker");
  return {r.text("name"),
          *state,
          static_cast<int>(r.number("failures")),
          id_of<core::RunId>(r, "run_id"),
          r.maybe_instant("open_until"),
          r.json("told").get<std::vector<core::ChatPlace>>()};
}

}  // namespace

std::optional<core::Breaker> find_breaker(Tx& tx, const std::string& name) {
  const Rows found = tx.exec(stmt::find_breaker, {name});
  if (found.empty()) return std::nullopt;
  return breaker_of(found[0]);
}

core::Breaker lock_breaker(Tx& tx, const std::string& name) {
  Rows locked = tx.exec(stmt::lock_breaker, {name});
  if (locked.empty()) {
    tx.exec(stmt::make_breaker, {name});  // waits for another first one, and then does nothing
    locked = tx.exec(stmt::lock_breaker, {name});
  }
  return breaker_of(locked[0]);
}

void save_breaker(Tx& tx, const core::Breaker& b) {
  tx.exec(stmt::save_breaker,
          {b.name, core::name(b.state), b.failures, id_param(b.run), b.open_until, Json(b.told)});
}

std::vector<std::string> breakers_not_closed(Tx& tx) {
  std::vector<std::string> names;
  for (const Row r : tx.exec(stmt::breakers_not_closed)) names.push_back(r.text("name"));
  return names;
}

std::vector<core::Run> lock_others_behind(Tx& tx, const core::Breaker& breaker, core::RunId run,
                                          int n) {
  return runs_of(tx.exec(stmt::lock_runs_behind_breaker, {breaker.name, run.value, n}));
}

std::vector<core::Run> runs_behind(Tx& tx, const core::Breaker& breaker, int n) {
  return runs_of(tx.exec(stmt::runs_behind_breaker, {breaker.name, id_param(breaker.run), n}));
}

}  // namespace countersign::store
