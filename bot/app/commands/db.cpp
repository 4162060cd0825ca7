// countersign db migrate|status: the schema of a database, and the days it holds. `serve` and
// `demo` migrate by themselves.
#include <algorithm>
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/reach.h"
#include "bot/store/migrate.h"
#include "bot/store/retention.h"
#include "config/settings.h"

namespace countersign::app {
namespace {

using Work = int (*)(store::Database&, const ReachFlags&);

int with_database(const ReachFlags& flags, Work work) {
  const auto db = reach_database(flags);
  if (!db) {
    std::cerr << "countersign: " << db.error().message << "\n";
    return db.error().kind == ErrorKind::invalid ? kUsage : kUnreachable;
  }
  try {
    return work(**db, flags);
  } catch (const store::StoreError& e) {
    std::cerr << "countersign: " << e.what() << "\n";
    return kFailed;
  }
}

int migrate(store::Database& db, const ReachFlags&) {
  const int applied = store::migrate(db);
  std::cout << (applied == 0 ? "nothing to do\n"
                             : std::to_string(applied) + " migrations applied\n");
  return kDone;
}

// The defaults without --config, as a demo has them.
config::Retention retention_of(const ReachFlags& flags) {
  return flags.config.empty() ? config::Retention()
                              : config::load_settings(flags.config).settings.retention;
}

void show_days(store::Database& db, const config::Retention& kept) {
  const auto days = db.transact("days", [&](store::Tx& tx) {
    return store::days(tx, {kept.events, kept.decisions, kept.audit});
  });
  for (const store::Day& day : days) {
    std::cout << day.day << "  " << day.parent << "  " << day.bytes / 1024 << " kB";
    if (day.goes()) std::cout << "  goes next";
    if (!day.kept_because.empty()) std::cout << "  stays: " << day.kept_because;
    std::cout << "\n";
  }
}

int status(store::Database& db, const ReachFlags& flags) {
  const auto migrations = store::migration_status(db);
  for (const auto& m : migrations)
    std::cout << (m.applied ? "applied  " : "pending  ") << m.version << "  " << m.name << "\n";
  if (std::ranges::all_of(migrations, &store::MigrationStatus::applied))
    show_days(db, retention_of(flags));
  return kDone;
}

}  // namespace

void add_db(CLI::App& cli, int& exit_code) {
  auto* db = cli.add_subcommand("db", "The database's schema");
  db->require_subcommand(1);
  const auto flags = std::make_shared<ReachFlags>();
  const auto add = [&](const char* name, const char* help, Work work) {
    auto* command = db->add_subcommand(name, help);
    add_reach_flags(*command, *flags);
    command->callback([flags, work, &exit_code] { exit_code = with_database(*flags, work); });
  };
  add("migrate", "Apply what is missing", migrate);
  add("status", "Which migrations are applied, which days it holds, and which go next", status);
}

}  // namespace countersign::app
