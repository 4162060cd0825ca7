#include "bot/engine/refusals.h"

#include <gtest/gtest.h>

#include <thread>

#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

class RefusalsTest : public House {
 protected:
  std::string rows() {
    return database.value("SELECT count(*) FROM cs.audit WHERE kind = 'event.refused'");
  }
  std::string of(const std::string& field, const std::string& reason) {
    return database.value("SELECT body->>'" + field + "' FROM cs.audit WHERE body->>'reason' = '" +
                          reason + "'");
  }
  Refusals refusals{deps};
};

TEST_F(RefusalsTest, are_one_row_for_each_source_status_and_reason) {
  for (int i = 0; i < 3; ++i)
    refusals.note("gh", 401, "not authenticated", "10.0.0." + std::to_string(i));
  refusals.note("gh", 413, "too large", "10.0.0.9");
  EXPECT_TRUE(refusals.run_once());
  EXPECT_EQ(rows(), "2");
  EXPECT_EQ(of("count", "not authenticated"), "3");
  EXPECT_EQ(of("peers", "not authenticated"), "3");
  EXPECT_EQ(of("last_peer", "not authenticated"), "10.0.0.2");
  EXPECT_EQ(of("status", "too large"), "413");
}

// T14: 100,000 refusals from as many peers, each with its own reason, make a bounded number of
// rows.
TEST_F(RefusalsTest, of_a_flood_stay_bounded) {
  std::vector<std::jthread> strangers;
  for (int t = 0; t < 4; ++t)
    strangers.emplace_back([&, t] {
      for (int i = 0; i < 25'000; ++i) {
        const std::string n = std::to_string(t * 25'000 + i);
        refusals.note("", 404, "reason " + n, "peer " + n);
      }
    });
  strangers.clear();
  refusals.write();
  EXPECT_EQ(rows(), std::to_string(Refusals::kKinds + 1));
  EXPECT_EQ(database.value("SELECT sum((body->>'count')::int) FROM cs.audit WHERE kind = "
                           "'event.refused'"),
            "100000");
  EXPECT_EQ(of("peers", "others"), std::to_string(Refusals::kPeers));
}

TEST_F(RefusalsTest, are_written_once_a_minute) {
  refusals.note("gh", 401, "not authenticated", "a");
  EXPECT_TRUE(refusals.run_once());
  refusals.note("gh", 401, "not authenticated", "a");
  EXPECT_FALSE(refusals.run_once());
  EXPECT_EQ(rows(), "1");
}

// T52: what could not be written is not forgotten.
TEST_F(RefusalsTest, are_kept_while_the_database_takes_nothing) {
  refusals.note("gh", 401, "not authenticated", "a");
  database.script("ALTER TABLE cs.audit RENAME TO away");
  EXPECT_THROW(refusals.write(), store::StoreError);
  database.script("ALTER TABLE cs.away RENAME TO audit");
  refusals.note("gh", 401, "not authenticated", "b");
  refusals.write();
  EXPECT_EQ(of("count", "not authenticated"), "2");
}

}  // namespace
}  // namespace countersign::engine
