#include "bot/store/pg.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <latch>

#include "tests/support/test_database.h"

namespace countersign::store {
namespace {

class Pg : public testing::Test {
 protected:
  template <class F>
  ErrorKind failure_of(F&& work) {
    try {
      db_.transact("test", std::forward<F>(work));
    } catch (const StoreError& e) {
      return e.kind();
    }
    ADD_FAILURE() << "nothing was thrown";
    return ErrorKind::internal;
  }
  static Rows query(Tx& tx, const std::string& sql, std::initializer_list<Param> params = {}) {
    return tx.exec(Statement{sql, sql}, params);
  }

  support::TestDatabase test_;
  Database& db_ = test_.db();
};

TEST_F(Pg, gives_back_what_it_was_given) {
  const core::Instant at{std::chrono::microseconds(1'795'249'800'123'456)};
  const Json json{
      {"text", "Ünïcode \\u0000 \\ \" '"}, {"n", 12345678901234567}, {"list", {1, nullptr}}};
  const std::vector<std::string> texts{
      "a", "", "NULL", "with \"quotes\"", "back\\slash", "comma, {brace}", "ö"};
  db_.transact("test", [&](Tx& tx) {
    const Row row = query(
        tx,
        "SELECT $1::timestamptz AS at, $2::jsonb AS json, $3::text[] AS texts, $4::boolean AS yes, "
        "$5::bigint AS n, $6::text AS nothing, extract(epoch FROM $7::interval)::bigint AS seconds",
        {at, json, text_array(texts), true, std::int64_t{-7}, std::nullopt,
         core::Duration(std::chrono::hours(48))})[0];
    EXPECT_EQ(row.instant("at"), at);
    EXPECT_EQ(row.json("json"), json);
    EXPECT_EQ(row.texts("texts"), texts);
    EXPECT_TRUE(row.flag("yes"));
    EXPECT_EQ(row.number("n"), -7);
    EXPECT_TRUE(row.is_null("nothing"));
    EXPECT_EQ(row.number("seconds"), 48 * 3600);
    EXPECT_THROW(row.text("nothing"), StoreError);
    EXPECT_THROW(row.text("no_such_column"), StoreError);
  });
}

// T17
TEST_F(Pg, replaces_what_postgresql_cannot_hold) {
  const std::string text("a\0b\xff\xed\xa0\x80z", 8);
  const std::string mark = "\xef\xbf\xbd";
  db_.transact("test", [&](Tx& tx) {
    const Row row = query(tx, "SELECT $1::text AS t, $2::jsonb AS j", {text, Json{{"k", text}}})[0];
    EXPECT_EQ(row.text("t"), "a" + mark + "b" + mark + mark + mark + mark + "z");
    EXPECT_EQ(row.json("j")["k"].get<std::string>().substr(0, 5), "a" + mark + "b");
  });
}

TEST_F(Pg, refuses_to_commit_over_a_failed_statement) {
  EXPECT_EQ(failure_of([](Tx& tx) {
              query(tx, "INSERT INTO cs.setting VALUES ('a', 'b')");
              EXPECT_THROW(query(tx, "SELECT 1/0"), StoreError);
            }),
            ErrorKind::internal);
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.setting"), "0");
}

TEST_F(Pg, names_failures_by_their_kind) {
  EXPECT_EQ(failure_of([](Tx& tx) { query(tx, "SELECT 'x'::int"); }), ErrorKind::invalid);
  EXPECT_EQ(failure_of([](Tx& tx) { query(tx, "SELECT no_such_thing"); }), ErrorKind::internal);
  EXPECT_EQ(
      failure_of([](Tx& tx) {
        tx.script(
            "INSERT INTO cs.setting VALUES ('a', 'b'); INSERT INTO cs.setting VALUES ('a', 'c')");
      }),
      ErrorKind::conflict);
  EXPECT_EQ(failure_of([](Tx& tx) {
              tx.script("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(20)");
            }),
            ErrorKind::unavailable);
  Database nowhere({"postgresql:///x?host=/nonexistent&user=x", 1});
  std::string why;
  EXPECT_FALSE(nowhere.reachable(&why));
  EXPECT_NE(why.find("/nonexistent"), std::string::npos) << why;
}

TEST_F(Pg, replaces_connections_that_died_while_idle) {
  db_.transact("test", [](Tx& tx) { query(tx, "SELECT 1"); });
  support::TestDatabase other;
  other.script("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '" +
               test_.value("SELECT current_database()") + "' AND pid <> pg_backend_pid()");
  EXPECT_EQ(test_.value("SELECT 41 + 1"), "42");
}

TEST_F(Pg, throws_away_a_connection_that_dies_at_work) {
  EXPECT_EQ(failure_of([](Tx& tx) { query(tx, "SELECT pg_terminate_backend(pg_backend_pid())"); }),
            ErrorKind::unavailable);
  EXPECT_EQ(test_.value("SELECT 41 + 1"), "42");
}

// I19: a connection that breaks during COMMIT is said to be in doubt, never failed.
TEST_F(Pg, says_in_doubt_when_the_connection_breaks_during_commit) {
  test_.script(
      "CREATE FUNCTION cs.hang_up() RETURNS trigger LANGUAGE plpgsql AS "
      "$$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$; "
      "CREATE CONSTRAINT TRIGGER hang_up AFTER INSERT ON cs.setting DEFERRABLE INITIALLY DEFERRED "
      "FOR EACH ROW EXECUTE FUNCTION cs.hang_up()");
  EXPECT_EQ(failure_of([](Tx& tx) { query(tx, "INSERT INTO cs.setting VALUES ('a', 'b')"); }),
            ErrorKind::in_doubt);
}

// T52
TEST_F(Pg, a_read_only_database_is_unavailable_and_comes_back) {
  const std::string name = test_.value("SELECT current_database()");
  test_.script("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
  Database database({test_.url(), 2});
  std::string why;
  EXPECT_FALSE(database.reachable(&why)) << "target_session_attrs asks for a server that can write";
  test_.script("ALTER DATABASE " + name + " RESET default_transaction_read_only");
  EXPECT_TRUE(database.reachable(&why)) << why;
}

TEST_F(Pg, repeats_work_that_a_deadlock_pushed_aside) {
  test_.script("INSERT INTO cs.setting VALUES ('a', '0'), ('b', '0')");
  std::latch both(2);
  std::atomic<int> tries{0};
  const auto cross = [&](const std::string& first, const std::string& second) {
    bool met = false;
    db_.transact("cross", [&](Tx& tx) {
      ++tries;
      query(tx, "UPDATE cs.setting SET value = value || '+' WHERE name = $1", {first});
      if (!met) both.arrive_and_wait();
      met = true;
      query(tx, "UPDATE cs.setting SET value = value || '+' WHERE name = $1", {second});
    });
  };
  auto other = std::async(std::launch::async, [&] { cross("b", "a"); });
  cross("a", "b");
  other.get();
  // Whoever is repeated may be quicker than whoever was let through, and the two meet once more.
  EXPECT_GE(tries, 3);
  EXPECT_EQ(test_.value("SELECT string_agg(value, ',') FROM cs.setting"), "0++,0++");
}

TEST_F(Pg, shares_few_connections_among_many_threads) {
  Database small({test_.url(), 2});
  std::vector<std::future<void>> workers;
  for (int i = 0; i < 8; ++i) {
    workers.push_back(std::async(std::launch::async, [&] {
      for (int n = 0; n < 20; ++n) small.transact("count", [](Tx& tx) { tx.exec(stmt::ping); });
    }));
  }
  for (auto& worker : workers) worker.get();
  EXPECT_EQ(
      test_.value(
          "SELECT count(*) <= 2 + 1 FROM pg_stat_activity WHERE datname = current_database()"),
      "true");
}

}  // namespace
}  // namespace countersign::store
