// Commits that do not wait for the disk, and those that wait for them.
#include <gtest/gtest.h>

#include "bot/store/pg.h"
#include "tests/support/test_database.h"

namespace countersign::store {
namespace {

class Settling : public testing::Test {
 protected:
  static Rows query(Tx& tx, const std::string& sql) { return tx.exec(Statement{sql, sql}); }
  static std::string waits(Tx& tx) {
    return query(tx, "SELECT current_setting('synchronous_commit') AS waits")[0].text("waits");
  }

  support::TestDatabase test_;
  Database& db_ = test_.db();
};

TEST_F(Settling, keeps_what_others_committed_without_waiting_I1) {
  for (int i = 0; i < 20; ++i) {
    db_.transact_relaxed("write", [&](Tx& tx) {
      query(tx,
            "INSERT INTO cs.setting (name, value) VALUES ('settle" + std::to_string(i) + "', '')");
    });
    const auto written = test_.value("SELECT pg_current_wal_insert_lsn()");
    db_.transact("settle", [](Tx& tx) { tx.settle(); });
    ASSERT_EQ(test_.value("SELECT pg_current_wal_flush_lsn() >= '" + written + "'"), "true");
  }
}

TEST_F(Settling, needs_no_write_of_its_own_when_everything_is_on_disk) {
  bool wrote = true;
  for (int tries = 0; wrote && tries < 1'000;
       ++tries) {  // the server has work of its own now and then
    wrote = db_.transact("settle", [&](Tx& tx) {
      tx.settle();
      return !query(tx, "SELECT pg_current_xact_id_if_assigned() AS id")[0].is_null("id");
    });
  }
  EXPECT_FALSE(wrote);
}

TEST_F(Settling, no_connection_carries_over_how_its_last_work_waited_I6) {
  Database one({.url = test_.url(), .pool = 1});
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(one.transact_relaxed("relaxed", [](Tx& tx) { return waits(tx); }), "off");
    EXPECT_EQ(one.transact("strict", [](Tx& tx) { return waits(tx); }), "on");
  }
  one.transact("relaxed once", [](Tx& tx) {
    tx.relax();
    EXPECT_EQ(waits(tx), "off");
  });
  EXPECT_EQ(one.transact("strict", [](Tx& tx) { return waits(tx); }), "on");
}

}  // namespace
}  // namespace countersign::store
