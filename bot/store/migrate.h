// Schema migrations, embedded in the binary, applied in order under an advisory lock; each leaves a row in cs.schema_version.
#pragma once
#include <string>
#include <vector>

#include "bot/store/pg.h"

namespace countersign::store {

struct MigrationStatus {
  int version = 0;
  std::string name;
  bool applied = false;
};

int migrate(Database& database);                       // how many were applied; throws StoreError
std::vector<MigrationStatus> migration_status(Database& database);

}  // namespace countersign::store
