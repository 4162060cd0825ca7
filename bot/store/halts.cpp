#include "bot/store/halts.h"

namespace countersign::store {

std::optional<Halt> halt_in_force(Tx& tx) {
  const Rows found = tx.exec(stmt::halt_in_force);
  if (found.empty()) return std::nullopt;
  const Row r = found[0];
  return Halt{{r.text("by"), r.text("name")}, r.text("why"), r.instant("at")};
}

bool halted(Tx& tx) { return tx.exec(stmt::halted)[0].flag("halted"); }

bool begin_halt(Tx& tx, const core::Person& by, const std::string& why) {
  tx.exec(stmt::lock_starts);
  return !tx.exec(stmt::begin_halt, {by.key, by.name, why}).empty();
}

bool lift_halt(Tx& tx, const core::Person& by) {
  return !tx.exec(stmt::lift_halt, {by.key, by.name}).empty();
}

}  // namespace countersign::store
