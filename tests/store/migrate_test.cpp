#include "bot/store/migrate.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/support/test_database.h"

namespace countersign::store {
namespace {

using support::TestDatabase;

TEST(Migrations, make_every_statement_preparable) {
  TestDatabase test;
  for (const Statement& statement : stmt::kAll) {
    EXPECT_NO_THROW(test.script("PREPARE s AS " + std::string(statement.sql) + "; DEALLOCATE s"))
        << statement.name;
  }
}

TEST(Migrations, are_applied_once) {
  TestDatabase test(TestDatabase::Schema::empty);
  for (const auto& status : migration_status(test.db()))
    EXPECT_FALSE(status.applied) << status.name;
  EXPECT_EQ(migrate(test.db()), static_cast<int>(migration_status(test.db()).size()));
  EXPECT_EQ(migrate(test.db()), 0);
  for (const auto& status : migration_status(test.db())) EXPECT_TRUE(status.applied) << status.name;
}

TEST(Migrations, of_several_processes_at_once_are_applied_once) {
  TestDatabase test(TestDatabase::Schema::empty);
  std::vector<std::future<int>> racers;
  for (int i = 0; i < 6; ++i)
    racers.push_back(std::async(std::launch::async, [&] { return migrate(test.db()); }));
  int applied = 0;
  for (auto& racer : racers) applied += racer.get();
  EXPECT_EQ(applied, static_cast<int>(migration_status(test.db()).size()));
}

// T57
TEST(Migrations, of_a_newer_program_are_not_worked_on) {
  TestDatabase test;
  test.script("INSERT INTO cs.schema_version (version, name) VALUES (9999, 'from the future')");
  try {
    migrate(test.db());
    FAIL() << "an older program went on";
  } catch (const StoreError& e) {
    EXPECT_EQ(e.kind(), ErrorKind::refused);
  }
  EXPECT_EQ(migration_status(test.db()).back().name, "from the future");
}

TEST(Migrations, leave_a_utf8_database) {
  TestDatabase test;
  EXPECT_EQ(test.value("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = "
                       "current_database()"),
            "UTF8");
}

}  // namespace
}  // namespace countersign::store
