#include "bot/engine/intake.h"

#include <gtest/gtest.h>

#include <condition_variable>

#include "bot/store/audit.h"
#include "tests/engine/house.h"

namespace countersign::engine {
namespace {

using core::Acceptance;

// What senders were told, in the order in which they were told.
class Answers {
 public:
  core::Inbox::Done take() {
    return [this](Result<std::vector<core::Accepted>> answer) {
      const std::scoped_lock lock(mutex_);
      all_.push_back(std::move(answer));
      told_.notify_all();
    };
  }
  std::vector<Result<std::vector<core::Accepted>>> wait(std::size_t n) {
    std::unique_lock lock(mutex_);
    told_.wait_for(lock, std::chrono::seconds(60), [&] { return all_.size() >= n; });
    return all_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable told_;
  std::vector<Result<std::vector<core::Accepted>>> all_;
};

class IntakeTest : public House {
 protected:
  static core::Incoming delivery(const std::string& id, const Json& body = {{"n", 1}}) {
    core::Incoming in;
    in.source = "gh";
    in.trigger = "github.push";
    in.delivery_id = id;
    in.dedup_key = core::sha256_hex("gh/" + id);
    in.raw = body.dump();
    in.body_hash = core::sha256_hex(in.raw);
    in.correlation = core::CorrelationId::parse(core::sha256_hex(id).substr(0, 32));
    in.body = body;
    in.raw_is = core::Incoming::RawIs::body;
    return in;
  }
  void offer(const core::Incoming& in) { intake.accept({in}, answers.take()); }
  std::string events() { return database.value("SELECT count(*) FROM cs.event"); }
  void limit(std::int64_t events) {
    configure([&](config::Settings& s) { s.server.queue_limit = events; });
  }

