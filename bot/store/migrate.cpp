#include "bot/store/migrate.h"

#include <fmt/format.h>

#include <iterator>
#include <map>

#include "sql/migrations.h"  // generated

namespace countersign::store {
namespace {

std::map<int, std::string> applied_versions(Tx& tx) {
  std::map<int, std::string> versions;
  if (!tx.exec(stmt::schema_exists)[0].flag("present")) return versions;
  for (const Row row : tx.exec(stmt::applied_versions)) {
    versions.emplace(static_cast<int>(row.number("version")), row.text("name"));
  }
  return versions;
}

// T57: an older program must not work on what it cannot read.
void refuse_newer(const std::map<int, std::string>& versions) {
  const int known = std::prev(std::end(kMigrations))->version;
  if (versions.empty() || versions.rbegin()->first <= known) return;
  throw StoreError(
      ErrorKind::refused,
      fmt::format("the database has schema version {} and this program knows only {}: a newer "
                  "countersign has been here, use that one",
                  versions.rbegin()->first, known));
}

// Applies the first migration that is missing; false if none is.
bool apply_next(Tx& tx) {
  // Another process may be at it, and a migration may take its time.
  tx.script("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0");
  tx.exec(stmt::lock_migrations);
  const auto versions = applied_versions(tx);
  refuse_newer(versions);
  for (const Migration& migration : kMigrations) {
    if (versions.contains(migration.version)) continue;
    tx.script(std::string(migration.sql));
    tx.exec(stmt::note_version, {migration.version, migration.name});
    return true;
  }
  return false;
}

}  // namespace

int migrate(Database& database) {
  int applied = 0;
  while (database.transact("migrate", apply_next)) ++applied;
  return applied;
}

std::vector<MigrationStatus> migration_status(Database& database) {
  auto versions = database.transact("migration status", applied_versions);
  std::vector<MigrationStatus> status;
  for (const Migration& migration : kMigrations) {
    const bool applied = versions.erase(migration.version) > 0;
    status.push_back({migration.version, std::string(migration.name), applied});
  }
  for (const auto& [version, name] : versions) status.push_back({version, name, true});
  return status;
}

}  // namespace countersign::store
