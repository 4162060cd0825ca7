#include "bot/store/audit.h"

#include "bot/store/ids_param.h"

namespace countersign::store {

constexpr int kDaysAhead = 7;
constexpr int kTrimBatch = 10'000;

void add_audit(Tx& tx, const AuditRow& row) {
  tx.exec(stmt::add_audit, {row.actor, row.kind, row.ref, uuid_param(row.correlation), row.body});
}

std::vector<AuditRow> audit_of_correlation(Tx& tx, const core::CorrelationId& id) {
  std::vector<AuditRow> rows;
  for (const Row r : tx.exec(stmt::audit_of_correlation, {uuid_param(id)})) {
    rows.push_back({r.text("actor"), r.text("kind"), r.text("ref"), correlation_of(r),
                    r.json("body"), r.instant("at")});
  }
  return rows;
}

bool seal_audit(Tx& tx) { return tx.exec(stmt::seal_audit)[0].flag("sealed"); }

std::vector<SealProblem> verify_audit(Tx& tx) {
  std::vector<SealProblem> problems;
  for (const Row r : tx.exec(stmt::verify_audit))
    problems.push_back({r.number("seal_no"), r.text("problem")});
  return problems;
}

std::string setting(Tx& tx, const std::string& name, const std::string& initial) {
  Rows found = tx.exec(stmt::read_setting, {name});
  if (found.empty()) {
    tx.exec(stmt::insert_setting,
            {name, initial});  // waits for another first writer, and then does nothing
    found = tx.exec(stmt::read_setting, {name});
  }
  return found[0].text("value");
}

void set_setting(Tx& tx, const std::string& name, const std::string& value) {
  tx.exec(stmt::write_setting, {name, value});
}

void upkeep(Tx& tx) {
  tx.exec(stmt::ensure_partitions, {kDaysAhead});
  trim_delivery_keys(tx);
}

bool trim_delivery_keys(Tx& tx) {
  return tx.exec(stmt::trim_delivery_keys, {kTrimBatch}).affected() == kTrimBatch;
}

}  // namespace countersign::store
