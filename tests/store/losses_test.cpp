// What is done when the database may have lost its last moments, and what journals tell of (I18).
#include <gtest/gtest.h>

#include <thread>

#include "bot/store/approvals.h"
#include "bot/store/recalled.h"
#include "bot/store/runs.h"
#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using core::RunState;

class Losses : public samples::StoreTest {
 protected:
  Losses() { open(); }

  // A run that waits for people.
  core::RunId asked(const std::string& key, core::EffectClass effect) {
    core::Run run = samples::run(key);
    run.effect = effect;
    run.tier = effect == core::EffectClass::read ? core::Tier::read_only : core::Tier::mutating;
    const auto id = create(run);
    run = read(id);
    run.plan = samples::plan();
    run.plan_hash = core::plan_hash(*run.plan);
    run.state = RunState::awaiting_approval;
    tx([&](Tx& t) {
      run.approval = create_approval(t, samples::approval(id));
      EXPECT_TRUE(save_run(t, run, RunState::planned, 0));
    });
    return id;
  }
  Epoch fail_over() {
    test_.script("UPDATE cs.epoch SET timeline = timeline - 1");
    return tx([](Tx& t) { return open_epoch(t, "r1"); });
  }
  core::ApprovalState approval_of(core::RunId id) {
    return tx([&](Tx& t) { return find_approval(t, read(id).approval)->state; });
  }
  static core::JournalRecord record(const std::string& key, const std::string& nonce) {
    core::JournalRecord r;
    r.key = core::sha256_hex(key);
    r.nonce = nonce;
    return r;
  }
};

// Its question was void and it waited for nothing.
TEST_F(Losses, leave_no_run_waiting_for_an_answer_that_cannot_come) {
  const auto reader = asked("reader", core::EffectClass::read);
  const auto writer = asked("writer", core::EffectClass::once);
  const auto epoch = fail_over();
  EXPECT_EQ(epoch.voided, 2);
  EXPECT_EQ(epoch.held_runs, 2);
  for (const auto id : {reader, writer}) {
    EXPECT_EQ(approval_of(id), core::ApprovalState::voided);
    EXPECT_EQ(read(id).state, RunState::held);
  }
}

// The plan is being recorded while the timeline is opened: its question was not there yet when
// questions were made void, and its run is waited for.
TEST_F(Losses, void_the_question_that_was_just_being_put_I10_I18) {
  const auto id = create(samples::run("late"));
  test_.script("UPDATE cs.epoch SET timeline = timeline - 1");
  std::jthread opener;
  tx([&](Tx& t) {
    core::Run run = *lock_run(t, id);
    run.plan = samples::plan();
    run.plan_hash = core::plan_hash(*run.plan);
    run.state = RunState::awaiting_approval;
    run.approval = create_approval(t, samples::approval(id));
    EXPECT_TRUE(save_run(t, run, RunState::planned, 0));
    opener = std::jthread(
        [&] { test_.db().transact("open", [](Tx& other) { open_epoch(other, "r1"); }); });
    while (test_.value("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") ==
           "0")
      std::this_thread::yield();
  });
  opener.join();
  EXPECT_EQ(read(id).state, RunState::held);
  EXPECT_EQ(approval_of(id), core::ApprovalState::voided);
}

TEST_F(Losses, leave_alone_what_changes_nothing_and_needed_nobody) {
  core::Run free = samples::run("free");
  free.effect = core::EffectClass::read;
  free.needs_approval = false;
  const auto planned = create(free);
  EXPECT_EQ(fail_over().held_runs, 0);
  EXPECT_EQ(read(planned).state, RunState::planned);
}

TEST_F(Losses, hold_what_is_open_once_for_each_moment_that_was_lost) {
  const auto now = tx([](Tx& t) { return t.now(); });
  const auto hold = [&](core::Instant lost) {
    return tx([&](Tx& t) { return hold_after_loss(t, "r0", lost); });
  };
  const auto first = asked("first", core::EffectClass::once);
  EXPECT_EQ(hold(now).held_runs, 1);
  EXPECT_EQ(read(first).state, RunState::held);
  const auto second = asked("second", core::EffectClass::once);
  EXPECT_EQ(hold(now).held_runs, 0) << "that loss has been dealt with";
  EXPECT_EQ(read(second).state, RunState::awaiting_approval);
  EXPECT_EQ(hold(tx([](Tx& t) { return t.now(); })).held_runs, 1);
  EXPECT_EQ(test_.value("SELECT held_runs || ' ' || voided FROM cs.epoch"), "2 2");
}

TEST_F(Losses, are_starts_that_are_no_attempts_and_were_not_recalled) {
  const auto id = create(samples::run("k"));
  tx([&](Tx& t) {
    add_attempt(t, id, {1, 1, "intent", "known", "", nullptr, "r0", {}});
    const std::vector records{record("k", "known"), record("k", "lost"), record("gone", "known")};
    const auto forgotten = forgotten_starts(t, records);
    ASSERT_EQ(forgotten.size(), 2u) << "the nonce of another run's attempt proves nothing";
    EXPECT_EQ(forgotten[0].nonce, "lost");
    EXPECT_EQ(forgotten[1].key, core::sha256_hex("gone"));
    note_recalled(t, forgotten[0], id, core::Recollection::unknown, "r0");
    note_recalled(t, forgotten[1], {}, core::Recollection::run_lost, "r0");
    EXPECT_TRUE(forgotten_starts(t, records).empty());
    EXPECT_EQ(lock_run_of_key(t, core::sha256_hex("k"))->id, id);
    EXPECT_FALSE(lock_run_of_key(t, core::sha256_hex("gone")));
  });
}

}  // namespace
}  // namespace countersign::store
