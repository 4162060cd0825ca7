// Second factors: what several replicas make of one row, and what the outbox forgets (T45).
#include "bot/store/step_up.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "bot/store/dead_letters.h"
#include "bot/store/outbox.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using namespace std::chrono_literals;

const core::TotpKey kKey{"12345678901234567890"};
const core::Person kAlice{"mm:alice", "alice"};

class SecondFactors : public samples::StoreTest {
 protected:
  bool offer(const std::string& sealed) {
    return tx([&](Tx& t) { return offer_step_up(t, kAlice, sealed); });
  }
  void confirm() {
    offer("sealed");
    tx([](Tx& t) {
      auto row = *lock_step_up(t, kAlice.key);
      row.confirmed_at = t.now();
      save_step_up(t, row);
    });
  }
  StepUpRow row() {
    return tx([](Tx& t) { return step_ups(t).at(0); });
  }
  // As every replica does it: lock, look at the clock, judge, note.
  static core::CodeVerdict judge(Database& db, const std::string& code) {
    return db.transact("judge", [&](Tx& t) {
      auto row = *lock_step_up(t, kAlice.key);
      const auto judged = core::judge_code(row.factor, kKey, code, t.now());
      row.factor = judged.after;
      save_step_up(t, row);
      return judged.verdict;
    });
  }
  std::string code() {
    return tx([](Tx& t) { return core::totp(kKey, t.now()); });
  }
};

TEST_F(SecondFactors, are_kept_as_they_were_noted) {
  EXPECT_FALSE(tx([](Tx& t) { return lock_step_up(t, kAlice.key); }));
  confirm();
  const StepUpRow noted = row();
  EXPECT_EQ(noted.who, kAlice);
  EXPECT_EQ(noted.sealed, "sealed");
  EXPECT_GE(noted.confirmed_at, noted.made_at);
  EXPECT_EQ(noted.factor, core::SecondFactor{});
  const core::SecondFactor factor{59'833'334, 5, noted.made_at + 15min};
  tx([&](Tx& t) { save_step_up(t, {kAlice, "", {}, noted.confirmed_at, factor}); });
  EXPECT_EQ(row().factor, factor);
  EXPECT_EQ(row().sealed, "sealed");
  tx([](Tx& t) { forget_step_up(t, kAlice.key); });
  EXPECT_TRUE(tx([](Tx& t) { return step_ups(t); }).empty());
}

TEST_F(SecondFactors, give_way_to_another_secret_only_until_they_are_confirmed) {
  EXPECT_TRUE(offer("first"));
  tx([](Tx& t) {
    auto row = *lock_step_up(t, kAlice.key);
    row.factor = {7, 5, t.now() + 1h};
    save_step_up(t, row);
  });
  EXPECT_TRUE(offer("second"));
  EXPECT_EQ(row().sealed, "second");
  EXPECT_EQ(row().factor, core::SecondFactor{});
  confirm();
  EXPECT_FALSE(offer("third"));
  EXPECT_EQ(row().sealed, "sealed");
}

TEST_F(SecondFactors, count_a_code_once_over_two_replicas_I9) {
  confirm();
  Database other({.url = test_.url()});
  Database* replicas[] = {&db_, &other};
  for (int round = 0; round < 50; ++round) {
    tx([](Tx& t) {
      auto row = *lock_step_up(t, kAlice.key);
      row.factor = {};
      save_step_up(t, row);
    });
    const std::string one = code();
    std::atomic<int> right = 0, used = 0;
    std::vector<std::jthread> acts;
    for (int i = 0; i < 4; ++i) {
      acts.emplace_back([&, i] {
        const auto verdict = judge(*replicas[i % 2], one);
        right += verdict == core::CodeVerdict::right;
        used += verdict == core::CodeVerdict::used;
      });
    }
    acts.clear();
    EXPECT_EQ(right, 1);
    EXPECT_EQ(used, 3);
  }
}

TEST_F(SecondFactors, are_judged_by_the_clock_after_the_lock_T40) {
  confirm();
  std::optional<core::Instant> waited_until;
  std::jthread judging;
  const auto held_until = tx([&](Tx& t) {
    auto row = *lock_step_up(t, kAlice.key);
    judging = std::jthread([&] {
      waited_until = tx([](Tx& own) {
        lock_step_up(own, kAlice.key);
        return own.now();
      });
    });
    while (test_.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND "
                       "datname = current_database()") == "0")
      std::this_thread::yield();
    return t.now();
  });
  judging.join();
  EXPECT_GE(waited_until, held_until);
}

class SealedMessages : public samples::StoreTest {
 protected:
  OutboxMessage enqueued(core::Outgoing::Op op = core::Outgoing::Op::tell) {
    OutboxMessage m;
    m.out = {op, "client", {"mm", "ops", ""}, "", "mm:alice", {}};
    m.out.message.fallback = "outside";
    m.out.message.sealed = "inside";
    m.lane = m.about = "person:mm:alice";
    tx([&](Tx& t) {
      enqueue(t, m);
      term_ = hold_sender(t, "mm", "r0", 0, 1h)->number;
    });
    return tx([](Tx& t) { return due_messages(t, "mm", 1); }).at(0);
  }
  bool inside() {
    return test_.value("SELECT message::text FROM cs.outbox").find("inside") != std::string::npos;
  }
  bool outside() {
    return test_.value("SELECT message::text FROM cs.outbox").find("outside") != std::string::npos;
  }
  std::int64_t term_ = 0;
};

TEST_F(SealedMessages, are_emptied_when_they_are_sent_T45) {
  const auto m = enqueued();
  EXPECT_EQ(m.out.message.sealed, "inside");
  tx([&](Tx& t) { postpone_message(t, m, term_, 0s); });
  tx([&](Tx& t) { retry_later(t, m, term_, 0s, "away"); });
  EXPECT_TRUE(inside()) << "it is needed still";
  EXPECT_TRUE(tx([&](Tx& t) { return mark_sent(t, m, term_, {}); }));
  EXPECT_FALSE(inside());
  EXPECT_TRUE(outside());
}

TEST_F(SealedMessages, are_emptied_when_they_are_given_up_and_retried_without_it_T45) {
  const auto m = enqueued();
  EXPECT_TRUE(tx([&](Tx& t) { return mark_dead(t, m, term_, "no such person"); }));
  EXPECT_FALSE(inside());
  EXPECT_TRUE(tx([&](Tx& t) { return requeue_message(t, m.id).done; }));
  const auto again = tx([](Tx& t) { return due_messages(t, "mm", 1); }).at(0);
  EXPECT_EQ(again.out.message.sealed, "");
  EXPECT_EQ(again.out.message.fallback, "outside");
}

}  // namespace
}  // namespace countersign::store
