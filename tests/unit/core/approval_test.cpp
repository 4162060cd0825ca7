#include "bot/core/approval.h"

#include <gtest/gtest.h>

namespace countersign::core {
namespace {

const Instant kNow = Instant(std::chrono::seconds(1'800'000'000));

Approval pending(int quorum = 1, bool four_eyes = false) {
  Approval a;
  a.id = {7};
  a.run = {12};
  a.plan_hash = "aa";
  a.demand.clauses = {{"tier", {{{"sre"}, quorum}}, {}}};
  a.demand.four_eyes = four_eyes;
  a.requester = "mm:rita";
  a.message_refs = {"mm:post1"};
  a.asked_at = kNow - std::chrono::minutes(1);
  a.expires_at = kNow + std::chrono::minutes(10);
  a.demand.use_within = std::chrono::minutes(15);
  return a;
}

Vote vote(const std::string& who, VoteChoice choice = VoteChoice::approve) {
  return {who, choice, "aa", "mm:post1", true, false};
}

Electorate holders(const std::vector<std::string>& keys) {
  Electorate out;
  for (const auto& key : keys) out.people.push_back({{key, key}, {{"sre"}}});
  return out;
}

// Everybody but eve.
VoteResult step(const Approval& approval, const Vote& v, Instant now) {
  return core::step(approval, v, holders({"mm:alice", "mm:bob", "mm:rita", "mm:bot"}), now);
}

TEST(Approval, is_approved_by_the_last_needed_vote_and_usable_for_a_while) {
  const auto first = step(pending(2), vote("mm:alice"), kNow);
  EXPECT_EQ(first.verdict, VoteVerdict::counted);
  EXPECT_EQ(first.after.state, ApprovalState::pending);
  const auto second = step(first.after, vote("mm:bob"), kNow);
  EXPECT_EQ(second.after.state, ApprovalState::approved);
  EXPECT_EQ(second.after.usable_until, kNow + std::chrono::minutes(15));
  EXPECT_EQ(second.after.decided_by, "mm:bob");
}

TEST(Approval, counts_one_person_once_I9) {
  const auto first = step(pending(2), vote("mm:alice"), kNow);
  const auto again = step(first.after, vote("mm:alice"), kNow);
  EXPECT_EQ(again.verdict, VoteVerdict::already_voted);
  EXPECT_EQ(again.after.approvers.size(), 1u);
}

TEST(Approval, four_eyes_never_counts_the_requester_I8_T33) {
  EXPECT_EQ(step(pending(1, true), vote("mm:rita"), kNow).verdict, VoteVerdict::requester);
  EXPECT_EQ(step(pending(1, false), vote("mm:rita"), kNow).verdict, VoteVerdict::counted);
}

TEST(Approval, lets_the_requester_deny_under_four_eyes) {
  EXPECT_EQ(step(pending(2, true), vote("mm:rita", VoteChoice::deny), kNow).after.state,
            ApprovalState::denied);
}

TEST(Approval, expires_closed_open_at_the_very_instant_I9) {
  const auto a = pending();
  EXPECT_EQ(step(a, vote("mm:alice"), a.expires_at - Duration(1)).verdict, VoteVerdict::counted);
  EXPECT_EQ(step(a, vote("mm:alice"), a.expires_at).verdict, VoteVerdict::expired);
}

struct Refusal {
  const char* what;
  Vote vote;
  VoteVerdict why;
};

TEST(Approval, refuses_every_vote_that_must_not_count_T36_T41) {
  auto old = vote("mm:alice"), elsewhere = vote("mm:alice"), stranger = vote("mm:eve"),
       bot = vote("mm:bot");
  old.plan_hash = "bb";
  elsewhere.message_ref = "mm:post2";
  bot.human = false;
  const Refusal table[] = {
      {"old plan", old, VoteVerdict::old_plan},
      {"copied button", elsewhere, VoteVerdict::other_message},
      {"no role", stranger, VoteVerdict::not_eligible},
      {"bot", bot, VoteVerdict::not_human},
      {"nothing to take back", vote("mm:alice", VoteChoice::retract),
       VoteVerdict::nothing_to_retract},
  };
  for (const auto& row : table) {
    const auto result = step(pending(), row.vote, kNow);
    EXPECT_EQ(result.verdict, row.why) << row.what;
    EXPECT_EQ(result.after.state, ApprovalState::pending) << row.what;
    EXPECT_TRUE(result.after.approvers.empty()) << row.what;
  }
}

TEST(Approval, takes_no_vote_before_its_plan_is_posted_I9) {
  auto a = pending();
  a.message_refs.clear();
  EXPECT_EQ(step(a, vote("mm:alice"), kNow).verdict, VoteVerdict::not_posted);
}

TEST(Approval, gives_a_vote_back_while_pending) {
  const auto voted = step(pending(2), vote("mm:alice"), kNow).after;
  const auto back = step(voted, vote("mm:alice", VoteChoice::retract), kNow);
  EXPECT_EQ(back.verdict, VoteVerdict::counted);
  EXPECT_TRUE(back.after.approvers.empty());
}

TEST(Approval, has_exactly_one_winner_I10) {
  const ApprovalState finals[] = {ApprovalState::denied, ApprovalState::expired,
                                  ApprovalState::cancelled, ApprovalState::voided,
                                  ApprovalState::consumed};
  for (const auto state : finals) {
    auto a = pending();
    a.state = state;
    EXPECT_EQ(step(a, vote("mm:alice"), kNow).verdict, VoteVerdict::already_decided) << name(state);
    for (int e = 0; e <= static_cast<int>(ApprovalEvent::unused); ++e) {
      EXPECT_FALSE(next(state, static_cast<ApprovalEvent>(e))) << name(state) << " " << e;
    }
  }
}

TEST(Approval, is_consumed_only_from_approved_I11) {
  EXPECT_FALSE(next(ApprovalState::pending, ApprovalEvent::start));
  EXPECT_EQ(next(ApprovalState::approved, ApprovalEvent::start), ApprovalState::consumed);
  EXPECT_FALSE(next(ApprovalState::approved, ApprovalEvent::deny));
}

TEST(Approval, knows_its_states_by_name) {
  for (int s = 0; s < 7; ++s) {
    const auto state = static_cast<ApprovalState>(s);
    EXPECT_EQ(parse_approval_state(name(state)), state);
  }
  EXPECT_FALSE(parse_approval_state("maybe"));
}

}  // namespace
}  // namespace countersign::core
