#include "bot/store/approvals.h"

#include <gtest/gtest.h>

#include <future>

#include "tests/store/samples.h"

namespace countersign::store {
namespace {

using core::ApprovalState;

class Approvals : public samples::StoreTest {
 protected:
  core::ApprovalId ask(core::Duration expires_in = std::chrono::hours(1)) {
    auto asked = samples::approval(run_);
    asked.demand.expires_in = expires_in;
    return tx([&](Tx& t) { return create_approval(t, asked); });
  }
  core::Approval read_approval(core::ApprovalId id) {
    return tx([&](Tx& t) { return *find_approval(t, id); });
  }
  core::RunId run_ = create(samples::run("k"));
};

TEST_F(Approvals, come_back_as_they_were_saved) {
  const auto id = ask();
  core::Approval a = read_approval(id);
  const auto asked = samples::approval(run_);
  EXPECT_EQ(a.demand, asked.demand);
  EXPECT_EQ(a.plan_hash, asked.plan_hash);
  EXPECT_TRUE(a.message_refs.empty());
  EXPECT_GT(a.expires_at, tx([](Tx& t) { return t.now(); }));
  a.approvers = {"mm:alice", "mm:bob"};
  a.state = ApprovalState::approved;
  a.usable_until = a.expires_at + std::chrono::microseconds(1);
  a.decided_by = "mm:bob";
  a.decided_at = a.expires_at;
  tx([&](Tx& t) { save_approval(t, a, ApprovalState::pending); });
  const core::Approval again = read_approval(id);
  EXPECT_EQ(again.approvers, a.approvers);
  EXPECT_EQ(again.state, ApprovalState::approved);
  EXPECT_EQ(again.usable_until, a.usable_until);
  EXPECT_EQ(again.decided_by, "mm:bob");
  EXPECT_EQ(again.decided_at, a.decided_at);
}

// I10
TEST_F(Approvals, have_one_winner) {
  core::Approval a = read_approval(ask());
  a.state = ApprovalState::denied;
  tx([&](Tx& t) { save_approval(t, a, ApprovalState::pending); });
  a.state = ApprovalState::approved;
  EXPECT_THROW(tx([&](Tx& t) { save_approval(t, a, ApprovalState::pending); }), StoreError);
  EXPECT_THROW(tx([&](Tx& t) { save_approval(t, a, ApprovalState::denied); }), StoreError)
      << "denied is final (I15)";
}

// I10
TEST_F(Approvals, are_open_one_at_a_time_for_a_run) {
  ask();
  EXPECT_THROW(tx([&](Tx& t) {
                 auto second = samples::approval(run_);
                 second.plan_no = 2;
                 create_approval(t, second);
               }),
               StoreError);
}

// I9, T40: a vote that waits for the row sees the clock after its wait.
TEST_F(Approvals, are_locked_before_the_clock_is_read) {
  const auto id = ask();
  std::promise<void> locked;
  std::promise<core::Instant> released;
  auto holder = std::async(std::launch::async, [&] {
    tx([&](Tx& t) {
      lock_approval(t, id);
      locked.set_value();
      // The other one is known to be waiting when PostgreSQL says so.
      while (
          test_.value(
              "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = "
              "current_database()") == "0") {
      }
      released.set_value(t.now());
    });
  });
  locked.get_future().wait();
  const auto seen = tx([&](Tx& t) {
    lock_approval(t, id);
    return t.now();
  });
  holder.get();
  EXPECT_GT(seen, released.get_future().get());
}

TEST_F(Approvals, belong_to_the_message_that_shows_the_plan) {
  const auto id = ask();
  tx([&](Tx& t) {
    EXPECT_FALSE(approval_of_message(t, "mm:p1"));
    add_message_ref(t, id, "mm:p1");
    EXPECT_EQ(approval_of_message(t, "mm:p1"), id);
    EXPECT_EQ(find_approval(t, id)->message_refs, std::vector<std::string>{"mm:p1"});
  });
}

// I9, T36: one act, one vote, however often it arrives.
TEST_F(Approvals, store_an_act_once) {
  const auto id = ask();
  VoteRow vote{"mm:alice", "alice",  core::VoteChoice::approve,
               "mm:act-1", "button", std::string(64, 'a'),
               true,       "",       "",
               {}};
  EXPECT_TRUE(tx([&](Tx& t) { return add_vote(t, id, vote); }));
  EXPECT_FALSE(tx([&](Tx& t) { return add_vote(t, id, vote); }));
  vote.act_id = "mm:act-2";
  vote.choice = core::VoteChoice::deny;
  vote.plan_hash = "'; a forged button";
  vote.counted = false;
  vote.why = "old_plan";
  vote.reason = "no";
  EXPECT_TRUE(tx([&](Tx& t) { return add_vote(t, id, vote); }));
  const auto votes = tx([&](Tx& t) { return votes_of(t, id); });
  ASSERT_EQ(votes.size(), 2u);
  EXPECT_EQ(votes[0].plan_hash, std::string(64, 'a'));
  EXPECT_EQ(votes[0].voter_name, "alice");
  EXPECT_EQ(votes[1].plan_hash, "");
  EXPECT_EQ(votes[1].why, "old_plan");
  EXPECT_EQ(votes[1].choice, core::VoteChoice::deny);
  EXPECT_EQ(votes[1].reason, "no");
}

TEST_F(Approvals, are_due_when_they_expire_and_when_they_are_not_used) {
  const auto id = ask();
  EXPECT_TRUE(tx([](Tx& t) { return due_approvals(t, 10); }).empty());
  EXPECT_EQ(tx([](Tx& t) { return pending_approvals(t, 10); }).size(), 1u);
  test_.script("UPDATE cs.approval SET expires_at = clock_timestamp()");
  EXPECT_EQ(tx([](Tx& t) { return due_approvals(t, 10); }), std::vector{id});
  test_.script(
      "UPDATE cs.approval SET state = 'approved', usable_until = clock_timestamp() + interval '1 "
      "h'");
  EXPECT_TRUE(tx([](Tx& t) { return due_approvals(t, 10); }).empty());
  test_.script("UPDATE cs.approval SET usable_until = clock_timestamp()");
  EXPECT_EQ(tx([](Tx& t) { return due_approvals(t, 10); }), std::vector{id});
  EXPECT_EQ(tx([&](Tx& t) { return approvals_of_run(t, run_); }).size(), 1u);
}

TEST_F(Approvals, are_locked_before_their_run) {
  const auto id = ask();
  core::Run run = read(run_);
  run.approval = id;
  run.state = core::RunState::awaiting_approval;
  tx([&](Tx& t) { EXPECT_TRUE(save_run(t, run, core::RunState::planned, run.fence)); });
  tx([&](Tx& t) {
    EXPECT_EQ(lock_run(t, run_)->approval, id);
    EXPECT_THROW(tx([&](Tx& other) {
                   other.script("SELECT FROM cs.approval WHERE approval_id = " + id.text() +
                                " FOR UPDATE NOWAIT");
                 }),
                 StoreError);
  });
}

}  // namespace
}  // namespace countersign::store
