// What this program is: its version and the migrations it knows.
//
// For tests of an upgrade the environment variable COUNTERSIGN_NEXT names a folder that makes the program a later version of itself: its file `version`, and
// migrations (NNNN_name.sql) beyond its own.
#pragma once
#include <string>
#include <vector>

namespace countersign::store {

struct KnownMigration {
  int version = 0;
  std::string name;
  std::string sql;
  // Programs that do not know it go on beside it. A migration says so with its first word, "-- Additive."; one that says
  // nothing leaves them behind.
  bool additive = false;
};

struct Program {
  std::string version;
  std::vector<KnownMigration> migrations;  // ascending
  int newest() const { return migrations.empty() ? 0 : migrations.back().version; }
};

KnownMigration known_migration(int version, std::string name, std::string sql);
const Program& this_program();

}  // namespace countersign::store
