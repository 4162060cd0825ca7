// countersign db migrate|status: the schema of a database. `serve` and `demo` migrate by
// themselves.
#include <iostream>
#include <memory>

#include "bot/app/commands/commands.h"
#include "bot/app/exit_codes.h"
#include "bot/app/reach.h"
#include "bot/store/migrate.h"

namespace countersign::app {
namespace {

int with_database(const ReachFlags& flags, int (*work)(store::Database&)) {
  const auto db = reach_database(flags);
  if (!db) {
    std::cerr << "countersign: " << db.error().message << "\n";
    return db.error().kind == ErrorKind::invalid ? kUsage : kUnreachable;
  }
  try {
    return work(**db);
  } catch (const store::StoreError& e) {
    std::cerr << "countersign: " << e.what() << "\n";
    return kFailed;
  }
}

int migrate(store::Database& db) {
  const int applied = store::migrate(db);
  std::cout << (applied == 0 ? "nothing to do\n"
                             : std::to_string(applied) + " migrations applied\n");
  return kDone;
}

int status(store::Database& db) {
  for (const auto& m : store::migration_status(db))
    std::cout << (m.applied ? "applied  " : "pending  ") << m.version << "  " << m.name << "\n";
  return kDone;
}

}  // namespace

void add_db(CLI::App& cli, int& exit_code) {
  auto* db = cli.add_subcommand("db", "The database's schema");
  db->require_subcommand(1);
  const auto flags = std::make_shared<ReachFlags>();
  const auto add = [&](const char* name, const char* help, int (*work)(store::Database&)) {
    auto* command = db->add_subcommand(name, help);
    add_reach_flags(*command, *flags);
    command->callback([flags, work, &exit_code] { exit_code = with_database(*flags, work); });
  };
  add("migrate", "Apply what is missing", migrate);
  add("status", "Which migrations are applied", status);
}

}  // namespace countersign::app