  Intake intake{deps};
  Answers answers;
};

// I1
TEST_F(IntakeTest, answers_everybody_of_a_batch_in_order) {
  for (int i = 0; i < 250; ++i) offer(delivery(std::to_string(i)));
  offer(delivery("7"));
  while (intake.run_once()) {
  }
  const auto told = answers.wait(251);
  ASSERT_EQ(told.size(), 251u);
  for (int i = 0; i < 250; ++i) EXPECT_EQ(told[i]->at(0).verdict, Acceptance::fresh);
  EXPECT_EQ(told[250]->at(0).verdict, Acceptance::redelivery);
  EXPECT_EQ(told[250]->at(0).event, told[7]->at(0).event);
  EXPECT_EQ(events(), "250");
}

// I1, I3: several workers, each with a batch of its own.
TEST_F(IntakeTest, makes_one_event_of_each_delivery_with_several_workers) {
  intake.start();
  for (int i = 0; i < 600; ++i) offer(delivery(std::to_string(i % 300)));
  const auto told = answers.wait(600);
  intake.stop();
  ASSERT_EQ(told.size(), 600u);
  int fresh = 0;
  for (const auto& one : told) fresh += one && one->at(0).verdict == Acceptance::fresh;
  EXPECT_EQ(fresh, 300);
  EXPECT_EQ(events(), "300");
}

TEST_F(IntakeTest, does_not_put_more_than_some_megabytes_into_one_commit) {
  const Json large = {{"text", std::string(1 << 20, 'x')}};
  for (int i = 0; i < 12; ++i) offer(delivery(std::to_string(i), large));
  EXPECT_TRUE(intake.run_once());
  EXPECT_EQ(answers.wait(7).size(), 7u);
  while (intake.run_once()) {
  }
  EXPECT_EQ(answers.wait(12).size(), 12u);
}

TEST_F(IntakeTest, refuses_what_does_not_fit_into_memory) {
  for (std::size_t i = 0; i <= Intake::kWaiting; ++i) offer(delivery(std::to_string(i)));
  const auto told = answers.wait(1);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(intake.crowded());
}

TEST_F(IntakeTest, is_crowded_above_the_limit_until_well_below_it) {
  limit(100);
  const auto wait_with = [&](int undecided) {
    database.script("DELETE FROM cs.event_queue");
    database.script(
        "INSERT INTO cs.event_queue (event_id, received_at, next_at) SELECT -n, now(), now() "
        "FROM generate_series(1, " +
        std::to_string(undecided) + ") n");
    Intake fresh{deps};
    fresh.run_once();
    return fresh.crowded();
  };
  EXPECT_FALSE(wait_with(99));
  EXPECT_TRUE(wait_with(100));
}

TEST_F(IntakeTest, counts_what_it_accepted_since_it_looked) {
  limit(100);
  intake.run_once();
  EXPECT_FALSE(intake.crowded());
  for (int i = 0; i < 100; ++i) {
    auto in = delivery(std::to_string(i));
    in.series = in.delivery_id;  // so that it waits to be decided
    in.status = "firing";
    offer(in);
  }
  while (intake.run_once()) {
  }
  EXPECT_TRUE(intake.crowded());
}

TEST(Brim, opens_again_only_well_below_its_limit) {
  Brim brim;
  for (const auto& [level, full] :
       {std::pair{99, false}, {100, true}, {85, true}, {80, true}, {79, false}, {99, false}}) {
    brim.reached(level, 100);
    EXPECT_EQ(brim.full(), full) << level;
  }
}

TEST(Line, lets_one_probe_through_at_a_time) {
  Line line;
  const Line::Time start{};
  EXPECT_TRUE(line.open());
  EXPECT_FALSE(line.may_probe(start));
  line.failed(start);
  EXPECT_FALSE(line.open());
  EXPECT_FALSE(line.may_probe(start));
  const auto later = start + Line::kBetweenProbes;
  EXPECT_TRUE(line.may_probe(later));
  EXPECT_FALSE(line.may_probe(later)) << "one is under way";
  line.failed(later);
  EXPECT_FALSE(line.may_probe(later));
  EXPECT_TRUE(line.may_probe(later + Line::kBetweenProbes));
  line.works();
  EXPECT_TRUE(line.open());
}

// T52: read only. Refused, nothing remembered, and well again by itself.
TEST_F(IntakeTest, refuses_while_the_database_is_read_only_and_recovers) {
  const std::string name = database.value("SELECT current_database()");
  database.script("ALTER DATABASE " + name + " SET default_transaction_read_only = on");
  store::Database fresh({database.url() + "&target_session_attrs=any", 4});
  Deps own = {fresh, current, directory, signals, ids, journal, deps.runner, "r", ""};
  Intake away{own};
  away.accept({delivery("a")}, answers.take());
  away.run_once();
  away.accept({delivery("b")}, answers.take());
  const auto told = answers.wait(2);
  ASSERT_EQ(told.size(), 2u);
  for (const auto& one : told) EXPECT_EQ(one.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(events(), "0");
  database.script("SET default_transaction_read_only = off; ALTER DATABASE " + name +
                  " RESET default_transaction_read_only");
  away.start();
  Answers later;
  for (bool stored = false; !stored;) {
    Answers answer;
    away.accept({delivery("a")}, answer.take());
    stored = answer.wait(1).at(0).ok();
  }
  away.stop();
  EXPECT_EQ(events(), "1");
}

// T52: a lock that somebody holds. What waits behind it is refused with it.
TEST_F(IntakeTest, refuses_all_who_wait_when_a_lock_is_held) {
  deps.db.transact("holds a lock", [&](store::Tx& tx) {
    tx.script("LOCK TABLE cs.delivery_key IN ACCESS EXCLUSIVE MODE");
    for (int i = 0; i < 150; ++i) offer(delivery(std::to_string(i)));
    intake.run_once();
  });
  const auto told = answers.wait(150);
  ASSERT_EQ(told.size(), 150u);
  for (const auto& one : told) EXPECT_FALSE(one.ok());
  EXPECT_EQ(events(), "0");
}

// T52: a batch that fails in the middle leaves nothing behind.
TEST_F(IntakeTest, leaves_no_partial_state_when_the_record_cannot_be_written) {
  database.script("ALTER TABLE cs.audit RENAME TO away");
  offer(delivery("a"));
  offer(delivery("b"));
  intake.run_once();
  database.script("ALTER TABLE cs.away RENAME TO audit");
  for (const auto& one : answers.wait(2)) EXPECT_FALSE(one.ok());
  EXPECT_EQ(events(), "0");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.delivery_key"), "0");
  EXPECT_EQ(database.value("SELECT count(*) FROM cs.event_queue"), "0");
}

// One that can never be stored refuses itself, not its neighbours.
TEST_F(IntakeTest, stores_the_neighbours_of_one_that_the_database_refuses) {
  database.script("ALTER TABLE cs.event ADD CHECK (delivery_id <> 'bad')");
  offer(delivery("a"));
  offer(delivery("bad"));
  offer(delivery("b"));
  intake.run_once();
  const auto told = answers.wait(3);
  ASSERT_EQ(told.size(), 3u);
  EXPECT_TRUE(told[0].ok());
  EXPECT_FALSE(told[1].ok());
  EXPECT_TRUE(told[2].ok());
  EXPECT_EQ(events(), "2");
}

// I19: a connection that ends while the batch is stored.
TEST_F(IntakeTest, stores_a_batch_again_whose_connections_were_cut) {
  offer(delivery("warm"));
  intake.run_once();
  database.script(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = "
      "current_database() AND pid <> pg_backend_pid()");
  offer(delivery("a"));
  intake.run_once();
  const auto told = answers.wait(2);
  ASSERT_EQ(told.size(), 2u);
  EXPECT_TRUE(told[1].ok());
  EXPECT_EQ(events(), "2");
}

TEST_F(IntakeTest, refuses_what_comes_after_its_end_and_answers_what_waited) {
  offer(delivery("a"));
  intake.stop();
  offer(delivery("b"));
  const auto told = answers.wait(2);
  EXPECT_TRUE(told[0].ok());
  EXPECT_FALSE(told[1].ok());
}

}  // namespace
}  // namespace countersign::engine
