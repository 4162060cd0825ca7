#include "bot/store/migrate.h"

#include <fmt/format.h>

#include <map>

namespace countersign::store {
namespace {

constexpr int kKnowledge = 12;  // the migration since which replicas and migrations say so

std::map<int, std::string> applied_versions(Tx& tx) {
  std::map<int, std::string> versions;
  if (!tx.exec(stmt::schema_exists)[0].flag("present")) return versions;
  for (const Row row : tx.exec(stmt::applied_versions)) {
    versions.emplace(static_cast<int>(row.number("version")), row.text("name"));
  }
  return versions;
}

// T57: an older program must not work on what it cannot read.
void refuse_if_left_behind(Tx& tx, const Program& program) {
  const int floor = static_cast<int>(tx.exec(stmt::schema_floor)[0].number("version"));
  if (floor <= program.newest()) return;
  throw StoreError(
      ErrorKind::refused,
      fmt::format("the database needs programs that know schema version {}, and this one knows "
                  "only {}: a newer countersign has been here, use that one",
                  floor, program.newest()));
}

void wait_for_older(Tx& tx, int version, const std::string& replica) {
  const Row older = tx.exec(stmt::older_programs, {version, replica})[0];
  if (!older.is_null("names"))
    throw StoreError(
        ErrorKind::unavailable,
        fmt::format("schema version {} waits until these older programs have ended: {}", version,
                    older.text("names")));
}

// Applies the first migration that is missing; false if none is.
bool apply_next(Tx& tx, const std::string& replica, const Program& program) {
  // Another process may be at it, and a migration may take its time.
  tx.script("SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0");
  tx.exec(stmt::lock_migrations);
  const auto versions = applied_versions(tx);
  if (versions.contains(kKnowledge)) refuse_if_left_behind(tx, program);
  for (const KnownMigration& migration : program.migrations) {
    if (versions.contains(migration.version)) continue;
    const bool breaks = !migration.additive && migration.version > kKnowledge;
    if (breaks) wait_for_older(tx, migration.version, replica);
    tx.script(migration.sql);
    tx.exec(stmt::note_version, {migration.version, migration.name});
    if (breaks) tx.exec(stmt::note_left_behind, {migration.version});
    return true;
  }
  return false;
}

}  // namespace

int migrate(Database& database, const std::string& replica, const Program& program) {
  int applied = 0;
  while (database.transact("migrate", [&](Tx& tx) { return apply_next(tx, replica, program); }))
    ++applied;
  return applied;
}

std::vector<MigrationStatus> migration_status(Database& database) {
  auto versions = database.transact("migration status", applied_versions);
  std::vector<MigrationStatus> status;
  for (const KnownMigration& migration : this_program().migrations) {
    const bool applied = versions.erase(migration.version) > 0;
    status.push_back({migration.version, migration.name, applied});
  }
  for (const auto& [version, name] : versions) status.push_back({version, name, true});
  return status;
}

void join(Database& database, const std::string& replica, const Program& program) {
  database.transact("join", [&](Tx& tx) {
    tx.exec(stmt::lock_migrations);
    refuse_if_left_behind(tx, program);
    tx.exec(stmt::note_program, {replica, program.version, program.newest()});
  });
}

void leave(Database& database, const std::string& replica) {
  database.transact("leave", [&](Tx& tx) { tx.exec(stmt::end_replica, {replica}); });
}

}  // namespace countersign::store
