// A database in trouble: T52. The door says 503 and stores nothing; it accepts again as soon as the
// database does, without anybody starting the program anew.
#include <future>
#include <thread>

#include "tests/door/house.h"

namespace countersign::door {
namespace {

class DoorDatabase : public DoorTest {
 protected:
  std::string body(const std::string& id) { return R"({"id":")" + id + "\"}"; }
  std::string stored(const std::string& id) {
    return other_.value("SELECT 1") == "1"
               ? door().value("SELECT count(*) FROM cs.event WHERE convert_from(raw, 'UTF8') = '" +
                              body(id) + "'")
               : "?";
  }
  // Sends it until it is taken; every other answer is a 503.
  void accepted_in_the_end(const std::string& id) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    for (;;) {
      const Answer answer = door().custom(body(id));
      if (answer.status == 202) return;
      if (answer.status == 200) FAIL() << "a 503 had stored it";
      ASSERT_EQ(answer.status, 503) << answer.text;
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
    }
  }
  std::string name() { return door().value("SELECT current_database()"); }
  void cut(const std::string& database) {
    other_.script("SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '" +
                  database + "'");
  }
  // Another database of the same server, to manage the first one from.
  support::TestDatabase other_;
};

TEST_F(DoorDatabase, T52_a_lock_that_is_held_ends_in_503_and_nothing_stored) {
  std::promise<void> held;
  std::promise<void> enough;
  std::jthread holder([&, over = enough.get_future()] {
    door().database().db().transact("hold", [&](store::Tx& tx) {
      tx.script("LOCK TABLE cs.delivery_key IN ACCESS EXCLUSIVE MODE");
      held.set_value();
      over.wait();
    });
  });
  held.get_future().wait();
  const Answer answer = door().custom(body("t52-lock"));
  enough.set_value();
  holder.join();
  EXPECT_EQ(answer.status, 503) << answer.text;
  EXPECT_NE(answer.header("Retry-After"), "");
  EXPECT_EQ(stored("t52-lock"), "0");
  accepted_in_the_end("t52-lock");
}

TEST_F(DoorDatabase, T52_connections_that_are_cut_and_refused_end_in_503_until_they_are_not) {
  const std::string database = name();
  other_.script("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
  cut(database);
  const Answer answer = door().custom(body("t52-cut"));
  other_.script("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
  EXPECT_EQ(answer.status, 503) << answer.text;
  accepted_in_the_end("t52-cut");
  EXPECT_EQ(stored("t52-cut"), "1");
}

TEST_F(DoorDatabase, T52_a_database_that_only_reads_ends_in_503_until_it_writes_again) {
  const std::string database = name();
  other_.script("ALTER DATABASE " + database + " SET default_transaction_read_only = on");
  cut(database);
  const Answer answer = door().custom(body("t52-read-only"));
  other_.script("ALTER DATABASE " + database + " RESET default_transaction_read_only");
  cut(database);
  EXPECT_EQ(answer.status, 503) << answer.text;
  accepted_in_the_end("t52-read-only");
  EXPECT_EQ(stored("t52-read-only"), "1");
}

}  // namespace
}  // namespace countersign::door
