#include "bot/store/migrate.h"

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <latch>

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

// What a later version of this program brings along.
Program with(const std::string& sql) {
  Program later = this_program();
  later.version = "next";
  later.migrations.push_back(known_migration(later.newest() + 1, "next", sql));
  return later;
}

constexpr char kAdditive[] = "-- Additive. A column.\nALTER TABLE cs.replica ADD COLUMN extra text";
constexpr char kBreaking[] = "ALTER TABLE cs.replica RENAME COLUMN name TO called";

void enter(TestDatabase& test, const std::string& replica, const Program& program) {
  test.script("INSERT INTO cs.replica (replica, name, version) VALUES ('" + replica + "', '" +
              replica + "', '')");
  join(test.db(), replica, program);
}

ErrorKind kind_of_failure(const std::function<void()>& work) {
  try {
    work();
  } catch (const StoreError& e) {
    return e.kind();
  }
  ADD_FAILURE() << "it went on";
  return ErrorKind::internal;
}

TEST(Migrations, that_only_add_let_older_programs_go_on_and_begin_again) {
  TestDatabase test;
  enter(test, "old", this_program());
  EXPECT_EQ(migrate(test.db(), "new", with(kAdditive)), 1);
  EXPECT_EQ(migrate(test.db(), "old"), 0);
  EXPECT_NO_THROW(join(test.db(), "old"));
  EXPECT_EQ(migration_status(test.db()).back().name, "next");
}

// T57
TEST(Migrations, that_do_not_only_add_wait_for_older_programs_and_refuse_them_afterwards) {
  TestDatabase test;
  const Program later = with(kBreaking);
  enter(test, "old", this_program());
  enter(test, "new", later);
  const auto upgrade = [&] { migrate(test.db(), "new", later); };
  EXPECT_EQ(kind_of_failure(upgrade), ErrorKind::unavailable);
  EXPECT_FALSE(migration_status(test.db()).back().name == "next");
  leave(test.db(), "old");
  EXPECT_NO_THROW(upgrade());
  EXPECT_EQ(kind_of_failure([&] { migrate(test.db(), "old"); }), ErrorKind::refused);
}

// One that began before the migration and registered after it finds out before it works.
TEST(Migrations, that_leave_programs_behind_are_noticed_by_those_that_join_late) {
  TestDatabase test;
  EXPECT_EQ(migrate(test.db(), "old"), 0);
  EXPECT_EQ(migrate(test.db(), "new", with(kBreaking)), 1);
  EXPECT_EQ(kind_of_failure([&] { join(test.db(), "old"); }), ErrorKind::refused);
}

TEST(Migrations, do_not_wait_for_the_earlier_life_of_the_replica_that_makes_them) {
  TestDatabase test;
  enter(test, "same", this_program());
  EXPECT_EQ(migrate(test.db(), "same", with(kBreaking)), 1);
}

// A statement prepared before a migration has another result after it.
TEST(Migrations, may_widen_what_open_connections_have_prepared) {
  TestDatabase test;
  constexpr int kConnections = 6;
  const Statement wide{"wide", "SELECT * FROM cs.wide"};
  test.script("CREATE VIEW cs.wide AS SELECT 1 AS one");
  const auto read_at_once = [&] {
    std::latch together(kConnections);
    std::vector<std::future<void>> readers;
    for (int i = 0; i < kConnections; ++i)
      readers.push_back(std::async(std::launch::async, [&] {
        test.db().transact("read", [&, first = true](Tx& tx) mutable {
          EXPECT_EQ(tx.exec(wide)[0].number("one"), 1);
          if (first) together.arrive_and_wait();
          first = false;
        });
      }));
    for (auto& reader : readers) reader.get();
  };
  read_at_once();
  test.script("DROP VIEW cs.wide; CREATE VIEW cs.wide AS SELECT 1 AS one, 2 AS two");
  for (int i = 0; i < kConnections; ++i)
    EXPECT_EQ(test.db().transact("read", [&](Tx& tx) { return tx.exec(wide)[0].number("two"); }),
              2);
}

TEST(Migrations, leave_a_utf8_database) {
  TestDatabase test;
  EXPECT_EQ(test.value("SELECT pg_encoding_to_char(encoding) FROM pg_database WHERE datname = "
                       "current_database()"),
            "UTF8");
}

}  // namespace
}  // namespace countersign::store
