// What has to be true of the data at every moment, asked of a database in production: the
// invariants of the design that a query can see. It reads only; nobody but a migration would wait
// for its locks.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

#include "bot/store/pg.h"

namespace countersign::store {

struct InvariantCheck {
  std::string name;     // "I2"
  std::string promise;  // what it promises, in one sentence
  std::int64_t violations = 0;
  std::vector<std::string> examples;  // up to five of them, told about R12, E7, a target or a seal
};

struct InvariantReport {
  std::vector<InvariantCheck> checks;
  std::string stopped;  // why the checks that are missing could not be made; empty: none is missing
  bool hold() const;    // of what was checked
};

// All in one read-only transaction, so that they see one moment. `limit` is for each of them: a
// long transaction keeps PostgreSQL from cleaning up behind the bot. Does not throw.
InvariantReport check_invariants(Database& database,
                                 core::Duration limit = std::chrono::minutes(5));

}  // namespace countersign::store
