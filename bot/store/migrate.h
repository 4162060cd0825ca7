// Schema migrations, embedded in the binary, applied in order under an advisory lock; each leaves a row in cs.schema_version.
//
// Programs of several versions may work on one database. Beside an additive migration older ones go on, and begin again. Any other leaves
// them behind: it waits until no replica that does not know it has shown a sign of life for 30 s, and from then on they are refused.
#pragma once
#include <string>
#include <vector>

#include "bot/store/pg.h"
#include "bot/store/program.h"

namespace countersign::store {

struct MigrationStatus {
  int version = 0;
  std::string name;
  bool applied = false;
};

// How many were applied. Throws StoreError: refused if this program was left behind, unavailable while older ones have to end;
// `replica` is nobody to wait for.
int migrate(Database& database, const std::string& replica = "", const Program& program = this_program());
std::vector<MigrationStatus> migration_status(Database& database);

// For a replica that has registered: notes what it is, and looks once more whether it was left behind, now that nobody can do so unseen.
void join(Database& database, const std::string& replica, const Program& program = this_program());
void leave(Database& database, const std::string& replica);  // it ends: nobody has to wait for it, and nobody lists it

}  // namespace countersign::store
