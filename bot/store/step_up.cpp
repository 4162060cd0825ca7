#include "bot/store/step_up.h"

namespace countersign::store {
namespace {

StepUpRow step_up_of(const Row& r) {
  return {{r.text("person"), r.text("name")},
          r.text("sealed"),
          r.instant("made_at"),
          r.maybe_instant("confirmed_at"),
          {r.number("last_step"), static_cast<int>(r.number("failures")),
           r.maybe_instant("locked_until")}};
}

}  // namespace

std::optional<StepUpRow> lock_step_up(Tx& tx, const std::string& person) {
  const Rows found = tx.exec(stmt::lock_step_up, {person});
  if (found.empty()) return std::nullopt;
  return step_up_of(found[0]);
}

bool offer_step_up(Tx& tx, const core::Person& who, const std::string& sealed) {
  return !tx.exec(stmt::offer_step_up, {who.key, who.name, sealed}).empty();
}

void save_step_up(Tx& tx, const StepUpRow& row) {
  tx.exec(stmt::save_step_up, {row.who.key, row.confirmed_at, row.factor.last_step,
                               row.factor.failures, row.factor.locked_until});
}

void forget_step_up(Tx& tx, const std::string& person) { tx.exec(stmt::forget_step_up, {person}); }

std::vector<StepUpRow> step_ups(Tx& tx) {
  std::vector<StepUpRow> rows;
  for (const Row r : tx.exec(stmt::list_step_up)) rows.push_back(step_up_of(r));
  return rows;
}

}  // namespace countersign::store
