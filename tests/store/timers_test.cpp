// Where timers stand, and who runs a sensor.
#include "bot/store/timers.h"

#include <gtest/gtest.h>

#include <future>

#include "bot/core/digest.h"
#include "bot/store/sensors.h"
#include "tests/support/test_database.h"

namespace countersign::store {
namespace {

constexpr core::Duration kLease = std::chrono::minutes(5);

class TimersAndSensors : public testing::Test {
 protected:
  std::map<std::string, TimerRow> rows(const std::vector<std::string>& keys) {
    return test_.db().transact("timers", [&](Tx& tx) { return timers(tx, keys); });
  }
  std::optional<std::int64_t> hold(const std::string& replica, std::int64_t held = 0) {
    return test_.db().transact(
        "hold", [&](Tx& tx) { return hold_sensor(tx, "disks", replica, held, kLease); });
  }
  bool move(std::int64_t term, const std::string& cursor) {
    return test_.db().transact(
        "move", [&](Tx& tx) { return move_sensor_cursor(tx, "disks", term, cursor); });
  }
  std::string cursor() {
    return test_.db().transact("cursor", [&](Tx& tx) { return sensor_cursor(tx, "disks"); });
  }
  void end_lease() { test_.script("UPDATE cs.sensor SET lease_until = clock_timestamp()"); }

  support::TestDatabase test_;
  const std::string a_ = core::sha256_hex("a"), b_ = core::sha256_hex("b");
};

TEST_F(TimersAndSensors, begin_when_they_are_first_named) {
  const auto before = test_.db().transact("now", [](Tx& tx) { return tx.now(); });
  const auto first = rows({a_, b_});
  ASSERT_EQ(first.size(), 2u);
  EXPECT_GE(first.at(a_).since, before);
  const auto again = rows({a_});
  ASSERT_EQ(again.size(), 1u);
  EXPECT_EQ(again.at(a_).since, first.at(a_).since);
}

TEST_F(TimersAndSensors, are_never_handled_backwards) {
  const auto first = rows({a_}).at(a_);
  const auto handle = [&](core::Instant at) {
    test_.db().transact("handle", [&](Tx& tx) { handle_timer(tx, a_, at); });
    return rows({a_}).at(a_).handled;
  };
  const auto later = first.handled + std::chrono::hours(1);
  EXPECT_EQ(handle(later), later);
  EXPECT_EQ(handle(first.handled), later);
}

TEST_F(TimersAndSensors, that_several_replicas_see_at_once_begin_once) {
  std::vector<std::future<std::map<std::string, TimerRow>>> replicas;
  for (int i = 0; i < 6; ++i)
    replicas.push_back(std::async(std::launch::async, [&] { return rows({a_, b_}); }));
  for (auto& replica : replicas) replica.get();
  EXPECT_EQ(test_.value("SELECT count(*) FROM cs.timer"), "2");
}

TEST_F(TimersAndSensors, are_run_by_one_replica_at_a_time) {
  EXPECT_EQ(hold("r1"), 1);
  EXPECT_EQ(hold("r2"), std::nullopt);
  EXPECT_EQ(hold("r1", 1), 1) << "the same term goes on";
  end_lease();
  EXPECT_EQ(hold("r2"), 2);
  EXPECT_EQ(hold("r1", 1), std::nullopt);
}

TEST_F(TimersAndSensors, of_an_earlier_life_are_another_term) {
  EXPECT_EQ(hold("r1"), 1);
  EXPECT_EQ(hold("r1", 0), 2);
}

TEST_F(TimersAndSensors, keep_the_cursor_for_whoever_goes_on) {
  ASSERT_EQ(hold("r1"), 1);
  EXPECT_EQ(cursor(), "");
  EXPECT_TRUE(move(1, "page 2"));
  end_lease();
  ASSERT_EQ(hold("r2"), 2);
  EXPECT_EQ(cursor(), "page 2");
  EXPECT_FALSE(move(1, "page 3")) << "its term is over";
  EXPECT_EQ(cursor(), "page 2");
  test_.db().transact("release", [](Tx& tx) { release_sensor(tx, "disks", 2); });
  EXPECT_EQ(hold("r1", 1), 3);
}

}  // namespace
}  // namespace countersign::store
