#include "bot/store/invariants.h"

#include <algorithm>

namespace countersign::store {
namespace {

struct Invariant {
  std::string_view name;
  std::string_view promise;
  Statement statement;
};
// The slowest last: what it cannot finish in time does not hide the others.
constexpr Invariant kInvariants[] = {
    {"I2", "Every accepted event is queued, decided, or a dead letter", stmt::invariant_i2},
    {"I4", "One rule, key and window make at most one run", stmt::invariant_i4},
    {"I5", "What is not safe to repeat starts at most once for each approval", stmt::invariant_i5},
    {"I8", "What starts was approved, as it is, by enough different people", stmt::invariant_i8},
    {"I10", "Every question has one answer, and its run agrees with it", stmt::invariant_i10},
    {"I14", "A target has at most one changing run that is under way or unknown",
     stmt::invariant_i14},
    {"I17", "The sealed record is as it was written", stmt::invariant_i17},
};

InvariantCheck check(Tx& tx, const Invariant& invariant) {
  InvariantCheck result{std::string(invariant.name), std::string(invariant.promise), 0, {}};
  for (const Row row : tx.exec(invariant.statement)) {
    result.violations = row.number("violations");
    result.examples.push_back(row.text("example"));
  }
  return result;
}

}  // namespace

bool InvariantReport::hold() const {
  return std::ranges::all_of(checks, [](const auto& check) { return check.violations == 0; });
}

InvariantReport check_invariants(Database& database, core::Duration limit) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(limit).count();
  InvariantReport report;
  try {
    database.transact("invariants", [&](Tx& tx) {
      report.checks.clear();  // the work may be repeated
      tx.script("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY");
      // Compiling plans and sorting on the disk would take longer than the answers.
      tx.script("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; SET LOCAL statement_timeout = " +
                std::to_string(ms));
      for (const Invariant& invariant : kInvariants) report.checks.push_back(check(tx, invariant));
    });
  } catch (const StoreError& e) {
    report.stopped = e.what();
  }
  return report;
}

}  // namespace countersign::store
